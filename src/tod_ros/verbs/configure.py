"""tod configure: a network's pipeline.config, fitted to the project."""

from __future__ import annotations

import argparse
import json
from typing import List, Tuple

from tod_ros.configuring import Wishes, configure, configure_as_in_the_course, table
from tod_ros.dataset import Project, open_project
from tod_ros.errors import SettingError
from tod_ros.pipeline import read_pipeline, write_pipeline
from tod_ros.starting import (
    check_fits,
    find_start,
    in_workspace,
    read_data,
    templates,
    with_whole_paths,
)

SUMMARY = "Write a network's pipeline.config for the project; show each value before and after."
EXAMPLE = "tod configure cubes --network faster_rcnn_resnet50_v1_640x640_coco17_tpu-8 --steps 1000"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", metavar="PROJECT", help="folder of the project")
    parser.add_argument(
        "--network",
        required=True,
        metavar="NAME",
        help="a network of `tod zoo list` that is installed, or one that learns from scratch:"
        f" {', '.join(templates()) or 'none'}",
    )
    parser.add_argument("--steps", type=int, metavar="N", help="how many batches to learn from")
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
    parser.add_argument("--json", action="store_true", help="print the table as JSON")


def run(args: argparse.Namespace) -> int:
    _check(args)
    project = open_project(args.project)
    start = find_start(project, args.network)
    before = read_pipeline(start.config)
    data = read_data(project)
    wishes = Wishes(args.steps, args.batch_size, args.rate, args.flip, tuple(args.values))
    fit = configure_as_in_the_course if args.as_in_the_course else configure
    checkpoint = in_workspace(project, start.checkpoint) if start.checkpoint else None
    after = fit(before, data, checkpoint, wishes)
    target = project.network_dir(args.network) / "pipeline.config"
    check_fits(after, data, target)
    with_whole_paths(after, project)
    kept = _keep_old(project, args.network)
    write_pipeline(target, after)
    rows = table(before, after)
    if args.json:
        values = [{"name": name, "before": old, "after": new} for name, old, new in rows]
        print(json.dumps({"config": str(target), "values": values}, indent=2))
        return 0
    print("\n".join(_as_text(rows)))
    if kept:
        print(f"the file that was there is {kept} now")
    print(f"wrote {target}")
    return 0


def _check(args: argparse.Namespace) -> None:
    for name in ("steps", "batch_size"):
        value = getattr(args, name)
        if value is not None and value < 1:
            raise SettingError(f"--{name.replace('_', '-')} is {value}, must be 1 or more")
    if args.rate is not None and not 0 < args.rate < 10:
        raise SettingError(f"--rate is {args.rate}, must be more than 0 and less than 10")
    if args.as_in_the_course and (args.flip or args.rate is not None):
        raise SettingError("--as-in-the-course leaves mirroring and rate alone; leave them out")


def _keep_old(project: Project, network: str) -> str:
    """Move a config that is there out of the way: it may hold changes made by hand."""
    target = project.network_dir(network) / "pipeline.config"
    if not target.is_file():
        return ""
    kept = target.with_name("pipeline.config.before")
    target.replace(kept)
    return str(kept)


def _as_text(rows: List[Tuple[str, str, str]]) -> List[str]:
    names, olds = (max(len(row[column]) for row in rows) for column in (0, 1))
    names, olds = max(names, 5), min(max(olds, 10), 50)
    lines = [f"{'value':<{names}}  {'as it was':<{olds}}  as it is"]
    return lines + [
        f"{name:<{names}}  {old:<{olds}}  {new}{'' if old != new else '  (the same)'}"
        for name, old, new in rows
    ]
