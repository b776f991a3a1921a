"""Those of TensorFlow's errors during a training that a user can mend, as one line each."""

from __future__ import annotations

import contextlib
import errno
import re
from pathlib import Path
from typing import Iterator

from tod_ros.errors import TrainingError


@contextlib.contextmanager
def faults_named(run_dir: Path, batch_size: int) -> Iterator[None]:
    """Turn them into a line; what remains is a bug and keeps its traceback."""
    import tensorflow as tf

    full = TrainingError(
        f"{run_dir}: the disk is full; make room, and start again: the run goes on from its last"
        " checkpoint"
    )
    try:
        yield
    except tf.errors.ResourceExhaustedError as error:
        if "No space left" in str(error):
            raise full from error
        raise TrainingError(
            f"train_config.batch_size: {batch_size} pictures a step do not fit into the memory of"
            " the processor that learns; configure again with a smaller --batch-size"
        ) from error
    except tf.errors.InvalidArgumentError as error:
        found = re.search(r"Invalid (PNG|JPEG|BMP|GIF) ?(data)?", str(error))
        if not found:
            raise
        raise TrainingError(
            f"a picture of the records cannot be decoded ({found.group(0).strip()}); save the"
            " project's pictures again with another program, then run `tod convert`"
        ) from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise full from error
        raise
