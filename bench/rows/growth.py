"""`tod convert` and `tod evaluate` at 1,000, 10,000 and 50,000 drawn pictures: only with --long.

Per thousand pictures the time should stay what it is, and the memory altogether. Pictures are JPEGs
of 320x240, about two gigabytes with their records at most, in a temporary folder.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import List

from bench.measuring import REPOSITORY, run_timed
from bench.projects import make_project
from bench.rows.convert import convert_command
from bench.setting import Setting
from bench.table import Row

NUMBERS = (1_000, 10_000, 50_000)


def measure(setting: Setting) -> List[Row]:
    if not setting.is_long:
        return []
    rows = []
    for number in NUMBERS[:1] if setting.is_short else NUMBERS:
        with tempfile.TemporaryDirectory(prefix="bench-growth-") as folder:
            root = Path(folder) / "cubes"
            make_project(root, number, (320, 240), "jpg", splits=("test",) * 9 + ("train",))
            for verb, command in (
                ("convert", convert_command(root)),
                ("evaluate", _evaluate_command(root, setting.model)),
            ):
                setting.say(f"{verb} {number}")
                seconds, megabytes = run_timed(command)
                what = f"{verb} {number} pictures"
                rows.append(Row(f"{what}, per thousand", seconds * 1000 / number, "s"))
                rows.append(Row(f"{what}, most memory", megabytes, "MB"))
    return rows


def _evaluate_command(root: Path, model: Path) -> List[str]:
    program = [sys.executable, str(REPOSITORY / "scripts/tod"), "evaluate", str(root)]
    return [*program, "-m", str(model), "--quiet", "--worst", "0"]
