#!/usr/bin/env python3
"""lock.py PINS [PYTHON]: write the complete list of pinned packages for the machine of PYTHON.

Beside PINS, which training needs, it writes the shorter list of what runs on the robot, in the
same versions.

tools/lock.py requirements/debian12-py311.txt
tools/lock.py requirements/noetic-py38.txt /path/to/python3.8
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Dict, List, Sequence

PIP = "pip==25.0.1"  # the last one for Python 3.8
REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"
WITH_DEPENDENCIES = ("robot.in", "training.in")
ALONE = "without-dependencies.in"


def main(argv: List[str]) -> int:
    if len(argv) not in (2, 3):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    pins, python = Path(argv[1]), argv[2] if len(argv) == 3 else "/usr/bin/python3"
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([python, "-m", "venv", folder], check=True)  # sees no package of the system
        pip = [folder + "/bin/python", "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "-q", PIP], check=True)
        found = resolve(pip, *(REQUIREMENTS / name for name in WITH_DEPENDENCIES))
        found.update(resolve(pip, REQUIREMENTS / ALONE, options=["--no-deps"]))
        pins.write_text(to_text(pins.name, found))
        lock_robot(pip, pins)
    return 0


def lock_robot(pip: List[str], pins: Path) -> None:
    """Write the list of robot.in, each package in the version of the complete list `pins`."""
    robot = pins.with_name(f"robot-{pins.name.split('-')[0]}.txt")
    found = resolve(pip, REQUIREMENTS / "robot.in", options=["--constraint", str(pins)])
    robot.write_text(to_text(robot.name, found))


def resolve(pip: List[str], *wanted: Path, options: Sequence[str] = ()) -> Dict[str, str]:
    """Name and version of everything that pip would install for the files `wanted`."""
    command = [*pip, "install", "--dry-run", "--ignore-installed", "--quiet", "--report", "-"]
    for path in wanted:
        command += ["-r", str(path)]
    report = subprocess.run([*command, *options], check=True, stdout=subprocess.PIPE)
    packages = [entry["metadata"] for entry in json.loads(report.stdout)["install"]]
    return {normalised(package["name"]): package["version"] for package in packages}


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def to_text(name: str, found: Dict[str, str]) -> str:
    lines = [
        f"# {name}, made by tools/lock.py from *.in; complete: install it with --no-deps.",
        PIP,
    ]
    return "\n".join(lines + [f"{name}=={found[name]}" for name in sorted(found)]) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv))
