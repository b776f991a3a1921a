"""Training on several GPUs or several machines, through tf.distribute.

Machines find each other by TF_CONFIG, the same on all but for the index:

    TF_CONFIG='{"cluster": {"worker": ["host1:2222", "host2:2222"]},
                "task": {"type": "worker", "index": 0}}'
"""

from __future__ import annotations

import json
import os
from typing import Any, Mapping, Sequence

from tod_ros.errors import TrainingError

_EXAMPLE = (
    '{"cluster": {"worker": ["host1:2222", "host2:2222"]}, "task": {"type": "worker", "index": 0}}'
)


def workers_of(environ: Mapping[str, str]) -> int:
    """How many machines TF_CONFIG names, 1 without it; TrainingError if it is wrong."""
    text = environ.get("TF_CONFIG", "")
    if not text:
        return 1
    try:
        told = json.loads(text)
        workers, task = told["cluster"]["worker"], told["task"]
        fits = task["type"] == "worker" and 0 <= task["index"] < len(workers)
    except (ValueError, KeyError, TypeError):
        fits = False
    if not fits:
        raise TrainingError(f"TF_CONFIG is not as it must be, for example {_EXAMPLE}")
    return len(workers)


def worker_index(environ: Mapping[str, str]) -> int:
    return int(json.loads(environ["TF_CONFIG"])["task"]["index"]) if workers_of(environ) > 1 else 0


def check_shares(workers: int, records: Sequence[str], batch_size: int) -> None:
    """Records are shared out by file, batches by picture: each worker needs some of both."""
    if len(records) < workers:
        raise TrainingError(
            f"{records[0]}: the training record is {len(records)} file(s) for {workers} workers;"
            f" write more with `tod convert PROJECT --shards {workers}`, then configure again"
        )
    if batch_size % workers:
        raise TrainingError(
            f"train_config.batch_size is {batch_size}, it cannot be shared by {workers};"
            f" configure again with --batch-size {max(batch_size // workers, 1) * workers}"
        )


def choose_strategy(batch_size: int) -> Any:
    """All the GPUs of this machine, or the machines of TF_CONFIG; None for one device."""
    if workers_of(os.environ) > 1:
        import tensorflow as tf

        return tf.distribute.MultiWorkerMirroredStrategy()
    import tensorflow as tf

    gpus = tf.config.list_logical_devices("GPU")
    if len(gpus) < 2:
        return None
    if batch_size % len(gpus):
        raise TrainingError(
            f"train_config.batch_size is {batch_size}, it cannot be shared by {len(gpus)} GPUs;"
            f" configure again with --batch-size {max(batch_size // len(gpus), 1) * len(gpus)}"
        )
    return tf.distribute.MirroredStrategy()
