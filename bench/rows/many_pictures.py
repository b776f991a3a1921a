"""How many pictures a second `tod evaluate` and `tod detect` look at, against one after the other.

The other side is how both verbs worked before they used a process for each core: one process,
whose network has a thread for each core, and pictures that Pillow copies twice while it turns and
converts them. Both sides are timed in turn, so that a slow minute slows them both.
"""

from __future__ import annotations

import io
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, Sequence

import cv2
import numpy as np
from PIL import Image, ImageOps

from bench.measuring import ask
from bench.setting import Setting
from bench.table import Row
from tod_ros.annotation import Box
from tod_ros.evaluation.judge import MIN_SCORE_KEPT, Judge
from tod_ros.images.image_file import read_image, write_image
from tod_ros.inference.detector import Detector, load_detector
from tod_ros.inference.processes import in_order, process_count
from tod_ros.scene.compose import draw_scene

PICTURES, ROUNDS = 200, 5
LEAST_RATIO = 1.7

Truths = Sequence[Sequence[Box]]


def measure(setting: Setting) -> List[Row]:
    words = [str(setting.model), str(max(20, setting.times(PICTURES))), str(setting.times(ROUNDS))]
    rates: Dict[str, Any] = ask("bench.rows.many_pictures", *words)
    return [
        Row(
            "pictures of 640x480 evaluated, LiteRT; there: one after the other",
            rates["now"],
            "a second",
            rates["before"],
            more_is_better=True,
            least_ratio=LEAST_RATIO,
        )
    ]


def main() -> None:
    model, count, rounds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    times: Dict[str, List[float]] = {"before": [], "now": []}
    with tempfile.TemporaryDirectory() as folder:
        truths = [_write_scene(Path(folder), number) for number in range(count)]
        paths = sorted(Path(folder).iterdir())
        # the two forms of the detector that open_detector() chooses between
        alone = load_detector(model, runtime="litert")
        shared = load_detector(model, runtime="litert", threads=1)
        for _ in range(rounds):
            times["before"].append(_timed(lambda: _before(alone, paths, truths)))
            times["now"].append(_timed(lambda: _now(shared, paths, truths)))
    print(json.dumps({side: count / statistics.median(each) for side, each in times.items()}))


def _write_scene(folder: Path, number: int) -> Sequence[Box]:
    scene = draw_scene(number, difficulty="full")
    write_image(folder / f"{number:05d}.png", scene.image)
    return scene.boxes


def _timed(work: Callable[[], None]) -> float:
    started_s = time.perf_counter()
    work()
    return time.perf_counter() - started_s


def _before(detector: Detector, paths: Sequence[Path], truths: Truths) -> None:
    _judge(detector, truths, (detector.detect(_read(path), MIN_SCORE_KEPT) for path in paths))


def _now(detector: Detector, paths: Sequence[Path], truths: Truths) -> None:
    def look(path: Path) -> Any:
        return detector.detect(read_image(path), MIN_SCORE_KEPT)

    _judge(detector, truths, in_order(look, paths, process_count("litert", len(paths))))


def _judge(detector: Detector, truths: Truths, found: Iterable[Any]) -> None:
    judge = Judge(detector.label_map)
    for number, (detections, boxes) in enumerate(zip(found, truths)):
        judge.add(str(number), boxes, detections)
    judge.evaluation()


def _read(path: Path) -> np.ndarray:
    with Image.open(io.BytesIO(path.read_bytes())) as opened:
        upright = ImageOps.exif_transpose(opened)
        return cv2.cvtColor(np.asarray(upright.convert("RGB")), cv2.COLOR_RGB2BGR)


if __name__ == "__main__":
    main()
