"""An evaluation for the terminal, and how its figures are written."""

from __future__ import annotations

from typing import List, Optional

from tod_ros.evaluation.figures import Evaluation


def to_text(evaluation: Evaluation) -> str:
    sections = [_headline(evaluation), _classes(evaluation), _sizes(evaluation)]
    mistakes = [f"  {mistake}: {mistake.count}" for mistake in evaluation.mistakes()]
    if mistakes:
        sections.append(["mistakes", *mistakes])
    return "\n\n".join("\n".join(lines) for lines in sections if lines)


def _headline(evaluation: Evaluation) -> List[str]:
    """The most telling figure first: the whole sequence, or where objects are many, the objects."""
    low, high = evaluation.exact_interval
    limits, objects = evaluation.limits, evaluation.objects
    sequences = (
        f"sequences right  {evaluation.exact} of {evaluation.pictures}"
        f" = {percent(evaluation.exact_share)}"
        f" (95 % interval {percent(low)} to {percent(high)})"
    )
    average = (
        f"COCO mAP         {share(evaluation.mean_average_precision)}"
        f"  (at IoU .50: {share(evaluation.coco['Precision/mAP@.50IOU'])})"
    )
    averages = [average, *_masks(evaluation)]
    if not evaluation.leads_with_objects:
        return [sequences, *averages]
    return [
        f"recall           {share(objects.recall)}"
        f"  ({objects.right} of {objects.annotated} annotated objects are found)",
        f"precision        {share(objects.precision)}"
        f"  ({objects.right} of {objects.found} detections are right;"
        f" score {limits.min_score:g}, IoU {limits.min_iou:g})",
        *averages,
        sequences,
    ]


def _masks(evaluation: Evaluation) -> List[str]:
    masks = evaluation.masks
    if masks is None:
        return []
    return [
        f"mask mAP         {share(masks.average_precision)}"
        f"  (at IoU .50: {share(masks.loose_precision)})",
        f"mask IoU         {share(masks.mean_iou)}"
        f"  (mean over {masks.pairs} objects found in their place)",
    ]


def _classes(evaluation: Evaluation) -> List[str]:
    lines = [
        f"{'class':<20} {'annotated':>9} {'found':>6} {'right':>6} {'precision':>9} {'recall':>7}"
    ]
    for one in evaluation.shown_classes:
        lines.append(
            f"{one.name:<20} {one.annotated:>9} {one.found:>6} {one.right:>6}"
            f" {share(one.precision):>9} {share(one.recall):>7}"
        )
    return lines


def _sizes(evaluation: Evaluation) -> List[str]:
    rows = [
        f"{one.area.name + ', ' + one.area.extent:<30} {one.annotated:>9} {one.right:>6}"
        f" {share(one.recall):>7} {share(one.average_precision):>9}"
        for one in evaluation.sizes
        if one.annotated
    ]
    head = f"{'size':<30} {'annotated':>9} {'right':>6} {'recall':>7} {'COCO mAP':>9}"
    return [head, *rows] if rows else []


def percent(value: Optional[float]) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def share(value: Optional[float]) -> str:
    return "-" if value is None else f"{value:.3f}"
