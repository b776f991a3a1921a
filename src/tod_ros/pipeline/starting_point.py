"""The network that a training starts from, and its weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional

from tod_ros.dataset.project import Project
from tod_ros.errors import ZooError
from tod_ros.models import networks, zoo
from tod_ros.models.families import HEIRS
from tod_ros.shipped import shipped
from tod_ros.text import did_you_mean


@dataclass(frozen=True)
class StartingPoint:
    """A network to start from; without a checkpoint it learns from scratch."""

    config: Path
    checkpoint: Optional[Path] = None


def find_start(project: Project, network: str) -> StartingPoint:
    """An installed network of the zoo, one of the package, or a template of config/pipelines."""
    template = shipped("config", "pipelines", f"{network}.config")
    if template.is_file() and not _is_installed(project, network):
        return StartingPoint(template)
    try:
        folder = networks.network_folder(network, project.pre_trained_dir)
    except ZooError as error:
        names = {known.name for known in zoo.catalogue()}
        names.update(templates(), _shipped_names(), HEIRS)
        if network in names or (project.pre_trained_dir / network).is_dir():
            raise
        near = did_you_mean(network, names.difference(HEIRS))
        raise ZooError(f"no network {network!r}{near}") from error
    indexes = sorted((folder / "checkpoint").glob("*.index"))
    return StartingPoint(folder / "pipeline.config", indexes[-1].with_suffix(""))


def templates() -> List[str]:
    """The networks that learn from scratch."""
    return sorted(path.stem for path in shipped("config", "pipelines").glob("*.config"))


def _is_installed(project: Project, network: str) -> bool:
    return networks.is_network(project.pre_trained_dir / network) or network in _shipped_names()


def _shipped_names() -> List[str]:
    return [folder.name for folder in networks.shipped_networks()]
