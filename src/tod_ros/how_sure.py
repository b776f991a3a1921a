"""How sure a detector of a project is, in a few lines: whole sequences, mistakes, advice."""

from __future__ import annotations

from pathlib import Path
from typing import Any, List, Sequence, Tuple

from tod_ros.annotate.coach import Fact, advise
from tod_ros.annotate.looks import look_at
from tod_ros.checking import Sample, read_samples
from tod_ros.dataset import Project
from tod_ros.detector import Detector
from tod_ros.evaluation import MIN_SCORE_KEPT, Evaluation, Judge
from tod_ros.judging import judge_samples
from tod_ros.labels import LabelMap
from tod_ros.network import Network
from tod_ros.report_page import percent
from tod_ros.transfer_settings import SIZE_WH

FEW_TESTS = 20
MOST_LOOKED_AT = 60


def how_sure(project: Project, label_map: LabelMap, config: Any, checkpoint: str) -> List[str]:
    """Judge a checkpoint on the project's test pictures; without any, say how to get some."""
    tests = read_samples(project.images_dir("test")).good
    if not tests:
        return [
            "How sure? Nobody knows: the project has no test pictures."
            f" `tod split {project.root}` puts some aside"
        ]
    evaluation = judge_checkpoint(tests, label_map, config, checkpoint)
    train = read_samples(project.images_dir("train")).good
    return in_words(evaluation, lacks(train, list(label_map.ids)))


def judge_checkpoint(
    samples: Sequence[Sample], label_map: LabelMap, config: Any, checkpoint: str
) -> Evaluation:
    from tod_ros.trained_network import TrainedNetwork

    network = TrainedNetwork(config, checkpoint)
    detector = Detector(label_map, "checkpoint", Network(network.run), checkpoint, SIZE_WH)
    judge = Judge(label_map)
    judge_samples(samples, lambda bgr: detector.detect(bgr, MIN_SCORE_KEPT), judge)
    return judge.evaluation()


def lacks(samples: Sequence[Sample], class_names: Sequence[str]) -> List[str]:
    """What the training pictures themselves lack, most important first."""
    facts = [
        Fact(str(sample.picture), sample.annotation, look=look_at(Path(sample.picture)))
        for sample in samples[:MOST_LOOKED_AT]
    ]
    return [advice.text for advice in advise(facts, class_names) if advice.kind == "lack"]


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
