"""server PROJECT PORT [TRUTH]: `tod annotate` whose model knows the drawn pictures' true boxes.

TRUTH is JSON: {sha256 of the picture's pixels: [[name, score, xmin, ymin, xmax, ymax]...]}.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from tod_ros.annotate.capture_button import CaptureButton
from tod_ros.annotate.proposals import Source
from tod_ros.annotate.serving import ListenAddress, serve
from tod_ros.dataset.project import Project
from tod_ros.detection import Detection
from tod_ros.robot.capture_service import look_for


def main(project: str, port: str, truth: str = "") -> None:
    source = None
    if truth:
        known = json.loads(Path(truth).read_text())
        source = Source("truth", lambda bgr: propose(known, bgr))
    camera = CaptureButton("/capture/capture", look_for)
    place = ListenAddress(port=int(port))
    serve(Project(project), place, camera, source, started=lambda url: print(url, flush=True))


def propose(known, bgr):
    found = known.get(hashlib.sha256(bgr.tobytes()).hexdigest(), [])
    return [Detection(1, name, score, *corners) for name, score, *corners in found]


main(*sys.argv[1:])
