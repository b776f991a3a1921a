"""Whether a training is helped with pictures made from the project's own, and with which.

the start knows classes by name, which are marks on cubes    cubes are drawn
it does, but these classes are no marks on cubes             objects are pasted, and it is said
it is another checkpoint, and there are few pictures         objects are pasted
there are more, and its prediction layers can be taken over  objects are pasted
it is another checkpoint, and there are many                 nothing, unless it is asked for
there is no checkpoint                                       nothing: that takes many pictures
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Dict, Mapping, Optional, Tuple

from tod_ros.dataset.project import Project
from tod_ros.dataset.samples import read_samples
from tod_ros.models.folder import known_classes
from tod_ros.models.networks import is_network
from tod_ros.pipeline.starting_point import StartingPoint
from tod_ros.settings import from_mapping
from tod_ros.training.transfer.face_look import look_like_faces
from tod_ros.training.transfer.prediction_head import can_begin_from, can_take_over
from tod_ros.training.transfer.settings import FewPictures, ObjectSettings, TransferSettings

FEW = 60  # training pictures that help any network
# Where the prediction layers are taken over: 130 real pictures with help gave mAP .782 after 400
# steps, and .739 alone after 1,050.
MORE = 300
SHOWN_ANEW = 3  # times that each of the project's pictures is shown anew at least
FETCHED = "ssd_mobilenet_v2_fpnlite_320x320_coco17_tpu-8"  # the zoo's smallest with a good head


@dataclass(frozen=True)
class Choice:
    """What helps, if anything, and the reasons in lines to print."""

    settings: Optional[FewPictures]
    reasons: Tuple[str, ...] = ()


def choose_help(
    project: Project, start: StartingPoint, config: Any, given: Mapping[str, Any]
) -> Choice:
    """`config` is that of the network to start from, `given` what was asked for by name."""
    if start.checkpoint is None:
        return Choice(None)
    samples = read_samples(project.images_dir("train")).good
    boxes = sum(len(sample.annotation.boxes) for sample in samples)
    if known_classes(start.config.parent) and can_begin_from(config):
        if look_like_faces(samples) is False:
            return Choice(_for_objects(given, len(samples)), _no_cubes(project, start))
        return Choice(from_mapping(TransferSettings, given))
    few = MORE if can_take_over(config, config) else FEW
    if not boxes or (len(samples) > few and not given):
        return Choice(None)
    return Choice(
        _for_objects(given, len(samples)),
        (
            f"{len(samples)} pictures to learn from are few: they are shown anew, and objects are"
            " cut out of them and pasted elsewhere (--alone learns from the records alone)",
        ),
    )


def _for_objects(given: Mapping[str, Any], pictures: int) -> ObjectSettings:
    """What was asked for; else the defaults, or more of them where there are more pictures."""
    usual, shown = ObjectSettings(), SHOWN_ANEW * min(pictures, MORE)
    values: Dict[str, Any] = {
        "captures": max(usual.captures, shown),
        "pasted": max(usual.pasted, shown),
    }
    known = {field.name for field in fields(ObjectSettings)}
    values.update({name: given[name] for name in given if name in known})
    return from_mapping(ObjectSettings, values)


def _no_cubes(project: Project, start: StartingPoint) -> Tuple[str, ...]:
    name = start.config.parent.name
    return (
        f"these classes are no marks on cubes: the background shows in the corners of their boxes."
        f" {name} knows nothing else, so objects are pasted in place of drawn cubes",
        f"a better start: {_better_start(project)}",
    )


def _better_start(project: Project) -> str:
    """A network that has seen many kinds of objects: one that is installed, or one to fetch."""
    folder = project.pre_trained_dir
    there = sorted(path for path in folder.iterdir() if is_network(path)) if folder.is_dir() else []
    for path in there:
        if not known_classes(path):
            return f"--network {path.name}"
    return f"`tod zoo get {FETCHED}`, then --network {FETCHED}"
