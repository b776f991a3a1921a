"""A row of the table, and the table as text and as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Dict, List, Optional, Sequence

HEADER = ("What", "Here", "The course's way", "Ratio", "Floor", "Goal")


@dataclass(frozen=True)
class Row:
    """One measurement; `course` is the same on the other side, `floor` what cannot be beaten.

    `here` is None where a goal could not be measured on this machine: the table still names it.
    """

    what: str
    here: Optional[float]
    unit: str
    course: Optional[float] = None
    floor: Optional[float] = None
    more_is_better: bool = False
    least_ratio: Optional[float] = None
    most: Optional[float] = None
    least: Optional[float] = None

    @property
    def ratio(self) -> Optional[float]:
        """How many times better than the course's way."""
        if not self.course or not self.here:
            return None
        return self.here / self.course if self.more_is_better else self.course / self.here

    @property
    def is_met(self) -> Optional[bool]:
        """Whether the goal is met; None where there is none, or nothing to compare with."""
        if self.least_ratio is not None:
            return None if self.ratio is None else self.ratio >= self.least_ratio
        if self.here is None:
            return None
        if self.most is not None:
            return self.here <= self.most
        return None if self.least is None else self.here >= self.least

    @property
    def goal(self) -> str:
        if self.least_ratio is not None:
            words = f"{self.least_ratio:g} times"
        elif self.most is not None:
            words = f"under {self.most:g} {self.unit}"
        elif self.least is not None:
            words = f"over {self.least:g} {self.unit}"
        else:
            return ""
        words = words.rstrip()
        return words + {True: ", met", False: ", MISSED", None: ", not measured"}[self.is_met]


def as_text(rows: Sequence[Row]) -> str:
    """Markdown whose columns also stand under each other on a terminal."""
    lines = [HEADER, *[_cells(row) for row in rows]]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADER))]

    def joined(cells: Sequence[str]) -> str:
        padded = [
            cell.ljust(width) if place == 0 or place == 5 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(cells, widths))
        ]
        return f"| {' | '.join(padded)} |"

    dashes = [
        "-" * width if place in (0, 5) else "-" * (width - 1) + ":"
        for place, width in enumerate(widths)
    ]
    return "\n".join([joined(lines[0]), joined(dashes), *map(joined, lines[1:])])


def as_json(rows: Sequence[Row]) -> List[Dict[str, Any]]:
    return [dict(asdict(row), ratio=row.ratio, is_met=row.is_met) for row in rows]


def _cells(row: Row) -> List[str]:
    return [
        row.what,
        _with_unit(row.here, row.unit),
        _with_unit(row.course, row.unit),
        "" if row.ratio is None else f"{row.ratio:.3g}",
        _with_unit(row.floor, row.unit),
        row.goal,
    ]


def _with_unit(value: Optional[float], unit: str) -> str:
    if value is None:
        return ""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{digits}f} {unit}".rstrip()
