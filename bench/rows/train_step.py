"""A training step of `tod train` against the OD API's own model_main_tf2, by the same config.

The config is what `tod configure` writes for the real network of tools/real_network.py and drawn
pictures. The API's program says after each hundred steps how many it took a second; the first
hundred build the graph, so the second hundred count. Here the median of the last hundred counts.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import List

from bench.measuring import quiet_environment
from bench.projects import make_project
from bench.rows.real import network_folder, tod
from bench.setting import Setting
from bench.table import Row

PICTURES, COUNTED = 100, 100  # steps that count, of twice as many
MOST_OF_THEIRS = 0.8
THEIRS = """
from tod_ros.training import od_api
od_api.prepare()
import runpy
runpy.run_module("object_detection.model_main_tf2", run_name="__main__", alter_sys=True)
"""


def measure(setting: Setting) -> List[Row]:
    if setting.is_short:
        setting.say("train_step: left out of the short form, the API's program counts by hundreds")
        return []
    with tempfile.TemporaryDirectory(prefix="bench-train-") as scratch:
        network = network_folder(Path(scratch))
        if isinstance(network, str):
            setting.say(f"train_step: left out, {network}")
            return []
        project = Path(scratch, "work/cubes")
        make_project(project, PICTURES)
        shutil.copytree(network, project.parent / "pre-trained" / network.name)
        tod("convert", project, "--quiet")
        steps = ("--steps", 2 * COUNTED, "--no-flip")
        tod("configure", project, "--network", network.name, *steps)
        folder = project / "training" / network.name
        theirs = their_step_s(project.parent, folder / "pipeline.config", Path(scratch, "theirs"))
        tod("train", project, "--network", network.name, "--quiet", "--forecast", "never")
        ours = our_step_s(folder / "checkpoint1/train")
    what = "training step, SSD 320x320, batch 8"
    return [Row(what, 1000 * ours, "ms", 1000 * theirs, least_ratio=1 / MOST_OF_THEIRS)]


def their_step_s(workspace: Path, config: Path, run: Path) -> float:
    arguments = [f"--pipeline_config_path={config}", f"--model_dir={run}"]
    done = subprocess.run(
        [sys.executable, "-c", THEIRS, *arguments, f"--num_train_steps={2 * COUNTED}"],
        cwd=workspace,
        env=quiet_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"model_main_tf2: {done.stderr[-2000:]}")
    return 1 / values(run / "train", "steps_per_sec")[-1]


def our_step_s(events: Path) -> float:
    return statistics.median(1 / value for value in values(events, "steps_per_sec")[-10:])


def values(folder: Path, tag: str) -> List[float]:
    """What a training's events say under a tag, in their order."""
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
    from tensorboard.util import tensor_util

    found = []
    for path in sorted(folder.glob("events.*")):
        for event in EventFileLoader(str(path)).Load():
            found += [
                float(tensor_util.make_ndarray(value.tensor))
                for value in event.summary.value
                if value.tag == tag
            ]
    return found
