"""The checkpoints of a run: which to go on from, which to export.

TensorFlow lists them in the run's file `checkpoint`. Where that file is garbled, as a power cut
leaves it, it is set aside and written anew from the checkpoints that are there.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, List, Mapping, Optional, Tuple

from tod_ros.errors import TrainingError
from tod_ros.files import read_text, set_aside, write_text
from tod_ros.text import one_line
from tod_ros.training.best_checkpoint import FOLDER, read_best

STATE = "checkpoint"
MOST_STATE_BYTES = 1_000_000

log = logging.getLogger("rosout." + __name__)


@dataclass(frozen=True)
class ChosenCheckpoint:
    """A checkpoint's prefix, its step, and what best.json says where it is the best one."""

    prefix: str
    step: int
    best: Optional[Mapping[str, Any]] = None


def choose_checkpoint(run_dir: Path) -> ChosenCheckpoint:
    """The best checkpoint, else the last trained one; never that of step 0."""
    import tensorflow as tf

    mend_state(run_dir)
    mend_state(run_dir / FOLDER)
    best = read_best(run_dir)
    prefix = tf.train.latest_checkpoint(str(run_dir / FOLDER)) if best else None
    if prefix:
        return ChosenCheckpoint(prefix, step_of(prefix) or int((best or {})["step"]), best)
    state = tf.train.get_checkpoint_state(str(run_dir))
    prefixes = list(state.all_model_checkpoint_paths) if state else []
    for prefix in reversed(prefixes):
        step = step_of(prefix) if Path(prefix + ".index").is_file() else None
        if step:
            return ChosenCheckpoint(prefix, step)
    if prefixes:
        raise TrainingError(f"{run_dir}: holds only the untrained network of step 0; train first")
    raise TrainingError(f"{run_dir}: no checkpoint there; `tod train` writes them")


def last_trained(run_dir: Path) -> Tuple[Optional[str], int]:
    """The last checkpoint of a run and its step; None and 0 before there is one."""
    mend_state(run_dir)
    if not (run_dir / STATE).is_file():
        return None, 0
    import tensorflow as tf

    prefix = tf.train.latest_checkpoint(str(run_dir))
    return prefix, (step_of(prefix) or 0) if prefix else 0


def mend_state(folder: Path) -> None:
    """Where the list of a folder's checkpoints cannot be read, make it anew and say so."""
    state = folder / STATE
    if not os.path.lexists(state) or _names_checkpoints(state):
        return
    try:
        aside = set_aside(state)
    except OSError as error:
        if not os.path.lexists(state):  # another worker was first
            return
        raise TrainingError(
            f"{state}: cannot be read, nor moved away ({error.strerror}); move it away"
        ) from None
    found = _checkpoints_in(folder)
    says = (
        f"made anew from the {len(found)} checkpoints there" if found else "no checkpoint is there"
    )
    log.warning("%s: cannot be read, kept as %s; %s", state, aside.name, says)
    if found:
        names = [f'"{Path(prefix).name}"' for prefix in found]
        others = "".join(f"all_model_checkpoint_paths: {name}\n" for name in names)
        write_text(state, f"model_checkpoint_path: {names[-1]}\n{others}")


def _names_checkpoints(state: Path) -> bool:
    import tensorflow  # noqa: F401 - its own reader of the file is asked
    from google.protobuf import text_format
    from tensorflow.python.training import checkpoint_state_pb2

    try:
        text = read_text(state, MOST_STATE_BYTES)
        listed = text_format.Parse(text, checkpoint_state_pb2.CheckpointState())
    except (OSError, ValueError, text_format.ParseError, RecursionError):
        return False
    return bool(listed.model_checkpoint_path)


def _checkpoints_in(folder: Path) -> List[str]:
    """The prefixes of those that can be read, by their numbers."""
    numbered = []
    for index in folder.glob("ckpt-*.index"):
        found = re.fullmatch(r"ckpt-(\d{1,18})\.index", index.name)
        prefix = str(index)[: -len(".index")]
        with contextlib.suppress(TrainingError):
            if found and step_of(prefix) is not None:
                numbered.append((int(found.group(1)), prefix))
    return [prefix for _, prefix in sorted(numbered)]


@contextlib.contextmanager
def unreadable_as_error(checkpoint: str) -> Iterator[None]:
    """TrainingError for a checkpoint that is cut short or altered."""
    import tensorflow as tf

    try:
        yield
    except (IndexError, ValueError, RuntimeError, tf.errors.OpError) as error:
        raise TrainingError(
            f"{checkpoint}: is no readable checkpoint ({one_line(error)}); move it away"
        ) from None


def is_settled(checkpoint: str) -> bool:
    """Whether its batch norms have the exact statistics of its own step (batch_norm.py)."""
    import tensorflow as tf

    with unreadable_as_error(checkpoint):
        reader = tf.train.load_checkpoint(checkpoint)
    settled, step = (f"{name}/.ATTRIBUTES/VARIABLE_VALUE" for name in ("settled", "step"))
    if not reader.has_tensor(settled) or not reader.has_tensor(step):
        return False
    return int(reader.get_tensor(settled)) == int(reader.get_tensor(step))


def step_of(checkpoint: str) -> Optional[int]:
    """The step a checkpoint was written at; None where it does not say."""
    import tensorflow as tf

    with unreadable_as_error(checkpoint):
        try:
            reader = tf.train.load_checkpoint(checkpoint)
            return int(reader.get_tensor("step/.ATTRIBUTES/VARIABLE_VALUE"))
        except (tf.errors.NotFoundError, KeyError):
            return None
