"""One progress bar for every verb: on stderr, and only where somebody watches it."""

from __future__ import annotations

import sys
from typing import Any, Iterable, Optional, TextIO, TypeVar

from tqdm import tqdm

from tod_ros.text import Watch

Item = TypeVar("Item")


def watcher(what: str, *, unit: str = "picture", quiet: bool = False) -> Watch:
    """What library functions take as `watch`: passes the items on and moves a bar with them."""

    def watch(items: Iterable[Item], total: int) -> Iterable[Item]:
        with bar(total, what, unit=unit, quiet=quiet) as shown:
            for item in items:
                yield item
                shown.update()

    return watch


def bar(
    total: Optional[float],
    what: str,
    *,
    unit: str = "picture",
    quiet: bool = False,
    stream: Optional[TextIO] = None,
    **options: Any,
) -> tqdm:
    """A tqdm bar, to be used with `with`; silent with `quiet` or when `stream` is no terminal."""
    stream = stream or sys.stderr
    return tqdm(
        total=total,
        desc=what,
        unit=unit if unit == "B" else f" {unit}",
        unit_scale=unit == "B",
        unit_divisor=1024,
        file=stream,
        disable=quiet or not stream.isatty(),
        dynamic_ncols=True,
        leave=False,
        **options,
    )
