"""Objects of no known kind are learnt from a dozen pictures by a real network: the short form.

bench/rows/real.py is the long one, with real pictures and figures.
"""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("tensorflow", exc_type=ImportError)

import zoo_archive
from walking import walked

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.pascal_voc import write_voc
from tod_ros.images.image_file import write_image

ROOT = Path(__file__).resolve().parents[2]
SIZE_WH = (320, 240)
LESS = "--steps 80 --batch-size 4 --head-steps 20 --captures 40 --pasted 80 --mosaics 24"


def table(seed):
    """Balls and blocks of many sizes on an uneven table."""
    rng = np.random.default_rng(seed)
    small = rng.integers(120, 200, (6, 8, 3), np.uint8)
    image = cv2.GaussianBlur(cv2.resize(small, SIZE_WH, interpolation=cv2.INTER_CUBIC), (0, 0), 5)
    boxes = []
    for column in range(4):
        side = int(rng.integers(28, 56))
        x, y = 10 + 78 * column + int(rng.integers(0, 20)), int(rng.integers(20, 180 - side // 2))
        colour = tuple(rng.integers(0, 90, 3).tolist())
        name = ("ball", "block")[int(rng.integers(2))]
        if name == "ball":
            cv2.circle(image, (x + side // 2, y + side // 2), side // 2, colour, -1, cv2.LINE_AA)
        else:
            corners = np.array([[0, 0.3], [0.6, 0], [1, 0.7], [0.4, 1]]) * side + (x, y)
            cv2.fillPoly(image, [corners.round().astype(np.int32)], colour, cv2.LINE_AA)
        boxes.append(Box(name, x, y, x + side, y + side))
    noise = rng.normal(0, 3, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8), tuple(boxes)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What `tod configure` and `tod evaluate` say of a network that learnt twelve pictures."""
    work = tmp_path_factory.mktemp("objects")
    archive = work / "hands.tar.gz"
    archive.write_bytes(zoo_archive.real(tmp_path_factory.mktemp("zoo")))
    with pytest.MonkeyPatch.context() as here:
        here.chdir(work)
        walked("init", "table", "--class", "ball", "--class", "block")
        for split, seeds in (("train", range(12)), ("test", range(100, 108))):
            folder = work / "table/images" / split
            folder.mkdir(parents=True, exist_ok=True)
            for seed in seeds:
                image, boxes = table(seed)
                write_image(folder / f"{seed}.png", image)
                write_voc(folder / f"{seed}.xml", Annotation(f"{seed}.png", SIZE_WH, boxes))
        walked("convert", "table")
        walked("zoo", "get", zoo_archive.REAL, "--from", str(archive))
        configured, _ = walked("configure", "table", "--network", zoo_archive.REAL, *LESS.split())
        # the command itself, for the processes that draw read its file again
        command = [sys.executable, str(ROOT / "scripts/tod"), "train", "table"]
        command += ["--forecast", "never", "--quiet"]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        walked("export", "table")
        model = work / "table/training/hands/saved_model1"
        evaluated, _ = walked("evaluate", "table", "-m", model, "--json")
    return configured, json.loads(evaluated)


def test_configure_says_what_helps_and_why(told):
    assert "12 pictures to learn from are few" in told[0] and "pasted" in told[0]


def test_most_objects_are_found_and_told_apart(told):
    assert told[1]["coco"]["Precision/mAP@.50IOU"] > 0.3, told[1]["coco"]
