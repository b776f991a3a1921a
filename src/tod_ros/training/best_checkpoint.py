"""The best checkpoint of a run: measured on the test set as the training goes.

best.json in the run's best/ says which it is: {"step", "metric", "value", "worse_since"}.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable, Dict, Mapping, Optional

from tod_ros.files import PathLike, read_json, write_text
from tod_ros.training.measurable import Measurable

FOLDER = "best"
_PRECISION = "DetectionBoxes_Precision/mAP"
_LOSS = "Loss/total_loss"


class BestCheckpoint:
    """Measures a learner every so many steps and keeps the best checkpoint."""

    def __init__(self, learner: Measurable, every: int, patience: int, say: Callable[[str], None]):
        self._learner, self._every, self._patience, self._say = learner, every, patience, say
        self.so_far: Optional[Dict[str, Any]] = read_best(learner.run_dir)

    def is_due(self, step: int, steps: int) -> bool:
        return step % self._every == 0 or step == steps

    @property
    def has_lost_patience(self) -> bool:
        return bool(self._patience and self.so_far and self.so_far["worse_since"] >= self._patience)

    def measure(self, step: int) -> None:
        metric, value = _judged(self._learner.measure())
        better = self.so_far is None or _is_better(metric, value, self.so_far)
        if better:
            self._learner.keep_as_best()
            self.so_far = {"step": step, "metric": metric, "value": value, "worse_since": 0}
        elif self.so_far:
            self.so_far = dict(self.so_far, worse_since=self.so_far["worse_since"] + 1)
        write_text(
            Path(self._learner.run_dir) / FOLDER / "best.json", json.dumps(self.so_far) + "\n"
        )
        kept = "the best so far, kept" if better else f"best: step {(self.so_far or {})['step']}"
        self._say(f"step {step}: {metric.split('/')[-1]} {value:.3f} on the test set ({kept})")


def read_best(run_dir: PathLike) -> Optional[Dict[str, Any]]:
    """What best.json says; None where nothing was measured."""
    try:
        best = read_json(Path(run_dir) / FOLDER / "best.json")
    except (OSError, ValueError):
        return None
    known = isinstance(best, dict) and {"step", "metric", "value", "worse_since"} <= set(best)
    return best if known else None


def _judged(figures: Mapping[str, float]) -> Any:
    """The figure that counts: mAP, or the loss where the config asks for no mAP."""
    metric = _PRECISION if _PRECISION in figures else _LOSS
    return metric, float(figures[metric])


def _is_better(metric: str, value: float, than: Mapping[str, Any]) -> bool:
    if than["metric"] != metric:
        return True
    return bool(value < than["value"] if metric == _LOSS else value > than["value"])
