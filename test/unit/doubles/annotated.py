"""Pictures with their XML, as a person would have drawn the boxes."""

import cv2
import numpy as np

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.pascal_voc import write_voc
from tod_ros.dataset.label_map import LabelMap

LABELS = LabelMap.from_names(["one", "two"])
CUBES = (Box("two", 60, 10, 90, 40), Box("one", 5, 8, 30.5, 40))


def add(folder, name, boxes=CUBES, size_wh=(96, 48), shade=None, extension="png"):
    """A wide picture with its XML; `shade` sets its bytes apart from the others'."""
    folder.mkdir(parents=True, exist_ok=True)
    width, height = 96, 48
    shade = sum(map(ord, folder.name + name)) % 256 if shade is None else shade
    picture = folder / f"{name}.{extension}"
    assert cv2.imwrite(str(picture), np.full((height, width, 3), shade, np.uint8))
    write_voc(folder / f"{name}.xml", Annotation(picture.name, size_wh, boxes))
    return picture
