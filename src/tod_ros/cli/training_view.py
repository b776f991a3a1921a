"""How a training looks on the terminal: a bar, or a line now and then where nobody watches."""

from __future__ import annotations

import contextlib
import datetime
import time
from typing import Callable, Iterator

from tod_ros.cli.progress import bar
from tod_ros.cli.terminal import Terminal
from tod_ros.training.trainer import Progress

LINE_EVERY_S = 10.0
_BAR = "{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} {postfix}"


@contextlib.contextmanager
def showing(
    terminal: Terminal, steps: int, quiet: bool, now: Callable[[], float] = time.monotonic
) -> Iterator[Callable[[Progress], None]]:
    """Yield what takes each step's Progress; the first one is shown at once."""
    shown_at = -LINE_EVERY_S - 1.0
    watched = terminal.err.isatty()
    options = {"bar_format": _BAR, "mininterval": 0.2}
    with bar(steps, "training", unit="step", quiet=quiet, stream=terminal.err, **options) as moving:

        def show(progress: Progress) -> None:
            nonlocal shown_at
            if quiet:
                return
            if watched:
                moving.set_postfix_str(to_text(progress), refresh=False)
                moving.update(progress.step - moving.n)
                if progress.first:
                    moving.refresh()
            elif progress.first or now() - shown_at >= LINE_EVERY_S:
                shown_at = now()
                terminal.say(f"step {progress.step} of {progress.steps}: {to_text(progress)}")

        yield show


def to_text(progress: Progress) -> str:
    left = datetime.timedelta(seconds=round(progress.left_s))
    if progress.first:  # its time is that of building the network
        return f"loss {progress.loss:.3f}, the first step took {progress.step_s:.1f} s"
    return f"loss {progress.loss:.3f}, {step_time(progress.step_s)}, {left} left"


def step_time(seconds: float) -> str:
    return f"{seconds:.2f} s a step" if seconds >= 0.1 else f"{seconds * 1000:.0f} ms a step"
