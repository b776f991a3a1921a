"""An evaluation in a few lines: what went wrong most, and what would help."""

from __future__ import annotations

from typing import List, Sequence, Tuple

from tod_ros.evaluation.judge import Evaluation
from tod_ros.evaluation.report_page import percent

FEW_TESTS = 20


def in_words(evaluation: Evaluation, lacking: Sequence[str] = ()) -> List[str]:
    low, high = evaluation.exact_interval
    lines = [
        f"How sure? {evaluation.exact} of {evaluation.pictures} test pictures read exactly,"
        f" {percent(evaluation.exact_share)} (95 % interval {percent(low)} to {percent(high)})"
    ]
    mistakes = confusions(evaluation)
    if mistakes:
        lines.append("mistakes: " + ", ".join(f"{what} {count}x" for _, what, count in mistakes))
    return [*lines, f"advice: {advice(evaluation, lacking)}"]


def confusions(evaluation: Evaluation) -> List[Tuple[Tuple[str, ...], str, int]]:
    """(the classes concerned, what happened, how often), most frequent first."""
    names = [figures.name for figures in evaluation.classes]
    found: List[Tuple[Tuple[str, ...], str, int]] = []
    for row, counts in enumerate(evaluation.confusion):
        for column, count in enumerate(counts):
            if count and row != column:
                concerned = tuple(names[place] for place in (row, column) if place < len(names))
                if row == len(names):
                    what = f"{names[column]} where nothing is"
                elif column == len(names):
                    what = f"{names[row]} missed"
                else:
                    what = f"{names[row]} taken for {names[column]}"
                found.append((concerned, what, count))
    return sorted(found, key=lambda mistake: (-mistake[2], mistake[1]))


def advice(evaluation: Evaluation, lacking: Sequence[str] = ()) -> str:
    """One line: what would help most."""
    mistakes = confusions(evaluation)
    if mistakes:
        concerned, what, _ = mistakes[0]
        if "where nothing is" in what:
            return (
                "take a few pictures of the place with other things than your cubes in it, and no"
                f" boxes: most mistakes are {what}"
            )
        both = " and ".join(concerned)
        more = f"take about ten more pictures with {both}: most mistakes are {what}"
        return f"{more}. {lacking[0]}" if lacking else more
    if evaluation.pictures < FEW_TESTS:
        return (
            f"nothing is wrong, but {evaluation.pictures} test pictures say little: take"
            f" {FEW_TESTS - evaluation.pictures} more, in another place and light"
        )
    if lacking:
        return lacking[0]
    return "nothing is wrong here; try it in another place and light"
