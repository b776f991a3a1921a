"""An evaluation as a folder: a web page and the worst pictures."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Callable, Mapping, Sequence

import cv2
import numpy as np

from tod_ros.detection import Detection
from tod_ros.errors import ProjectError
from tod_ros.evaluation.figures import Evaluation
from tod_ros.evaluation.report_page import to_card, to_html
from tod_ros.evaluation.verdict import Verdict
from tod_ros.files import make_folder, refuse_link_out, remove, write_text
from tod_ros.images.image_file import read_image, write_image

Draw = Callable[[np.ndarray, Sequence[Detection]], np.ndarray]

MISSED_BGR = (60, 20, 220)


def write_report(
    folder: Path, evaluation: Evaluation, facts: Mapping[str, str], draw: Draw
) -> Path:
    """Write index.html and worst/*.png into `folder`, and answer the page's path."""
    worst = folder / "worst"
    try:
        refuse_link_out(worst, worst.parent, ProjectError)
        make_folder(worst)
        _remove_older(worst)
    except OSError as error:
        raise ProjectError(f"{folder}: cannot be written ({error.strerror})") from None
    cards = []
    for rank, verdict in enumerate(evaluation.worst, start=1):
        drawn = draw_verdict(read_image(verdict.picture), verdict, draw)
        name = os.path.splitext(os.path.basename(verdict.picture))[0]
        write_image(worst / f"{rank:02d}-{name}.png", drawn)
        cards.append(to_card(verdict, drawn))
    page = folder / "index.html"
    write_text(page, to_html(evaluation, facts, cards))
    return page


def draw_verdict(bgr: np.ndarray, verdict: Verdict, draw: Draw) -> np.ndarray:
    """What was found, and in red what is there but was missed or taken for something else."""
    drawn = draw(bgr, verdict.found).copy()
    faults = [(box, f"missed: {box.name}") for box in verdict.missed]
    faults += [(box, f"is: {box.name}") for box, _ in verdict.confused]
    scale = max(0.6, bgr.shape[1] / 900)
    thickness = max(2, round(bgr.shape[1] / 320))
    for box, text in faults:
        corners = tuple(int(round(side)) for side in box.xyxy)  # OpenCV 4.2 takes no lists
        cv2.rectangle(drawn, corners[:2], corners[2:], MISSED_BGR, thickness)
        origin = (corners[0] + thickness, corners[3] - 2 * thickness)
        for colour, width in (((255, 255, 255), 4), (MISSED_BGR, 1)):  # readable on any ground
            cv2.putText(
                drawn,
                text.encode("ascii", "replace").decode(),
                origin,
                cv2.FONT_HERSHEY_SIMPLEX,
                scale,
                colour,
                max(1, round(width * scale)),
                cv2.LINE_AA,
            )
    return drawn


def _remove_older(worst: Path) -> None:
    """Pictures that an earlier evaluation left, known by their names."""
    for entry in worst.iterdir():
        if re.fullmatch(r"\d{2,}-.*\.png", entry.name):
            remove(entry)
