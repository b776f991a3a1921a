"""What the shell's environment does to Python: clones on PYTHONPATH, an active conda."""

from __future__ import annotations

import os
from pathlib import Path
from typing import List, Mapping, Optional, Sequence

from tod_ros.doctor.finding import Finding, hint, ok, wrong
from tod_ros.pipeline.api_source import Shadow, mend_of


def check_environment(
    environment: Mapping[str, str],
    shadows: Sequence[Shadow],
    python_prefix: str,
    home: Optional[Path] = None,
) -> List[Finding]:
    """`shadows` are clones of tensorflow/models; `python_prefix` is the running Python's folder."""
    findings = [check_python_path(environment, shadows, home)]
    conda = check_conda(environment, python_prefix)
    return [*findings, conda] if conda else findings


def check_python_path(
    environment: Mapping[str, str], shadows: Sequence[Shadow], home: Optional[Path] = None
) -> Finding:
    if shadows:
        return wrong("PYTHONPATH", " and ".join(map(str, shadows)), mend_of(shadows, home))
    text = "hides no installed package" if environment.get("PYTHONPATH") else "is empty"
    return ok("PYTHONPATH", text)


def check_conda(environment: Mapping[str, str], python_prefix: str) -> Optional[Finding]:
    """A conda environment brings a Python that knows neither ROS nor the tested packages."""
    folder = environment.get("CONDA_PREFIX")
    if not folder:
        return None
    name = environment.get("CONDA_DEFAULT_ENV") or os.path.basename(folder)
    if os.path.realpath(python_prefix) == os.path.realpath(folder):
        return wrong(
            "conda",
            f"this is the Python of the environment {name!r}, in {folder}",
            "`conda deactivate`, then `make setup` and source .ws/devel/setup.bash",
        )
    text = f"the environment {name!r} is active: catkin_make and ROS's programs find its Python"
    return hint("conda", f"{text} first and fail; `conda deactivate` before you build or start ROS")
