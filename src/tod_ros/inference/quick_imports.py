"""Large libraries imported without Python's garbage collector, which finds nothing there.

An import makes hundreds of thousands of objects that stay. The collector looks through all of them
again and again: a quarter of the time that TensorFlow takes to be imported.
"""

from __future__ import annotations

import contextlib
import gc
from typing import Iterator


@contextlib.contextmanager
def collecting_nothing() -> Iterator[None]:
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
