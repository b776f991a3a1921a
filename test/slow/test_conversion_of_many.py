"""Ten thousand pictures take no more memory than a few."""

import os
import subprocess
import sys

import cv2
import numpy as np

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.pascal_voc import to_voc_text
from tod_ros.dataset.label_map import LabelMap, write_label_map
from tod_ros.dataset.project import Project

PICTURES = 10_000
CHILD = "import sys; from tod_ros import cli; sys.exit(cli.main(sys.argv[1:]))"


def test_ten_thousand_pictures_convert_in_under_400_mb(tmp_path):
    project = Project(tmp_path / "cubes")
    folder = project.images_dir("train")
    folder.mkdir(parents=True)
    write_label_map(project.label_map_path, LabelMap.from_names(["one", "two"]))
    picture = cv2.imencode(".png", np.zeros((480, 640, 3), np.uint8))[1].tobytes()
    boxes = tuple(Box("two", 600 - 90 * n, 5, 680 - 90 * n - 50, 40) for n in range(4))
    text = to_voc_text(Annotation("image.png", (640, 480), boxes))
    for number in range(PICTURES):
        (folder / f"image{number:05d}.png").write_bytes(picture)
        (folder / f"image{number:05d}.xml").write_text(text)
    words = [sys.executable, "-c", CHILD, "convert", str(project.root)]
    child = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = status
    assert status == 0 and f"train: {PICTURES} pictures; objects: {4 * PICTURES} two" in out
    assert usage.ru_maxrss / 1024 < 400
