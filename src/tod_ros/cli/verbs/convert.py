"""XML to CSV, TFRecord and label map; other tools' annotations in and out."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, Dict, List

from tod_ros.cli.arguments import add_json_argument, add_project_argument, add_quiet_argument
from tod_ros.cli.progress import watcher
from tod_ros.dataset.conversion import COCO, PARTS, Contents, Converted, convert
from tod_ros.dataset.formats.coco import read_coco
from tod_ros.dataset.formats.yolo import read_yolo
from tod_ros.dataset.importing import import_annotations
from tod_ros.dataset.project import SPLITS, Project, open_project, pictures
from tod_ros.errors import ProjectError

SUMMARY = "Check all annotations, then write CSV, TFRecords and the label map."
EXAMPLE = "tod convert faces"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_project_argument(parser)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--only", choices=PARTS, help="write only this part")
    what.add_argument("--to", choices=(COCO,), help="write COCO's JSON instead, beside train/")
    what.add_argument(
        "--from",
        dest="source",
        nargs=2,
        metavar=("coco|yolo", "PATH"),
        help="bring the annotations of COCO's JSON file, or of a folder of YOLO text files,"
        " into the project as XML beside each picture",
    )
    parser.add_argument(
        "--shards",
        type=int,
        default=1,
        metavar="N",
        help="write the training record as N files, at least one for each machine that trains",
    )
    parser.add_argument(
        "--without-masks",
        action="store_true",
        help="leave the objects' masks out of the records, where there are any",
    )
    add_json_argument(parser, "the counts and files")
    add_quiet_argument(parser)


def run(args: argparse.Namespace) -> int:
    project = open_project(args.project)
    if args.shards < 1:
        raise ProjectError(f"--shards is {args.shards}, must be 1 or more")
    if args.source:
        return _bring_in(project, *args.source, as_json=args.json)
    watch = watcher("converting", quiet=args.quiet)
    converted = convert(
        project,
        only=args.only or args.to,
        shards=args.shards,
        masks=not args.without_masks,
        watch=watch,
    )
    if args.json:
        print(json.dumps(_as_json(converted), indent=2))
    else:
        print("\n".join(_report(project, converted)))
    return 0


def _bring_in(project: Project, kind: str, path: str, *, as_json: bool) -> int:
    readers = {"coco": read_coco, "yolo": lambda given: read_yolo(Path(given))}
    if kind not in readers:
        raise ProjectError(f"--from {kind!r} is not known, must be coco or yolo")
    written = import_annotations(project, readers[kind](path))
    if as_json:
        print(json.dumps({"written": [str(xml) for xml in written]}, indent=2))
    else:
        print(f"{len(written)} pictures with their XML are in {project.images_root}")
    return 0


def _report(project: Project, converted: Converted) -> List[str]:
    lines = [f"{split}: {_contents_text(converted.contents[split])}" for split in SPLITS]
    classes = (f"{number} {name}" for number, name in converted.label_map.names.items())
    lines.append(f"classes: {', '.join(classes)}")
    trained = converted.contents["train"].boxes
    lines += [
        f"note: no box of {name!r} in train: it cannot be learnt"
        for name in converted.label_map.ids
        if name not in trained
    ]
    if not converted.contents["test"].pictures:
        lines.append(f"note: no pictures in test; `tod split {project.root}` moves some there")
    loose = len(pictures(project.images_root))
    if loose:
        lines.append(
            f"note: {loose} pictures in {project.images_root} have no place yet and were left out;"
            f" `tod split {project.root}` gives them one"
        )
    return lines + [f"wrote {path}" for path in converted.written]


def _contents_text(contents: Contents) -> str:
    boxes = ", ".join(f"{number} {name}" for name, number in contents.boxes.items()) or "none"
    negatives = f" ({contents.negatives} without objects)" if contents.negatives else ""
    masks = f"; {contents.masks} of them with a mask" if contents.masks else ""
    return f"{contents.pictures} pictures{negatives}; objects: {boxes}{masks}"


def _as_json(converted: Converted) -> Dict[str, Any]:
    splits = {
        split: {
            "pictures": contents.pictures,
            "negatives": contents.negatives,
            "boxes": dict(contents.boxes),
            "most_boxes": contents.most_boxes,
            "masks": contents.masks,
        }
        for split, contents in converted.contents.items()
    }
    return {
        **splits,
        "classes": dict(converted.label_map.ids),
        "written": [str(path) for path in converted.written],
    }
