"""Prepares a training with few pictures: drawn pictures, and the first weights."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, Callable, List, Sequence, Tuple

from tod_ros.dataset.checks import check_project
from tod_ros.dataset.label_map import read_label_map
from tod_ros.dataset.project import Project
from tod_ros.dataset.samples import read_samples
from tod_ros.errors import SeveralErrors, TrainingError
from tod_ros.models.folder import known_classes
from tod_ros.training.transfer.background_drawing import BackgroundDrawing, DrawnKind
from tod_ros.training.transfer.captured_faces import captured_faces
from tod_ros.training.transfer.pictures import SHARES
from tod_ros.training.transfer.plan import Plan, make_plan
from tod_ros.training.transfer.prediction_head import Transfer
from tod_ros.training.transfer.settings import FILE, TransferSettings

DRAWN = "drawn"  # the folder of the drawn pictures, in the run's
SHUFFLED = 100  # pictures that are mixed: with more, it would take long until new ones come up


def prepare(
    project: Project,
    config: Any,
    run_dir: Path,
    settings: TransferSettings,
    *,
    say: Callable[[str], None] = lambda text: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Tuple[Any, Transfer, BackgroundDrawing]:
    """The config with the readers of what is drawn, how the network begins, and the drawing.

    `config` has whole paths. The project's pictures and annotations are read as they are now, and
    checked as `tod convert` does. What is drawn already is not drawn again. The drawing goes on
    while the network learns, and has to be closed.
    """
    checkpoint = str(config.train_config.fine_tune_checkpoint)
    known = known_classes(Path(checkpoint).parent.parent)
    if not checkpoint or not known:
        raise TrainingError(
            f"{run_dir.parent / FILE}: helps networks that know some classes already, and no"
            f" model.json beside {checkpoint or 'a fine_tune_checkpoint'} names any; configure"
            " again with --alone"
        )
    label_map = read_label_map(project.label_map_path)
    faults = check_project(project, label_map)
    if faults:
        raise SeveralErrors(faults)
    classes = tuple(label_map.names.values())
    samples = read_samples(project.images_dir("train")).good
    plan = make_plan(classes, captured_faces(samples, classes), known)
    for line in in_words(plan):
        say(line)
    transfer = Transfer(
        checkpoint, known, classes, plan.weights, settings.head_steps, settings.tell_apart
    )
    drawing = BackgroundDrawing(run_dir / DRAWN, plan, samples, settings)
    try:
        drawing.draw_first(progress, say)
    except BaseException:
        drawing.close()
        raise
    return with_readers(config, drawing.kinds), transfer, drawing


def with_readers(config: Any, pictures: Sequence[DrawnKind]) -> Any:
    """A copy that reads every kind of picture with its share; the project's own in any case."""
    new = copy.deepcopy(config)
    reader = new.train_input_reader
    own = list(reader.tf_record_input_reader.input_path)
    shares = {shown.pattern: shown.share for shown in pictures}
    if not any(shown.kind == "captures" for shown in pictures):
        shares.update((path, SHARES["captures"] / len(own)) for path in own)
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
