"""tod export: a trained checkpoint becomes a model folder for the inference node.

It is long because an export has two sources: a checkpoint, or a SavedModel.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Callable, Iterator, List, Optional

from tod_ros.cli.arguments import (
    add_json_argument,
    add_quiet_argument,
    add_run_arguments,
    add_score_argument,
    add_trust_argument,
    check_score,
)
from tod_ros.cli.terminal import output_to
from tod_ros.dataset.formats.tfrecord_facts import hash_of
from tod_ros.dataset.label_map import read_label_map
from tod_ros.dataset.project import Project, open_project, pictures
from tod_ros.dataset.samples import read_samples
from tod_ros.errors import ModelError, PipelineError, SettingError
from tod_ros.files import make_folder
from tod_ros.models.checkpoint_paths import refuse_pattern
from tod_ros.models.coco_label_map import coco_label_map_for
from tod_ros.models.folder import read_model_folder
from tod_ros.pipeline.config_file import read_pipeline
from tod_ros.pipeline.training_data import with_whole_paths
from tod_ros.training.runs import find_run
from tod_ros.training.transfer.settings import read_transfer

SUMMARY = "Export the best (else the last) checkpoint of a run, and try it on the test pictures."
EXAMPLE = "tod export cubes --network ssd_tiny --run checkpoint1 --to saved_model1"
MOST_PICTURES = 50  # a look at each, by each runtime


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run_arguments(parser)
    parser.add_argument(
        "--to",
        default="saved_model1",
        metavar="NAME",
        help="the new model folder: a name beside the run, or a path (default saved_model1)",
    )
    parser.add_argument(
        "--from-saved-model",
        metavar="DIR",
        help="freeze this SavedModel instead of a run: one of your own, or a network of the zoo",
    )
    add_trust_argument(parser, "the network of --from-saved-model")
    parser.add_argument(
        "-l",
        "--label-map",
        metavar="FILE",
        help="the label map of --from-saved-model, where none lies beside it",
    )
    add_score_argument(parser, "the score from which a detection counts on the test pictures")
    add_json_argument(parser, "what was written")
    add_quiet_argument(parser)


def run(args: argparse.Namespace) -> int:
    check_score(args.min_score)
    if args.label_map and not args.from_saved_model:
        raise SettingError("--label-map is for --from-saved-model; a run has its project's")
    project = open_project(args.project)
    exported = (_from_saved_model if args.from_saved_model else _from_run)(args, project)
    if args.json:
        print(json.dumps(dict(asdict(exported), folder=str(exported.folder)), indent=2))
    elif not args.quiet:
        print("\n".join(_as_text(exported)))
    return _judge(exported, args.min_score)


def _from_run(args: argparse.Namespace, project: Project) -> Any:
    found = find_run(project, args.network, args.run_name)
    config = read_pipeline(found.config)
    label_map = read_label_map(project.label_map_path)
    target = _target(args, found.folder.parent)
    with _log_beside(found.folder.parent, args.quiet) as say:
        from tod_ros.export.from_checkpoint import ExportRequest, export_model
        from tod_ros.training.checkpoints import choose_checkpoint
        from tod_ros.training.transfer.preparation import learnt_from_wh

        helps = read_transfer(found.config.parent)
        train = read_samples(project.images_dir("train")).good
        chosen = choose_checkpoint(found.folder)
        say(f"exporting {chosen.prefix} (step {chosen.step})")
        request = ExportRequest(
            config,
            chosen.prefix,
            label_map,
            pictures=_test_pictures(project),
            min_score=args.min_score,
            figures={"best": chosen.best} if chosen.best else None,
            data_hash=_data_hash(project),
            learnt_from_wh=learnt_from_wh(helps, config, train),
            training_config=_training_config(project, config, say),
        )
        return export_model(request, target, say)


def _training_config(project: Project, config: Any, say: Callable[[str], None]) -> Any:
    """The config with whole paths; None where the records are not there any more."""
    without_start = copy.deepcopy(config)
    without_start.train_config.ClearField("fine_tune_checkpoint")
    try:
        return with_whole_paths(without_start, project)
    except PipelineError as error:
        say(f"batch norms keep the statistics of the training: {error}")
        return None


def _from_saved_model(args: argparse.Namespace, project: Project) -> Any:
    given = Path(os.path.expanduser(args.from_saved_model))
    name = given.absolute().parent.name if given.name == "saved_model" else given.absolute().name
    label_map = args.label_map or coco_label_map_for(given)
    # what cannot be loaded is refused before a folder is made for it
    read_model_folder(given, label_map)
    refuse_pattern(given, ModelError)
    beside = project.network_dir(args.network or name)
    target = _target(args, beside)
    with _log_beside(beside, args.quiet) as say:
        from tod_ros.export.from_saved_model import export_saved_model

        say(f"exporting {given}")
        return export_saved_model(
            given,
            target,
            label_map,
            pictures=_test_pictures(project),
            min_score=args.min_score,
            trust=args.trust,
            say=say,
        )


def _target(args: argparse.Namespace, beside: Path) -> Path:
    target = Path(args.to) if Path(args.to).parent.parts else beside / args.to
    refuse_pattern(os.path.abspath(target), ModelError)
    return target


def _test_pictures(project: Project) -> List[Path]:
    return pictures(project.images_dir("test"))[:MOST_PICTURES]


@contextlib.contextmanager
def _log_beside(folder: Path, is_quiet: bool) -> Iterator[Callable[[str], None]]:
    """What TensorFlow prints goes into export.log; what is said here, to the terminal."""
    make_folder(folder)
    log = folder / "export.log"
    with output_to(log) as terminal:
        if not is_quiet:
            terminal.say(f"the log is {log}")
        yield (lambda text: None) if is_quiet else terminal.say


def _judge(exported: Any, min_score: float) -> int:
    if exported.pictures and not exported.found:
        training, inference = exported.found_in_modes or (0, 0)
        if training > 10 * inference:
            print(
                f"tod export: {exported.folder}: on training pictures the network finds"
                f" {training} objects in training mode and {inference} in inference mode: its batch"
                " norms differ between the two, more steps are not what it lacks; configure again"
                " (which fits their decay), with a larger --batch-size, and train a new --run",
                file=sys.stderr,
            )
            return 1
        print(
            f"tod export: {exported.folder}: finds nothing of score {min_score:g} or more on any"
            f" of {exported.pictures} test pictures; train longer, or look at the training"
            " pictures with `tod tensorboard`",
            file=sys.stderr,
        )
        return 1
    return 0


def _as_text(exported: Any) -> List[str]:
    lines = [
        f"{runtime}, against the unfrozen original: {difference}"
        for runtime, difference in exported.differences.items()
    ]
    lines += [exported.doubt] if exported.doubt else []
    if exported.found_in_modes:
        training, inference = exported.found_in_modes
        lines.append(
            f"on training pictures: {training} objects in training mode, {inference} in inference"
            " mode"
        )
    lines += [f"no model for {runtime}: {why}" for runtime, why in exported.without.items()]
    if exported.pictures:
        lines.append(f"finds something on {exported.found} of {exported.pictures} test pictures")
    else:
        lines.append("not tried: the project has no test pictures")
    return [*lines, f"wrote {exported.folder}"]


def _data_hash(project: Project) -> Optional[str]:
    records = [path for split in ("train", "test") for path in project.record_paths(split)]
    return hash_of(records) if records else None
