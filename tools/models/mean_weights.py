"""The mean of two networks' weights: it keeps what the one knew and what the other learnt after.

A network that went on from another one, on other pictures, reads those better and the first ones
a little worse. Half-way between the two it reads both nearly as well as the better of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from making import write_checkpoint


def write_mean(folder: Path, first: str, second: str) -> None:
    """A checkpoint in `folder`; what is no weight of the network (the step) is the second's."""
    import tensorflow as tf

    old, new = tf.train.load_checkpoint(first), tf.train.load_checkpoint(second)
    tensors = {name: _mean(old, new, name) for name in new.get_variable_to_shape_map()}
    folder.mkdir(parents=True, exist_ok=True)
    prefix = str(folder / "ckpt-1")
    write_checkpoint(prefix, tensors)
    tf.compat.v1.train.update_checkpoint_state(str(folder), prefix)


def _mean(old: Any, new: Any, name: str) -> Any:
    value = new.get_tensor(name)
    is_weight = name.startswith("model/") and ".OPTIMIZER_SLOT" not in name
    if not (is_weight and isinstance(value, np.ndarray) and value.dtype == np.float32):
        return value
    return (value + old.get_tensor(name)) / np.float32(2)
