#!/usr/bin/env python3
"""How many scenes a second one core draws. `bench/scene.py [SCENES]`"""

import sys
import time

import cv2

from tod_ros.scene import draw_scene

SIZES_WH = ((320, 240), (640, 480))


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    cv2.setNumThreads(1)
    draw_scene(0, difficulty="full")  # what is made once
    print(f"{'size':<10} {'difficulty':<11} scenes a second of one core")
    for size_wh in SIZES_WH:
        for difficulty in ("plain", "full"):
            started = time.process_time()
            for seed in range(count):
                draw_scene(seed, size_wh=size_wh, difficulty=difficulty)
            rate = count / (time.process_time() - started)
            print(f"{size_wh[0]}x{size_wh[1]:<6} {difficulty:<11} {rate:6.0f}")


if __name__ == "__main__":
    main()
