"""A checkpoint judged on the test pictures, in a few lines: sequences right, mistakes, advice."""

from __future__ import annotations

from typing import Any, Callable, List, Optional, Sequence, Tuple

from tod_ros.dataset.label_map import LabelMap
from tod_ros.dataset.project import Project
from tod_ros.dataset.samples import Sample, read_samples
from tod_ros.evaluation.advice import in_words
from tod_ros.evaluation.figures import Evaluation
from tod_ros.evaluation.ground_truth import judge_samples
from tod_ros.evaluation.judge import MIN_SCORE_KEPT, Judge
from tod_ros.inference.detector import Detector
from tod_ros.inference.network import Network
from tod_ros.training.transfer.preparation import learnt_from_wh
from tod_ros.training.transfer.settings import FewPictures

# What the training pictures of these classes lack, most important first.
Lacks = Callable[[Sequence[Sample], Sequence[str]], List[str]]


def judge_run(
    project: Project,
    label_map: LabelMap,
    config: Any,
    checkpoint: str,
    lacks: Lacks,
    *,
    settings: FewPictures,
) -> List[str]:
    """Judge a checkpoint on the project's test pictures; without any, say how to get some.

    `settings` are those that it was trained by.
    """
    tests = read_samples(project.images_dir("test")).good
    if not tests:
        return [
            "How sure? Nobody knows: the project has no test pictures."
            f" `tod split {project.root}` puts some aside"
        ]
    train = read_samples(project.images_dir("train")).good
    size_wh = learnt_from_wh(settings, config, train)
    evaluation = judge_checkpoint(tests, label_map, config, checkpoint, size_wh)
    return in_words(evaluation, lacks(train, list(label_map.ids)))


def judge_checkpoint(
    samples: Sequence[Sample],
    label_map: LabelMap,
    config: Any,
    checkpoint: str,
    size_wh: Optional[Tuple[int, int]],
) -> Evaluation:
    """`size_wh` is that of the pictures that the network learnt from, where all had the same."""
    from tod_ros.training.trained_network import TrainedNetwork

    network = TrainedNetwork(config, checkpoint)
    detector = Detector(label_map, "checkpoint", Network(network.run), checkpoint, size_wh)
    judge = Judge(label_map)
    judge_samples(samples, lambda bgr: detector.detect(bgr, MIN_SCORE_KEPT), judge)
    return judge.evaluation()
