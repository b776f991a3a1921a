"""Words for people: right names for wrong ones, names from files made harmless, progress told."""

from __future__ import annotations

import difflib
import reprlib
from typing import Any, Callable, Iterable, Optional, Protocol, TypeVar

MOST_LETTERS = 200  # of a class's name: what is longer is none, and would fill the screen
MOST_SHOWN = 60
MOST_LISTED = 400
MOST_ERROR_LETTERS = 2000
Item = TypeVar("Item")
Progress = Callable[[int, Optional[int]], Any]  # how many are done, of how many if that is known
Say = Callable[[str], Any]


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """', did you mean 'x'?', or the list of what is known when nothing is near."""
    candidates = sorted(known)
    near = difflib.get_close_matches(str(name)[:MOST_LETTERS], candidates, n=1)
    if near:
        return f", did you mean {near[0]!r}?"
    listed = ", ".join(candidates)
    return f" (known: {listed if len(listed) <= MOST_LISTED else listed[:MOST_LISTED] + '...'})"


# Codes that move a terminal's cursor, colour it or turn the direction of what follows
_CONTROLS = (*range(32), *range(127, 160), *range(0x2028, 0x202F), *range(0x2066, 0x206A))
_HARMLESS = dict.fromkeys(_CONTROLS, "?")
_HARMLESS_LINES = {code: "?" for code in _CONTROLS if chr(code) not in "\n\t"}


def harmless(text: str, most: int = MOST_ERROR_LETTERS) -> str:
    """One line that does nothing to a terminal, whatever it was made of."""
    return text[:most].translate(_HARMLESS)


def harmless_lines(text: str) -> str:
    """The same of several lines, however long."""
    return text.translate(_HARMLESS_LINES)


def shown(text: str) -> str:
    """A text from a file in quotes, on one line and no longer than that."""
    return repr(text) if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]!r}..."


def shown_value(value: Any) -> str:
    """Any value as Python writes it, on one line and not much longer than that of `shown`."""
    try:
        return _SHORT.repr(value)
    except ValueError:  # Python writes no number of over 4300 digits
        return "a number of thousands of digits"


_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = MOST_SHOWN
_SHORT.maxlevel = 3


def one_line(text: object, most: int = MOST_LETTERS) -> str:
    """What a library says of a file, which may repeat it: without line ends and control codes."""
    words = " ".join(str(text).split())[:most]
    return "".join(letter if letter.isprintable() else "?" for letter in words)


class Watch(Protocol):
    """Hands the items on, one by one, and shows how far it is; `total` is how many there are."""

    def __call__(self, items: Iterable[Item], total: int) -> Iterable[Item]: ...


def unwatched(items: Iterable[Item], total: int) -> Iterable[Item]:
    return items


def unheard(*told: object) -> None:
    """Progress and Say for nobody."""
