"""An evaluation as one web page that needs nothing beside it: no network, no other file.

The page's text and look are in report.html, a Jinja2 template; this module prepares its values.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Mapping, Sequence, Tuple

import cv2
import numpy as np

from tod_ros.errors import RuntimeMissingError
from tod_ros.evaluation.figures import Evaluation, Mistake
from tod_ros.evaluation.report_text import percent, share
from tod_ros.evaluation.verdict import Verdict
from tod_ros.images.image_file import encode
from tod_ros.shipped import how_to_add

TEMPLATE = Path(__file__).with_name("report.html")
# The page begins in English; this is all that runs in it, and its CSP allows nothing else.
SCRIPT = 'if (/^fr\\b/i.test(navigator.language)) document.documentElement.lang = "fr";'
SIZES_IN_FRENCH = {
    "small": "petits, moins de 32x32 pixels",
    "medium": "moyens, de 32x32 à 96x96 pixels",
    "large": "grands, 96x96 pixels et plus",
}
PAGE_WIDTH = 720  # pictures in the page are no wider; the PNG beside it has every pixel


Text = Tuple[str, str]  # in English and in French


@dataclass(frozen=True)
class Card:
    """One picture of the page."""

    picture: str
    jpeg: str  # base64
    there: Tuple[str, ...]
    found: Tuple[str, ...]
    is_exact: bool
    right: int
    mistakes: Tuple[Text, ...]


def read_template() -> Any:
    """The page's Jinja2 template; it escapes whatever is put into it.

    Asked for before a long evaluation, so that a missing package is told at once.
    """
    try:
        import jinja2
    except ImportError:
        raise RuntimeMissingError(
            f"Jinja2 is not installed, which writes the page of an evaluation; {how_to_add()}"
        ) from None
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8"))


def to_html(evaluation: Evaluation, facts: Mapping[str, str], cards: Sequence[Card]) -> str:
    return str(read_template().render(_values(evaluation), facts=facts, cards=cards))


def _values(evaluation: Evaluation) -> Dict[str, Any]:
    low, high = evaluation.exact_interval
    objects, coco = evaluation.objects, evaluation.coco
    title = f"{evaluation.exact} of {evaluation.pictures} sequences right"
    if evaluation.leads_with_objects:
        title = f"recall {share(objects.recall)}, precision {share(objects.precision)}"
    return {
        "evaluation": evaluation,
        "title": title,
        "exact_share": percent(evaluation.exact_share),
        "exact_low": percent(low),
        "exact_high": percent(high),
        "objects": objects,
        "recall": share(objects.recall),
        "precision": share(objects.precision),
        "average_precision": share(evaluation.mean_average_precision),
        "loose_precision": share(coco["Precision/mAP@.50IOU"]),
        "masks": _mask_texts(evaluation),
        "classes": _class_rows(evaluation),
        "counted": _counted(evaluation),
        "sizes": _size_rows(evaluation),
        "confusion": _confusion(evaluation),
        "coco": [[(name, name), share(value)] for name, value in coco.items()],
        "script": SCRIPT,
        "script_sha256": base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode(),
    }


def _mask_texts(evaluation: Evaluation) -> Dict[str, str]:
    masks = evaluation.masks
    if masks is None:
        return {}
    return {
        "average_precision": share(masks.average_precision),
        "loose_precision": share(masks.loose_precision),
        "mean_iou": share(masks.mean_iou),
        "pairs": str(masks.pairs),
    }


def _counted(evaluation: Evaluation) -> Text:
    limits = evaluation.limits
    best, french_best = "", ""
    if limits.max_objects:
        best = f", the best {limits.max_objects} of a picture"
        french_best = f", les {limits.max_objects} meilleurs d'une image"
    return (
        f"Found: score at least {limits.min_score:g}{best}. Right: the class agrees and the boxes"
        f" overlap by at least {limits.min_iou:g} (IoU).",
        f"Trouvés : score d'au moins {limits.min_score:g}{french_best}. Justes : la classe est la"
        f" même et les boîtes se recouvrent d'au moins {limits.min_iou:g} (IoU).",
    )


def _class_rows(evaluation: Evaluation) -> List[List[Any]]:
    return [
        [
            (one.name, one.name),
            *(str(one.annotated), str(one.found), str(one.right)),
            *(share(one.precision), share(one.recall), share(one.average_precision)),
        ]
        for one in evaluation.shown_classes
    ]


def _size_rows(evaluation: Evaluation) -> List[List[Any]]:
    return [
        [
            (f"{one.area.name}, {one.area.extent}", SIZES_IN_FRENCH[one.area.name]),
            *(str(one.annotated), str(one.right)),
            *(share(one.recall), share(one.average_precision)),
        ]
        for one in evaluation.sizes
        if one.annotated
    ]


def _confusion(evaluation: Evaluation) -> Dict[str, Any]:
    names = [one.name for one in evaluation.classes]
    shown = [names.index(one.name) for one in evaluation.shown_classes] + [len(names)]
    rows = [[evaluation.confusion[row][column] for column in shown] for row in shown]
    return {
        "titles": [*((names[index], names[index]) for index in shown[:-1]), ("nothing", "rien")],
        "rows": rows,
        "most": max((number for line in rows for number in line), default=0) or 1,
    }


def to_card(verdict: Verdict, drawn: np.ndarray) -> Card:
    height, width = drawn.shape[:2]
    if width > PAGE_WIDTH:
        size = (PAGE_WIDTH, max(1, round(height * PAGE_WIDTH / width)))
        drawn = cv2.resize(drawn, size, interpolation=cv2.INTER_AREA)
    return Card(
        verdict.picture,
        base64.b64encode(encode(drawn, "jpg")).decode(),
        verdict.truth_names,
        verdict.found_names,
        verdict.is_exact,
        verdict.right,
        _mistakes(verdict),
    )


def _mistakes(verdict: Verdict) -> Tuple[Text, ...]:
    """Each mistake of one picture in words; the same one several times where it is."""
    made = [Mistake(box.name, detection.name, 1) for box, detection in verdict.confused]
    made += [Mistake(box.name, None, 1) for box in verdict.missed]
    made += [Mistake(None, detection.name, 1) for detection in verdict.false]
    return tuple((str(mistake), _in_french(mistake)) for mistake in made)


def _in_french(mistake: Mistake) -> str:
    if mistake.annotated is None:
        return f"{mistake.found} où il n'y a rien"
    if mistake.found is None:
        return f"{mistake.annotated} manqué"
    return f"{mistake.annotated} pris pour {mistake.found}"
