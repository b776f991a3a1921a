"""The course's CSV: one line for each object.

    filename,width,height,class,xmin,ymin,xmax,ymax
    image001.png,640,480,two,31,118,180,270

A picture without objects has no line here; the records keep it.
"""

from __future__ import annotations

import csv
import io
from typing import Iterable

from tod_ros.annotation import Annotation
from tod_ros.dataset.formats.pascal_voc import number_text

COLUMNS = ("filename", "width", "height", "class", "xmin", "ymin", "xmax", "ymax")


def to_csv(annotations: Iterable[Annotation]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for annotation in annotations:
        for box in annotation.boxes:
            corners = [number_text(value) for value in box.xyxy]
            writer.writerow([annotation.filename, *annotation.size_wh, box.name, *corners])
    return text.getvalue()
