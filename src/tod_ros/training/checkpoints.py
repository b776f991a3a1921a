"""Which checkpoint of a run to export."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping, Optional, Tuple

from tod_ros.errors import TrainingError
from tod_ros.text import one_line
from tod_ros.training.best_checkpoint import FOLDER, read_best


@dataclass(frozen=True)
class ChosenCheckpoint:
    """A checkpoint's prefix, its step, and what best.json says where it is the best one."""

    prefix: str
    step: int
    best: Optional[Mapping[str, Any]] = None


def choose_checkpoint(run_dir: Path) -> ChosenCheckpoint:
    """The best checkpoint, else the last trained one; never that of step 0."""
    import tensorflow as tf

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
    if not (run_dir / "checkpoint").is_file():
        return None, 0
    import tensorflow as tf

    prefix = tf.train.latest_checkpoint(str(run_dir))
    return prefix, (step_of(prefix) or 0) if prefix else 0


def is_settled(checkpoint: str) -> bool:
    """Whether its batch norms have the exact statistics of its own step (batch_norm.py)."""
    import tensorflow as tf

    reader = tf.train.load_checkpoint(checkpoint)
    settled, step = (f"{name}/.ATTRIBUTES/VARIABLE_VALUE" for name in ("settled", "step"))
    if not reader.has_tensor(settled) or not reader.has_tensor(step):
        return False
    return int(reader.get_tensor(settled)) == int(reader.get_tensor(step))


def step_of(checkpoint: str) -> Optional[int]:
    """The step a checkpoint was written at; None where it does not say."""
    import tensorflow as tf

    try:
        reader = tf.train.load_checkpoint(checkpoint)
        return int(reader.get_tensor("step/.ATTRIBUTES/VARIABLE_VALUE"))
    except (tf.errors.NotFoundError, KeyError):
        return None
    except (ValueError, tf.errors.OpError) as error:
        raise TrainingError(
            f"{checkpoint}: is no readable checkpoint ({one_line(error)})"
        ) from None
