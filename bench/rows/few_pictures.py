"""A digit the network has never seen, from 20 pictures: only with --long, after `make marks`.

bench/few_pictures.py says what A, B1, B and old are; run by itself it prints every setting.
"""

from __future__ import annotations

import statistics
import tempfile
from argparse import Namespace
from pathlib import Path
from typing import List

from bench import few_pictures
from bench.setting import Setting
from bench.table import Row

NAMES = {
    "A": "the same setting",
    "B1": "the same handwriting anywhere",
    "B": "any handwriting anywhere",
    "old": "the other digits alone, anywhere",
}


def measure(setting: Setting) -> List[Row]:
    network = few_pictures.KEPT_BACK
    if not setting.is_long or not (network / "pipeline.config").is_file():
        return []
    args = Namespace(
        network=network, tests=setting.times(few_pictures.TESTS), frames=None, configure=""
    )
    if setting.is_short:
        args.configure = "--steps 20 --batch-size 4 --composites 40 --mosaics 8 --replay 20"
    figures = []
    with tempfile.TemporaryDirectory(prefix="bench-few-") as folder:
        for place in few_pictures.PLACES[: 1 if setting.is_short else None]:
            setting.say(f"few pictures, setting {place}")
            figures.append(few_pictures.learn_and_judge(Path(folder, str(place)), place, args))
    means = {name: statistics.mean(one[name] for one in figures) for name in figures[0]}
    seconds = Row("new class from 20 pictures", means["seconds"], "s", most=few_pictures.GOAL_S)
    return [seconds] + [
        Row(f"new class: exact in {words}", 100 * means[name], "%", least=100 * goal)
        for (name, words), goal in zip(NAMES.items(), few_pictures.GOALS.values())
    ]
