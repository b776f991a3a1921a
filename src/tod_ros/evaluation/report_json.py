"""An evaluation for programs."""

from __future__ import annotations

from typing import Any, Dict

from tod_ros.evaluation.figures import BACKGROUND, Evaluation
from tod_ros.evaluation.verdict import Verdict


def to_json(evaluation: Evaluation) -> Dict[str, Any]:
    """The evaluation as plain lists and dicts, without positions of boxes."""
    return {
        "pictures": evaluation.pictures,
        "leads_with": "objects" if evaluation.leads_with_objects else "sequences",
        "exact": evaluation.exact,
        "exact_share": evaluation.exact_share,
        "exact_interval_95": list(evaluation.exact_interval),
        "objects": evaluation.objects.to_json(),
        "min_score": evaluation.limits.min_score,
        "max_objects": evaluation.limits.max_objects,
        "min_iou": evaluation.limits.min_iou,
        "classes": [figures.to_json() for figures in evaluation.classes],
        "sizes": [figures.to_json() for figures in evaluation.sizes],
        "confusion": {
            "rows_annotated_columns_found": [
                *(figures.name for figures in evaluation.classes),
                BACKGROUND,
            ],
            "counts": [list(row) for row in evaluation.confusion],
        },
        "coco": dict(evaluation.coco),
        **({"masks": evaluation.masks.to_json()} if evaluation.masks else {}),
        "worst": [_worst(verdict) for verdict in evaluation.worst],
    }


def _worst(verdict: Verdict) -> Dict[str, Any]:
    return {
        "image": verdict.picture,
        "exact": verdict.is_exact,
        "annotated": list(verdict.truth_names),
        "found": list(verdict.found_names),
        "faults": verdict.faults,
    }
