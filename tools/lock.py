#!/usr/bin/env python3
"""lock.py PINS [PYTHON]: write the complete list of pinned packages for the machine of PYTHON.

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
from typing import Dict, List

PIP = "pip==25.0.1"  # the last one for Python 3.8
REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"


def main(argv: List[str]) -> int:
    if len(argv) not in (2, 3):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    pins, python = Path(argv[1]), argv[2] if len(argv) == 3 else "/usr/bin/python3"
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([python, "-m", "venv", folder], check=True)  # sees no package of the system
        pip = [folder + "/bin/python", "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "-q", PIP], check=True)
        found = resolve(pip, ["-r", str(REQUIREMENTS / "direct.in")])
        found.update(
            resolve(pip, ["--no-deps", "-r", str(REQUIREMENTS / "without-dependencies.in")])
        )
    pins.write_text(to_text(pins.name, found))
    return 0


def resolve(pip: List[str], wanted: List[str]) -> Dict[str, str]:
    """Name and version of everything that pip would install for `wanted`."""
    options = ["install", "--dry-run", "--ignore-installed", "--quiet", "--report", "-"]
    report = subprocess.run(pip + options + wanted, check=True, stdout=subprocess.PIPE)
    packages = [entry["metadata"] for entry in json.loads(report.stdout)["install"]]
    return {normalised(package["name"]): package["version"] for package in packages}


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def to_text(name: str, found: Dict[str, str]) -> str:
    lines = [
        f"# Made by tools/lock.py {name} from *.in; installed without following dependencies.",
        PIP,
    ]
    return "\n".join(lines + [f"{name}=={found[name]}" for name in sorted(found)]) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv))
