"""`tod convert` against the course's two scripts, on 2,000 drawn pictures of 640x480.

Both sides are programs of their own, run in turn; here are all the checks, there are none. The
floor is reading the pictures and writing their bytes once, until they are on the disk.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import List

from bench.measuring import REPOSITORY, run_timed, timed
from bench.projects import make_project
from bench.setting import Setting
from bench.table import Row

PICTURES, ROUNDS = 2000, 3


def measure(setting: Setting) -> List[Row]:
    number = PICTURES // 10 if setting.is_short else PICTURES
    with tempfile.TemporaryDirectory(prefix="bench-convert-") as folder:
        root = Path(folder) / "cubes"
        make_project(root, number)
        ours, theirs = [], []
        for _ in range(1 if setting.is_short else ROUNDS):
            theirs.append(run_timed([sys.executable, "-m", "bench.course.convert", str(root)]))
            ours.append(run_timed(convert_command(root)))
        compare_csv(root)
        floor = statistics.median(timed(lambda: copy_pictures(root)) for _ in range(ROUNDS))
    what = f"convert {number} pictures"
    here_s, course_s = (statistics.median(s for s, _ in side) for side in (ours, theirs))
    here_mb, course_mb = (max(megabytes for _, megabytes in side) for side in (ours, theirs))
    return [
        Row(what, here_s, "s", course_s, floor, least_ratio=1.0),
        Row(f"{what}, most memory", here_mb, "MB", course_mb),
    ]


def convert_command(root: Path) -> List[str]:
    return [sys.executable, str(REPOSITORY / "scripts/tod"), "convert", str(root), "--quiet"]


def compare_csv(root: Path) -> None:
    """Both sides found the same objects."""
    for split in ("train", "test"):
        ours = (root / "images" / f"{split}_labels.csv").read_text().splitlines()
        theirs = (root / f"course_{split}_labels.csv").read_text().splitlines()
        if sorted(ours) != sorted(theirs):
            raise SystemExit(f"{split}: the two sides did not find the same objects")


def copy_pictures(root: Path) -> None:
    with open(root / "copy", "wb") as copy:
        for picture in sorted(root.glob("images/*/*.png")):
            copy.write(picture.read_bytes())
        copy.flush()
        os.fsync(copy.fileno())
