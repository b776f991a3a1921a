"""How many scenes a second one core draws. The course has no such thing: pictures are taken."""

from __future__ import annotations

import time
from typing import List

import cv2

from bench.setting import Setting
from bench.table import Row
from tod_ros.scene.compose import draw_scene

SIZES_WH = ((320, 240), (640, 480))
SCENES, LEAST = 200, 100.0


def measure(setting: Setting) -> List[Row]:
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    draw_scene(0, difficulty="full")  # what is made once
    rows = []
    for size_wh in SIZES_WH:
        for difficulty in ("plain", "full"):
            what = f"scenes of {size_wh[0]}x{size_wh[1]}, {difficulty}, one core"
            least = LEAST if size_wh == (320, 240) and difficulty == "full" else None
            rows.append(Row(what, _rate(setting, size_wh, difficulty), "a second", least=least))
    cv2.setNumThreads(threads)
    return rows


def _rate(setting: Setting, size_wh: tuple, difficulty: str) -> float:
    count = setting.times(SCENES)
    started_s = time.process_time()
    for seed in range(count):
        draw_scene(seed, size_wh=size_wh, difficulty=difficulty)
    return count / (time.process_time() - started_s)
