"""Who is told how far a long piece of work is; nobody, unless somebody asks."""

from __future__ import annotations

from typing import Any, Callable, Iterable, Optional, Protocol, TypeVar

Item = TypeVar("Item")
Progress = Callable[[int, Optional[int]], Any]  # how many are done, of how many if that is known
Say = Callable[[str], Any]


class Watch(Protocol):
    """Hands the items on, one by one, and shows how far it is; `total` is how many there are."""

    def __call__(self, items: Iterable[Item], total: int) -> Iterable[Item]: ...


def unwatched(items: Iterable[Item], total: int) -> Iterable[Item]:
    return items


def unheard(*told: object) -> None:
    """Progress and Say for nobody."""
