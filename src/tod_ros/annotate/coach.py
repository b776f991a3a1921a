"""What a set of pictures lacks, and which boxes are likely mistakes.

    for advice in advise(facts, class_names):
        print(advice.text)

Each advice names its pictures. Mistakes come first, then pictures to take again, then what to
photograph next.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from statistics import median
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

from tod_ros.annotate.disagreements import Disagreement, compare
from tod_ros.annotate.looks import Appearance, near_duplicates
from tod_ros.annotate.words import read_words, say
from tod_ros.annotation import Annotation, Box
from tod_ros.detection import Detection

FEW_PICTURES = 20
FEW_BOXES = 20
ENOUGH_TO_JUDGE = 12  # boxes; places and sizes of fewer say nothing
UNBALANCED = 0.5  # of the most frequent class
ONE_SIDE = 0.85
SIZES_ALIKE = 1.4  # the largest but a tenth, by the smallest but a tenth
BLURRED, BLURRED_OF_MEDIAN = 25.0, 1 / 6
DARK, BRIGHT = 30.0, 225.0
SEEN_BY_GRID = 3
MOST_MISTAKES = 50
Centre = Tuple[float, float]


@dataclass(frozen=True)
class PictureFacts:
    """What is known of one picture; None: nobody looked yet."""

    key: str
    annotation: Optional[Annotation] = None
    fault: str = ""
    look: Optional[Appearance] = None
    proposals: Optional[Sequence[Detection]] = None


@dataclass(frozen=True)
class Advice:
    """`kind` is mistake, retake or lack; the text is words.json's `code`, filled with `values`."""

    kind: str
    code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    pictures: Tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return say(_english(), self.code, self.values)


def advise(facts: Sequence[PictureFacts], class_names: Sequence[str]) -> List[Advice]:
    annotated = [fact for fact in facts if fact.annotation is not None]
    return [
        *_faults(facts),
        *_machine_made(annotated),
        *_disagreements(annotated),
        *_strangers(annotated, class_names),
        *_duplicates(facts),
        *_unclear(facts),
        *_numbers(annotated, class_names),
        *_places(annotated, class_names),
    ]


def _faults(facts: Iterable[PictureFacts]) -> Iterator[Advice]:
    for fact in facts:
        if fact.fault:
            yield Advice("mistake", "coach_fault", {"reason": fact.fault}, (fact.key,))


def _machine_made(annotated: Iterable[PictureFacts]) -> Iterator[Advice]:
    keys = tuple(f.key for f in annotated if f.annotation and f.annotation.annotator)
    if keys:
        yield Advice("mistake", "coach_machine", {"count": len(keys)}, keys)


def _disagreements(annotated: Iterable[PictureFacts]) -> Iterator[Advice]:
    found: List[Tuple[float, str, Disagreement]] = []
    for fact in annotated:
        if fact.annotation is None or fact.proposals is None:
            continue
        if not fact.annotation.annotator:
            for one in compare(fact.annotation.boxes, fact.proposals):
                found.append((-one.weight, fact.key, one))
    for _, key, one in sorted(found, key=lambda entry: entry[:2])[:MOST_MISTAKES]:
        values = {**one.values, "picture": key}
        yield Advice("mistake", f"coach_{one.code}", values, (key,))


def _strangers(annotated: Iterable[PictureFacts], class_names: Sequence[str]) -> Iterator[Advice]:
    """Boxes of classes that the label map does not have."""
    found: Dict[str, List[str]] = {}
    for key, box, _ in _boxes(annotated):
        if box.name not in class_names:
            found.setdefault(box.name, []).append(key)
    for name, keys in sorted(found.items()):
        yield Advice("mistake", "coach_stranger", {"name": name}, _once(keys))


def _duplicates(facts: Iterable[PictureFacts]) -> Iterator[Advice]:
    looks = {fact.key: fact.look for fact in facts if fact.look is not None}
    for group in near_duplicates(looks):
        values = {"picture": group[0], "count": len(group) - 1}
        yield Advice("retake", "coach_duplicates", values, tuple(group))


def _unclear(facts: Sequence[PictureFacts]) -> Iterator[Advice]:
    looks = [(fact.key, fact.look) for fact in facts if fact.look is not None]
    if not looks:
        return
    usual = median(look.sharpness for _, look in looks)
    blurred = max(BLURRED, usual * BLURRED_OF_MEDIAN)
    for code, keys in (
        ("coach_blurred", [key for key, look in looks if look.sharpness < blurred]),
        ("coach_dark", [key for key, look in looks if look.brightness < DARK]),
        ("coach_bright", [key for key, look in looks if look.brightness > BRIGHT]),
    ):
        if keys:
            yield Advice("retake", code, {"count": len(keys)}, tuple(keys))


def _numbers(annotated: Sequence[PictureFacts], class_names: Sequence[str]) -> Iterator[Advice]:
    if len(annotated) < FEW_PICTURES:
        yield Advice("lack", "coach_few_pictures", {"count": len(annotated), "few": FEW_PICTURES})
    counts: Dict[str, int] = dict.fromkeys(class_names, 0)
    for _, box, _ in _boxes(annotated):
        counts[box.name] = counts.get(box.name, 0) + 1
    most = max(counts, key=lambda name: counts[name]) if counts else ""
    for name in class_names:
        values = {"name": name, "count": counts[name], "few": FEW_BOXES}
        if annotated and counts[name] < FEW_BOXES:
            yield Advice("lack", "coach_few_boxes", values)
        elif counts[name] < UNBALANCED * counts[most]:
            values.update(most=most, most_count=counts[most])
            yield Advice("lack", "coach_unbalanced", values)
    has_negative = any(f.annotation and not f.annotation.boxes for f in annotated)
    if len(annotated) >= FEW_PICTURES and not has_negative:
        yield Advice("lack", "coach_no_negative", {"count": len(annotated)})


def _places(annotated: Sequence[PictureFacts], class_names: Sequence[str]) -> Iterator[Advice]:
    boxes = list(_boxes(annotated))
    for name in class_names:
        centres = [centre for _, box, centre in boxes if box.name == name]
        if len(centres) >= ENOUGH_TO_JUDGE:
            left = sum(x < 0.5 for x, _ in centres) / len(centres)
            side = "left" if left >= ONE_SIDE else "right" if left <= 1 - ONE_SIDE else ""
            if side:
                share = round(100 * max(left, 1 - left))
                yield Advice("lack", f"coach_side_{side}", {"name": name, "percent": share})
    if len(boxes) >= 2 * ENOUGH_TO_JUDGE:
        yield from _never_seen(boxes, annotated)


def _never_seen(
    boxes: Sequence[Tuple[str, Box, Centre]], annotated: Sequence[PictureFacts]
) -> Iterator[Advice]:
    columns = {min(int(x * SEEN_BY_GRID), SEEN_BY_GRID - 1) for _, _, (x, _) in boxes}
    rows = {min(int(y * SEEN_BY_GRID), SEEN_BY_GRID - 1) for _, _, (_, y) in boxes}
    for code, seen in (("column", columns), ("row", rows)):
        for place in range(SEEN_BY_GRID):
            if place not in seen:
                yield Advice("lack", f"coach_{code}_{place}")
    widths_of = {f.key: f.annotation.size_wh[0] for f in annotated if f.annotation}
    shares = sorted((box.xmax - box.xmin) / widths_of[key] for key, box, _ in boxes)
    tenth = len(shares) // 10
    small, large = shares[tenth], shares[-1 - tenth]
    if small > 0 and large / small < SIZES_ALIKE:
        percent = round(100 * median(shares))
        yield Advice("lack", "coach_sizes_alike", {"percent": percent})


def _boxes(annotated: Iterable[PictureFacts]) -> Iterator[Tuple[str, Box, Centre]]:
    """Every box with its picture's key and its centre as shares of width and height."""
    for fact in annotated:
        if fact.annotation is None:
            continue
        width, height = (max(side, 1) for side in fact.annotation.size_wh)
        for box in fact.annotation.boxes:
            centre = ((box.xmin + box.xmax) / 2 / width, (box.ymin + box.ymax) / 2 / height)
            yield fact.key, box, centre


def _once(keys: Iterable[str]) -> Tuple[str, ...]:
    return tuple(dict.fromkeys(keys))


@lru_cache(maxsize=None)
def _english() -> Mapping[str, str]:
    return read_words()["en"]
