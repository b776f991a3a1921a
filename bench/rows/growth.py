"""`tod convert` and `tod evaluate` at 1,000, 10,000 and 50,000 drawn pictures: only with --long.

Each more picture should take the same time, whether there are few or many: what a program takes to
start is then not in it. And of a picture only its annotation and figures should stay in memory, a
twentieth of its 225 kB of pixels at most. Pictures are JPEGs of 320x240, about two gigabytes with
their records at most, in a temporary folder. The short form takes a hundredth of them.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Dict, List, NamedTuple, Sequence

from bench.measuring import REPOSITORY, run_timed
from bench.projects import make_project
from bench.rows.convert import convert_command
from bench.setting import Setting
from bench.table import Row

NUMBERS = (1_000, 10_000, 50_000)
MOST_GROWTH, MOST_KB = 1.25, 11.0


class Run(NamedTuple):
    """What one run of a verb took."""

    number: int
    seconds: float
    megabytes: float


def measure(setting: Setting) -> List[Row]:
    if not setting.is_long:
        return []
    runs: Dict[str, List[Run]] = {"convert": [], "evaluate": []}
    for number in NUMBERS:
        number = number // 100 if setting.is_short else number
        with tempfile.TemporaryDirectory(prefix="bench-growth-") as folder:
            root = Path(folder) / "cubes"
            make_project(root, number, (320, 240), "jpg", splits=("test",) * 9 + ("train",))
            for verb, done in runs.items():
                setting.say(f"{verb} {number}")
                done.append(Run(number, *run_timed(_COMMANDS[verb](root, setting.model))))
    return [row for verb, done in runs.items() for row in rows_of(verb, done)]


def rows_of(verb: str, runs: Sequence[Run]) -> List[Row]:
    """The runs, from the fewest pictures to the most, and what each more picture has cost."""
    rows = []
    for number, seconds, megabytes in runs:
        rows.append(Row(f"{verb} {number} pictures", seconds, "s"))
        rows.append(Row(f"{verb} {number} pictures, most memory", megabytes, "MB"))
    few, some, many = runs
    early_ms, late_ms = _each_more_ms(few, some), _each_more_ms(some, many)
    growth = late_ms / early_ms if early_ms > 0 else None  # few take no time that can be told
    more_kb = 1024 * (many.megabytes - few.megabytes) / (many.number - few.number)
    steps = f"from {some.number} to {many.number}"
    return [
        *rows,
        Row(f"{verb}, each more picture {steps}", late_ms, "ms"),
        Row(
            f"{verb}, that to the same up to {some.number}",
            growth,
            "",
            most=MOST_GROWTH,
        ),
        Row(f"{verb}, memory of each more picture", more_kb, "kB", most=MOST_KB),
    ]


def _each_more_ms(fewer: Run, more: Run) -> float:
    return 1000 * (more.seconds - fewer.seconds) / (more.number - fewer.number)


def _evaluate_command(root: Path, model: Path) -> List[str]:
    program = [sys.executable, str(REPOSITORY / "scripts/tod"), "evaluate", str(root)]
    return [*program, "-m", str(model), "--quiet", "--worst", "0"]


_COMMANDS = {
    "convert": lambda root, _model: convert_command(root),
    "evaluate": _evaluate_command,
}
