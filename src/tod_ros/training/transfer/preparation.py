"""Prepares a training with few pictures: drawn pictures, and the first weights."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, Callable, List, Optional, Sequence, Tuple

from tod_ros.dataset.checks import check_project
from tod_ros.dataset.label_map import read_label_map
from tod_ros.dataset.project import Project
from tod_ros.dataset.samples import Sample, read_samples
from tod_ros.errors import SeveralErrors, TrainingError
from tod_ros.models.folder import known_classes
from tod_ros.pipeline.config_file import input_size_hw, read_pipeline, shown_size_hw
from tod_ros.text import Progress, unheard
from tod_ros.training.transfer.background_drawing import BackgroundDrawing, DrawnKind
from tod_ros.training.transfer.captured_faces import captured_faces
from tod_ros.training.transfer.mark_pictures import MarkPictures
from tod_ros.training.transfer.object_pictures import ObjectPictures, object_pictures
from tod_ros.training.transfer.pictures import Pictures
from tod_ros.training.transfer.plan import Plan, make_plan
from tod_ros.training.transfer.prediction_head import Transfer, can_take_over
from tod_ros.training.transfer.settings import (
    FILE,
    SIZE_WH,
    FewPictures,
    ObjectSettings,
    TransferSettings,
)

DRAWN = "drawn"  # the folder of the drawn pictures, in the run's
SHUFFLED = 100  # pictures that are mixed: with more, it would take long until new ones come up


def prepare(
    project: Project,
    config: Any,
    run_dir: Path,
    settings: FewPictures,
    *,
    say: Callable[[str], None] = lambda text: None,
    progress: Progress = unheard,
) -> Tuple[Any, Optional[Transfer], BackgroundDrawing]:
    """The config with the readers of what is drawn, how the network begins, and the drawing.

    `config` has whole paths. The project's pictures and annotations are read as they are now, and
    checked as `tod convert` does. What is drawn already is not drawn again. The drawing goes on
    while the network learns, and has to be closed. A network whose prediction layers cannot be
    taken over begins as the OD API begins it: then there is no Transfer.

    It is long because it tells the whole story of few pictures, one call a part.
    """
    known = _check_start(config, run_dir, settings)
    label_map = read_label_map(project.label_map_path)
    faults = check_project(project, label_map, masks=False)
    if faults:
        raise SeveralErrors(faults)
    classes = tuple(label_map.names.values())
    samples = read_samples(project.images_dir("train")).good
    pictures: Pictures
    transfer: Optional[Transfer]
    if isinstance(settings, ObjectSettings):
        pictures = object_pictures(classes, samples, settings, _shown_wh(config, samples))
        transfer = transfer_to_objects(config, classes, settings)
        lines = objects_in_words(pictures)
    else:
        plan = make_plan(classes, captured_faces(samples, classes), known)
        pictures = MarkPictures(plan, tuple(samples), settings)
        transfer = Transfer(
            str(config.train_config.fine_tune_checkpoint),
            known,
            classes,
            plan.weights,
            settings.head_steps,
            settings.tell_apart,
        )
        lines = in_words(plan)
    for line in lines:
        say(line)
    drawing = BackgroundDrawing(run_dir / DRAWN, pictures)
    try:
        drawing.draw_first(progress, say)
    except BaseException:
        drawing.close()
        raise
    own_share = pictures.shares["captures"]
    return with_readers(config, drawing.kinds, own_share), transfer, drawing


def _check_start(config: Any, run_dir: Path, settings: FewPictures) -> Tuple[str, ...]:
    """The classes that the start knows by name, which a training of marks on cubes needs."""
    checkpoint = str(config.train_config.fine_tune_checkpoint)
    known = known_classes(Path(checkpoint).parent.parent) if checkpoint else ()
    if isinstance(settings, TransferSettings) and not known:
        raise TrainingError(
            f"{run_dir.parent / FILE}: helps networks that know some classes already, and no"
            f" model.json beside {checkpoint or 'a fine_tune_checkpoint'} names any; configure"
            " again with --alone"
        )
    return known


def transfer_to_objects(
    config: Any, classes: Sequence[str], settings: ObjectSettings
) -> Optional[Transfer]:
    """Every class begins as the mean of what the start knows: that there is an object."""
    checkpoint = str(config.train_config.fine_tune_checkpoint)
    beside = Path(checkpoint).parent.parent / "pipeline.config"
    if not checkpoint or not beside.is_file():
        return None
    start = read_pipeline(beside)
    if not can_take_over(start, config):
        return None
    known = tuple(str(number + 1) for number in range(start.model.ssd.num_classes))
    mean = {column: 1 / len(known) for column in known}
    weights = dict.fromkeys(classes, mean)
    return Transfer(
        checkpoint, known, tuple(classes), weights, settings.head_steps, settings.tell_apart
    )


def learnt_from_wh(
    settings: Optional[FewPictures], config: Any, samples: Sequence[Sample]
) -> Optional[Tuple[int, int]]:
    """The size of all pictures that a network learns from; None where they have their own."""
    if settings is None:
        return None
    return _shown_wh(config, samples) if isinstance(settings, ObjectSettings) else SIZE_WH


def _shown_wh(config: Any, samples: Sequence[Sample]) -> Tuple[int, int]:
    """The size in which the network sees the project's pictures."""
    picture_wh = samples[0].annotation.size_wh if samples else input_size_hw(config)[::-1]
    height, width = shown_size_hw(config, picture_wh)
    return width, height


def with_readers(config: Any, pictures: Sequence[DrawnKind], own_share: float) -> Any:
    """A copy that reads every kind of picture with its share; the project's own in any case.

    `own_share` is that of the project's records where its pictures are not shown anew.
    """
    new = copy.deepcopy(config)
    reader = new.train_input_reader
    own = list(reader.tf_record_input_reader.input_path)
    shares = {shown.pattern: shown.share for shown in pictures}
    if not any(shown.kind == "captures" for shown in pictures):
        shares.update((path, own_share / len(own)) for path in own)
    reader.tf_record_input_reader.input_path[:] = list(shares)
    reader.sample_from_datasets_weights[:] = list(shares.values())
    reader.shuffle = True
    reader.shuffle_buffer_size = SHUFFLED
    return new


def in_words(plan: Plan) -> List[str]:
    """How each class is shown to the network."""
    lines = []
    if plan.drawn:
        lines.append(f"can be drawn: {', '.join(plan.drawn)}")
    for name in plan.only_captured:
        faces = len(plan.captured.faces.get(name, ()))
        marks = len(plan.captured.marks.get(name, ()))
        if not faces:
            lines.append(f"{name}: no face of it in the training pictures")
        elif not marks:
            lines.append(f"{name}: known from {faces} captured faces, pasted as they are")
        else:
            like = sorted(plan.weights[name].items(), key=lambda pair: -pair[1])[:3]
            alike = ", ".join(other for other, _ in like)
            lines.append(f"{name}: written again from {marks} captured faces; looks like {alike}")
    return lines


def objects_in_words(pictures: ObjectPictures) -> List[str]:
    """What is pasted, and how far objects may hide each other."""
    objects = pictures.objects
    counts = ", ".join(f"{len(album)} {name}" for name, album in objects.cutouts.items())
    lines = [f"cut out: {counts or 'no object that is whole'}"]
    missing = [name for name in pictures.classes if name not in objects.cutouts]
    if missing:
        lines.append(f"not pasted, for none of them is whole: {', '.join(missing)}")
    if objects.cutouts:
        lines.append(f"objects hide each other up to {objects.most_overlap:.0%}, as in the data")
    return lines
