"""Time and memory of a training, forecast from a few trial steps before the first real one.

If the batch may not fit into memory, the trial runs in a separate process. That process can be
ended before the kernel kills something else. It trains with one picture per step, then with two;
memory and time grow linearly with the batch size from there. If even the most memory-hungry network
of the zoo would use less than half of the free memory, no separate process is needed:
forecast_in_place.py measures the step time in this process.

It is long because it also remembers what it measured, and puts it into words.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Callable, Mapping, Optional

import tod_ros
from tod_ros.errors import TrainingError
from tod_ros.files import make_folder, read_text, write_text
from tod_ros.pipeline.config_file import input_size_hw, write_pipeline
from tod_ros.training.checkpoints import last_trained
from tod_ros.training.memory import free_memory, gigabytes

MODES = ("auto", "always", "never")
CACHE = "forecast.json"
HUNGRIEST = 1500  # bytes a network holds for each byte of its float32 input, when it learns
BASE_BYTES = 3e9  # TensorFlow, the graph, the weights with their gradients and slots
SHARE = 0.95  # of what is free
TRIAL_TIMEOUT_S = 1800.0


@dataclass(frozen=True)
class Trial:
    """What steps of one and of two pictures took; `knows_two`: those of two were really taken."""

    bytes_1: float
    bytes_2: float
    seconds_1: float
    seconds_2: float
    knows_two: bool = True

    def memory(self, batch_size: int) -> float:
        return self.bytes_1 + (batch_size - 1) * self.bytes_each

    @property
    def bytes_each(self) -> float:
        return max(self.bytes_2 - self.bytes_1, 1.0)

    def step_s(self, batch_size: int) -> float:
        return self.seconds_1 + (batch_size - 1) * max(self.seconds_2 - self.seconds_1, 0.0)

    def largest_batch(self, free: float) -> int:
        """How many pictures a step fit; 0 where one is too many."""
        if self.bytes_1 > free:
            return 0
        return 1 + int((free - self.bytes_1) / self.bytes_each)


def forecast(
    config: Any,
    run_dir: Path,
    say: Callable[[str], None],
    mode: str = "auto",
    free: Optional[float] = None,
    try_out: Optional[Callable[[Any, float], Trial]] = None,
) -> Optional[Trial]:
    """Say what the rest of a training will take; TrainingError where it will not fit into memory.

    A trial is remembered in the run's folder, for the same network.
    """
    if mode == "never":
        return None
    steps = int(config.train_config.num_steps) - last_trained(run_dir)[1]
    if steps < 1:
        return None
    free = free_memory() if free is None else free
    batch = int(config.train_config.batch_size)
    if mode == "auto" and at_most(config) < free / 2:
        say(f"memory: less than {gigabytes(at_most(config))} of the {gigabytes(free)} free")
        return None
    trial = _remembered(config, run_dir)
    if trial is None or (batch > 1 and not trial.knows_two):
        say("trying a few steps, to forecast memory and time")
        trial = (try_out or run_trial)(config, free * SHARE)
        _remember(config, run_dir, trial)
    _check_fits(trial, batch, free * SHARE)
    say(as_text(trial.memory(batch), free, trial.step_s(batch), steps))
    return trial


def at_most(config: Any) -> float:
    """Bytes that training takes at the very most, whatever the network."""
    height, width = input_size_hw(config)
    if not height or not width:
        return float("inf")
    return BASE_BYTES + config.train_config.batch_size * height * width * 12 * HUNGRIEST


def run_trial(config: Any, free: float) -> Trial:
    """Take the steps in processes of their own, ended when they take more than `free` bytes."""
    one = _take_steps(config, 1, free)
    if one is None:
        raise TrainingError(
            f"not even one picture a step fits into the {gigabytes(free)} that can be had; end"
            " other programs, or take a smaller network (`tod zoo list` shows their inputs)"
        )
    two = _take_steps(config, 2, free) if config.train_config.batch_size > 1 else one
    knows_two = two is not None and two is not one
    if two is None:  # two pictures need more than there is, by an unknown amount
        two = {"bytes": max(free, one["bytes"]) * 1.01, "seconds": one["seconds"]}
    return Trial(one["bytes"], two["bytes"], one["seconds"], two["seconds"], knows_two)


def _take_steps(config: Any, batch_size: int, free: float) -> Optional[Mapping[str, float]]:
    """What the steps took; None where the memory was not enough.

    It is long because the child may run out of memory at any line.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pipeline.config"
        write_pipeline(path, config)
        sources = str(Path(tod_ros.__file__).resolve().parents[1])
        known = os.environ.get("PYTHONPATH")
        environ = dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, (sources, known))))
        command = [
            sys.executable,
            "-m",
            "tod_ros.training.forecast_trial",
            str(path),
            str(batch_size),
            folder,
        ]
        child = subprocess.Popen(command, env=environ)
        try:
            enough = _watch(child, free)
        finally:
            child.kill()
            child.wait()
        taken = _text(Path(folder) / "taken.json")
    if taken and enough:
        return dict(json.loads(taken))
    if not enough or child.returncode == -signal.SIGKILL:  # ours, or the kernel's
        return None
    raise TrainingError(
        f"the trial steps failed (status {child.returncode}); the end of the run's training.log"
        " says why, and --forecast never goes on without them"
    )


def _watch(child: subprocess.Popen[bytes], free: float) -> bool:
    """Wait for the child; False, and it is ended, when it takes more than is free."""
    deadline = time.monotonic() + TRIAL_TIMEOUT_S
    while child.poll() is None and time.monotonic() < deadline:
        pages = _text(Path(f"/proc/{child.pid}/statm")).split()
        if len(pages) > 1 and int(pages[1]) * os.sysconf("SC_PAGE_SIZE") > free:
            return False
        time.sleep(0.05)
    if child.poll() is None:
        raise TrainingError("the trial steps take too long; --forecast never goes on without them")
    return True


def _check_fits(trial: Trial, batch: int, free: float) -> None:
    if trial.memory(batch) <= free:
        return
    fits = trial.largest_batch(free)
    if fits < 1:
        mend = "not even one does; end other programs, or take a smaller network"
    else:
        mend = (
            f"{min(fits, batch - 1)} will: configure again with --batch-size {min(fits, batch - 1)}"
        )
    raise TrainingError(
        f"train_config.batch_size: {batch} pictures a step need about"
        f" {gigabytes(trial.memory(batch))}, of memory {gigabytes(free)} can be had; {mend}"
    )


def as_text(needed: float, free: float, step_s: float, steps: int) -> str:
    whole = datetime.timedelta(seconds=round(step_s * steps))
    return (
        f"forecast: {gigabytes(needed)} of the {gigabytes(free)} free,"
        f" {step_s:.2f} s a step, {whole} for {steps} steps"
    )


def _key(config: Any) -> str:
    """The network itself: batch, steps and data do not change what a picture takes."""
    return hashlib.sha256(config.model.SerializeToString(deterministic=True)).hexdigest()


def _remembered(config: Any, run_dir: Path) -> Optional[Trial]:
    try:
        known = json.loads(_text(run_dir / CACHE))
        return Trial(**known["trial"]) if known["network"] == _key(config) else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _remember(config: Any, run_dir: Path, trial: Trial) -> None:
    make_folder(run_dir)
    known = {"network": _key(config), "trial": asdict(trial)}
    write_text(run_dir / CACHE, json.dumps(known) + "\n")


def _text(path: Path) -> str:
    try:
        return read_text(path)
    except (OSError, ValueError):
        return ""
