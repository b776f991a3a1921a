"""The networks of a project and their runs: training/<network>/checkpoint1, checkpoint2, ..."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional

from tod_ros.dataset.project import Project
from tod_ros.errors import ProjectError, TrainingError
from tod_ros.models.checkpoint_paths import refuse_pattern
from tod_ros.text import did_you_mean


@dataclass(frozen=True)
class Run:
    """One training of a network."""

    network: str
    config: Path
    folder: Path


def find_run(project: Project, network: Optional[str], name: str) -> Run:
    """The run `name`; without a network, of the only one that is configured."""
    if not name or Path(name).name != name or name in (".", ".."):
        raise TrainingError(f"--run {name!r} is no folder's name, use one such as checkpoint1")
    known = configured(project)
    if network is None:
        if len(known) != 1:
            said = f"several networks are configured: {', '.join(known)}" if known else "none is"
            raise ProjectError(
                f"{project.training_dir}: {said if known else 'no network is configured'};"
                + (" name one with --network" if known else " run `tod configure` first")
            )
        network = known[0]
    if network not in known:
        near = did_you_mean(network, known) if known else ""
        raise ProjectError(
            f"{project.network_dir(network)}: no pipeline.config there{near}; run"
            f" `tod configure {project.root} --network {network}` first"
        )
    folder = project.network_dir(network)
    refuse_pattern(os.path.abspath(folder / name), ProjectError)
    return Run(network, folder / "pipeline.config", folder / name)


def configured(project: Project) -> List[str]:
    """The networks that have a pipeline.config."""
    return sorted(path.parent.name for path in project.training_dir.glob("*/pipeline.config"))


def last_export(project: Project) -> Optional[Path]:
    """The model folder that `tod export` wrote last for this project."""
    found = [path for path in project.training_dir.glob("*/*/model.json") if path.is_file()]
    newest = max(found, key=lambda path: (path.stat().st_mtime_ns, str(path)), default=None)
    return newest.parent if newest is not None else None
