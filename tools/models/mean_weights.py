"""The mean of two networks' weights: it keeps what the one knew and what the other learnt after.

A network that went on from another one, on other pictures, reads those better and the first ones
worse. Half-way between the two it reads both nearly as well as the better of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np


def write_mean(folder: Path, first: str, second: str, share: float) -> None:
    """A checkpoint in `folder`: `share` of the second's weights, the rest of the first's.

    Both are of one network; what is no weight of it (the step) is the second's.
    """
    import tensorflow as tf

    old, new = tf.train.load_checkpoint(first), tf.train.load_checkpoint(second)
    names = sorted(new.get_variable_to_shape_map())
    means = [_mean(old, new, name, share) for name in names]
    folder.mkdir(parents=True, exist_ok=True)
    prefix = str(folder / "ckpt-1")
    tf.raw_ops.SaveV2(
        prefix=prefix,
        tensor_names=names,
        shape_and_slices=[""] * len(names),
        tensors=[tf.constant(mean) for mean in means],
    )
    tf.compat.v1.train.update_checkpoint_state(str(folder), prefix)


def _mean(old: Any, new: Any, name: str, share: float) -> Any:
    value = new.get_tensor(name)
    is_weight = name.startswith("model/") and ".OPTIMIZER_SLOT" not in name
    if not (is_weight and isinstance(value, np.ndarray) and value.dtype == np.float32):
        return value
    return (share * value + (1 - share) * old.get_tensor(name)).astype(np.float32)
