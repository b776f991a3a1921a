"""An evaluation in a few lines: what went wrong most, and what would help."""

from __future__ import annotations

from typing import List, Sequence

from tod_ros.evaluation.figures import Evaluation, Mistake
from tod_ros.evaluation.report_text import percent, share

FEW_TESTS = 20  # 20 right of 20 still leave an interval down to 84 %; fewer tests say less


def in_words(evaluation: Evaluation, lacking: Sequence[str] = ()) -> List[str]:
    """`lacking` says what the training pictures lack, most important first."""
    lines = [_how_sure(evaluation)]
    mistakes = evaluation.mistakes()
    if mistakes:
        told = ", ".join(f"{mistake} {mistake.count}x" for mistake in mistakes)
        lines.append(f"mistakes: {told}")
    return [*lines, f"advice: {advice(evaluation, lacking)}"]


def _how_sure(evaluation: Evaluation) -> str:
    low, high = evaluation.exact_interval
    sequences = (
        f"{evaluation.exact} of {evaluation.pictures} test pictures read exactly,"
        f" {percent(evaluation.exact_share)} (95 % interval {percent(low)} to {percent(high)})"
    )
    if not evaluation.leads_with_objects:
        return f"How sure? {sequences}"
    objects = evaluation.objects
    return (
        f"How sure? {objects.right} of {objects.annotated} objects found"
        f" (recall {share(objects.recall)}, precision {share(objects.precision)},"
        f" COCO mAP {share(evaluation.mean_average_precision)}); {sequences}"
    )


def advice(evaluation: Evaluation, lacking: Sequence[str] = ()) -> str:
    """One line: what would help most."""
    mistakes = evaluation.mistakes()
    if mistakes:
        return _against(mistakes[0], lacking)
    if evaluation.pictures < FEW_TESTS:
        return (
            f"nothing is wrong, but {evaluation.pictures} test pictures say little: take"
            f" {FEW_TESTS - evaluation.pictures} more, in another place and light"
        )
    if lacking:
        return lacking[0]
    return "nothing is wrong here; try it in another place and light"


def _against(mistake: Mistake, lacking: Sequence[str]) -> str:
    if mistake.annotated is None:
        return (
            "take a few pictures of the place with other things than your objects in it, and no"
            f" boxes: most mistakes are {mistake}"
        )
    both = " and ".join(mistake.names)
    more = f"take about ten more pictures with {both}: most mistakes are {mistake}"
    return f"{more}. {lacking[0]}" if lacking else more
