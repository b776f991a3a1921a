"""tod configure: a network's pipeline.config, fitted to the project.

It is long because it prints each choice with its reason.
"""

from __future__ import annotations

import argparse
import json
import os
from copy import deepcopy
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Sequence, Tuple

from tod_ros.cli.arguments import add_json_argument, add_project_argument
from tod_ros.cli.asking import says_yes
from tod_ros.dataset.project import Project, open_project
from tod_ros.errors import ProjectError, SettingError
from tod_ros.files import keep_copy, remove
from tod_ros.models.checkpoint_paths import refuse_pattern
from tod_ros.models.networks import shipped_networks
from tod_ros.pipeline.choosing import fit_to_data, mask_lines
from tod_ros.pipeline.config_file import read_pipeline, write_pipeline
from tod_ros.pipeline.configuring import Options, configure_as_in_the_course, learns_masks
from tod_ros.pipeline.consequences import consequences
from tod_ros.pipeline.input_size import fit_input
from tod_ros.pipeline.mirroring import has_mirrors
from tod_ros.pipeline.starting_point import StartingPoint, find_start, templates
from tod_ros.pipeline.training_data import (
    TrainingData,
    check_fits,
    in_workspace,
    read_data,
    with_objects,
    with_whole_paths,
)
from tod_ros.pipeline.values import table
from tod_ros.training.step_budget import steps_in
from tod_ros.training.transfer.configuring import Unfrozen, configure_transfer
from tod_ros.training.transfer.settings import (
    FILE,
    MEANINGS,
    SHOWS,
    FewPictures,
    shows,
    write_transfer,
)

if TYPE_CHECKING:
    from tod_ros.training.transfer.choosing import Choice

SUMMARY = "Write a network's pipeline.config for the project; show each value before and after."
EXAMPLE = "tod configure cubes --network faster_rcnn_resnet50_v1_640x640_coco17_tpu-8 --steps 1000"

_OPTIONS = tuple(MEANINGS)
MOST = 10**9  # what the file can hold is a little more
MOST_MINUTES = 14 * 24 * 60  # two weeks
# The choices that hold where pictures are pasted, too: the others are made for those. A network
# whose prediction layers are taken over keeps its anchors and holds its batch norm fast.
_OF_THE_NETWORK = ("input:", "masks:", "anchors:", "matching:", "batch norm:")
_OF_A_KEPT_HEAD = ("input:", "masks:")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One statement for each option makes it long."""
    add_project_argument(parser)
    parser.add_argument(
        "--network",
        required=True,
        metavar="NAME",
        help=_networks(),
    )
    parser.add_argument("--steps", type=int, metavar="N", help="how many batches to learn from")
    parser.add_argument(
        "--minutes",
        type=float,
        metavar="N",
        help="as many steps as fit into N minutes, export included; tries a few to know",
    )
    parser.add_argument(
        "--input",
        dest="input_size",
        type=int,
        metavar="N",
        help="pixels of the input's longer side (default: what the objects need)",
    )
    parser.add_argument(
        "--batch-size", type=int, metavar="N", help="pictures a step (default: what fits)"
    )
    parser.add_argument(
        "--rate", type=float, metavar="R", help="the learning rate after the warm-up"
    )
    parser.add_argument(
        "--flip",
        action="store_true",
        help="keep the network's mirroring of pictures: not for digits and letters",
    )
    parser.add_argument(
        "--no-flip", action="store_true", help="leave it out, and do not ask (at a terminal)"
    )
    parser.add_argument(
        "--learn-first-layers",
        action="store_true",
        help="let the layers that see strokes and edges learn too, which takes longer",
    )
    parser.add_argument(
        "--set",
        dest="values",
        action="append",
        default=[],
        metavar="PATH=VALUE",
        help="any value of the file, such as train_config.optimizer.use_moving_average=false",
    )
    parser.add_argument(
        "--as-in-the-course",
        action="store_true",
        help="the course's own values to the letter: nothing beyond its table is changed",
    )
    add_json_argument(parser, "the table")
    _add_few_pictures(parser)


def _networks() -> str:
    ours = [folder.name for folder in shipped_networks()]
    from_scratch = [name for name in templates() if name not in ours]
    come = f" ({', '.join(ours)}: with the package)" if ours else ""
    return (
        f"a network of `tod zoo list` that is installed{come}, or one that learns from scratch:"
        f" {', '.join(from_scratch) or 'none'}"
    )


def _add_few_pictures(parser: argparse.ArgumentParser) -> None:
    """One statement for each option makes it long."""
    group = parser.add_argument_group(
        "few pictures",
        "A network that has learnt before learns new classes from about 20 pictures, if more are"
        " made of them: marks are drawn on cubes (from marks, cube_faces), objects of any other"
        f" kind are cut out and pasted elsewhere. {FILE} beside pipeline.config says what is made;"
        " 0 leaves it out.",
    )
    for name in _OPTIONS:
        defaults = {
            word: field.default
            for word, kind in SHOWS.items()
            for field in fields(kind)
            if field.name == name
        }
        told = ", ".join(f"{default} for {word}" for word, default in defaults.items())
        if len(set(defaults.values())) == 1 and len(defaults) == len(SHOWS):
            told = str(next(iter(defaults.values())))
        is_weight = isinstance(next(iter(defaults.values())), float)
        group.add_argument(
            f"--{name.replace('_', '-')}",
            type=float if is_weight else int,
            metavar="W" if is_weight else "N",
            help=f"{MEANINGS[name]} (default {told})",
        )
    group.add_argument(
        "--learn-batch-norm",
        action="store_true",
        help="let batch norm follow the new pictures; by default it stays as it is",
    )
    group.add_argument(
        "--alone",
        action="store_true",
        help="none of this: learn from the project's records alone, as any network",
    )


def run(args: argparse.Namespace) -> int:
    """It is long because it tells each part of the result."""
    _check(args)
    project = open_project(args.project)
    start = find_start(project, args.network)
    target = project.network_dir(args.network) / "pipeline.config"
    refuse_pattern(os.path.abspath(target.parent), ProjectError)
    before = read_pipeline(start.config)
    data = read_data(project)
    alone = args.alone or args.as_in_the_course
    alone = alone or (data.masks and learns_masks(before))  # drawn and pasted pictures have none
    choice = _few_pictures(args, project, start, alone)
    help_wanted = choice.settings
    fit = _fit(args, before, with_objects(data, project), _checkpoint(project, start), help_wanted)
    after, choices = fit(args.steps, "")
    if args.minutes is not None:
        say = (lambda text: None) if args.json else print
        after, choices = fit(*steps_in(args.minutes, with_whole_paths(after, project), say))
    check_fits(after, data, target)
    with_whole_paths(after, project)
    kept = _keep_old(project, args.network)
    write_pipeline(target, after)
    if help_wanted:
        write_transfer(target.with_name(FILE), help_wanted)
    elif target.with_name(FILE).is_file():
        remove(target.with_name(FILE))
    rows = table(before, after)
    if args.json:
        values = [{"name": name, "before": old, "after": new} for name, old, new in rows]
        told: Dict[str, Any] = {"config": str(target), "values": values}
        told["choices"] = list(choices)
        told["kept"] = [str(copy) for copy in kept]
        if help_wanted:
            told["few_pictures"] = {"shows": shows(help_wanted), **asdict(help_wanted)}
            told["reasons"] = list(choice.reasons)
        print(json.dumps(told, indent=2))
        return 0
    print("\n".join([*_as_text(rows), *choices]))
    if choice.reasons:
        print("\n".join(choice.reasons))
    if help_wanted:
        print("\n".join(_help_as_text(help_wanted)))
    for copy in kept:
        print(f"the {copy.name.split('.before')[0]} that was there is kept as {copy}")
    print(f"wrote {target}")
    return 0


def _few_pictures(
    args: argparse.Namespace, project: Project, start: StartingPoint, alone: bool
) -> Choice:
    """What helps to learn from few pictures; an option that means nothing here is refused."""
    from tod_ros.training.transfer.choosing import Choice, choose_help  # loads OpenCV

    given = {
        name: getattr(args, name) for name in _OPTIONS if getattr(args, name, None) is not None
    }
    choice = Choice(None)
    if not alone:
        choice = choose_help(project, start, read_pipeline(start.config), given)
    means = {field.name for field in fields(choice.settings)} if choice.settings else set()
    freed = ["learn_batch_norm"] if args.learn_batch_norm and not means else []
    named = [*(name for name in given if name not in means), *freed]
    if named:
        why = "with --alone" if args.alone else f"for {args.network}"
        raise SettingError(f"--{named[0].replace('_', '-')} means nothing {why}; leave it out")
    return choice


def _fit(
    args: argparse.Namespace,
    before: Any,
    data: TrainingData,
    checkpoint: Optional[str],
    help_wanted: Optional[FewPictures],
) -> Callable[[Optional[int], str], Tuple[Any, Sequence[str]]]:
    """From the steps, and why so many, to the config and a line for each choice.

    It is long because the steps may depend on a trial.
    """
    from tod_ros.training.transfer.prediction_head import can_take_over

    asked = Options(
        batch_size=args.batch_size,
        rate=args.rate,
        flip=args.flip or _may_mirror(args, before),
        input_size=args.input_size,
        learn_first_layers=args.learn_first_layers,
        values=tuple(args.values),
    )

    def fit(steps: Optional[int], why_steps: str) -> Tuple[Any, Sequence[str]]:
        wishes = replace(asked, steps=steps, why_steps=why_steps)
        if help_wanted:
            freedom = Unfrozen(args.learn_first_layers, args.learn_batch_norm)
            told: List[str] = []
            held = _OF_A_KEPT_HEAD if can_take_over(before, before) else _OF_THE_NETWORK

            def fit_network(*given: Any) -> Any:
                fitted = fit_to_data(*given)
                told.extend(line for line in fitted.choices if line.startswith(held))
                return fitted.config

            start = deepcopy(before)
            if args.input_size is not None:  # also where the prediction layers are taken over
                fit_input(start, data.objects, args.input_size)
            new = configure_transfer(
                start, data, checkpoint, wishes, help_wanted, freedom, fit_network
            )
            return new, told
        if args.as_in_the_course:
            course = configure_as_in_the_course(before, data, checkpoint, wishes)
            return course, [*mask_lines(before, data), *consequences(course)]
        fitted = fit_to_data(before, data, checkpoint, wishes)
        return fitted.config, fitted.choices

    return fit


def _may_mirror(args: argparse.Namespace, before: Any) -> bool:
    """Asked once, where the network mirrors its pictures and somebody is there to answer."""
    if args.no_flip or args.json or args.as_in_the_course or not has_mirrors(before.train_config):
        return False
    return says_yes("may pictures be mirrored? A mirrored ball is a ball, a mirrored 2 is no 2")


def _checkpoint(project: Project, start: StartingPoint) -> Optional[str]:
    return in_workspace(project, start.checkpoint) if start.checkpoint else None


def _check(args: argparse.Namespace) -> None:
    for name in ("steps", "batch_size"):
        value = getattr(args, name)
        if value is not None and not 1 <= value <= MOST:
            raise SettingError(f"--{name.replace('_', '-')} is {value}, must be from 1 to {MOST}")
    if args.rate is not None and not 0 < args.rate < 10:
        raise SettingError(f"--rate is {args.rate}, must be more than 0 and less than 10")
    if args.flip and args.no_flip:
        raise SettingError("--flip and --no-flip contradict each other; leave one out")
    if args.as_in_the_course and (args.flip or args.rate is not None):
        raise SettingError("--as-in-the-course leaves mirroring and rate alone; leave them out")
    if args.as_in_the_course and args.input_size is not None:
        raise SettingError("--as-in-the-course leaves the input alone; leave --input out")
    if args.as_in_the_course and args.learn_first_layers:
        raise SettingError(
            "--as-in-the-course holds no layers fast; leave --learn-first-layers out"
        )
    if args.minutes is not None and not 1 <= args.minutes <= MOST_MINUTES:
        raise SettingError(f"--minutes is {args.minutes:g}, must be from 1 to {MOST_MINUTES}")
    if args.minutes is not None and args.steps is not None:
        raise SettingError("--minutes finds the number of steps; leave --steps out")


def _keep_old(project: Project, network: str) -> List[Path]:
    """Copies of the files that will be written over: they may hold changes made by hand."""
    targets = [project.network_dir(network) / name for name in ("pipeline.config", FILE)]
    return [keep_copy(target) for target in targets if target.is_file()]


def _help_as_text(settings: FewPictures) -> List[str]:
    values = asdict(settings)
    width = max(map(len, values))
    lines = [f"{name:<{width}}  {value:<8g}  {MEANINGS[name]}" for name, value in values.items()]
    return [f"in {FILE}, what helps to learn from few pictures:", *lines]


def _as_text(rows: List[Tuple[str, str, str]]) -> List[str]:
    names, olds = (max(len(row[column]) for row in rows) for column in (0, 1))
    names, olds = max(names, 5), min(max(olds, 10), 50)
    lines = [f"{'value':<{names}}  {'as it was':<{olds}}  as it is"]
    return lines + [
        f"{name:<{names}}  {old:<{olds}}  {new}{'' if old != new else '  (the same)'}"
        for name, old, new in rows
    ]
