"""tod annotate: draw boxes in the browser, with the network's help."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Dict, List, Optional, Tuple

from tod_ros.cli.arguments import add_project_argument, add_score_argument, add_trust_argument
from tod_ros.dataset.label_map import read_label_map
from tod_ros.dataset.project import Project, open_project
from tod_ros.errors import ModelError, RuntimeMissingError, SettingError, TodError
from tod_ros.shipped import how_to_add

if TYPE_CHECKING:
    from tod_ros.annotate.proposals import Source

SUMMARY = "Draw the boxes of a project's pictures in the browser, with a model's proposals."
EXAMPLE = "tod annotate cubes --accept-above 0.95"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One statement for each option makes it long."""
    add_project_argument(parser)
    parser.add_argument(
        "-m",
        "--model",
        metavar="DIR",
        help="the model folder that proposes boxes (default: the project's last export, else the"
        " shipped one); `none` for no proposals",
    )
    add_trust_argument(parser)
    add_score_argument(parser, "propose no box that the model is less sure of")
    parser.add_argument(
        "--accept-above",
        type=float,
        metavar="SCORE",
        help="accept a picture's proposals unseen where the model is surer than this of every"
        " one of them; its XML is marked, and the page and the coach list it",
    )
    parser.add_argument(
        "--address",
        default="127.0.0.1",
        help="where to listen (default 127.0.0.1: this machine only); elsewhere, the page opens"
        " only by a link with a token",
    )
    parser.add_argument(
        "--port", type=int, help="the port (default 8642, or any free one where that is taken)"
    )
    parser.add_argument(
        "--no-browser", action="store_true", help="show the address only, open no browser"
    )
    parser.add_argument(
        "--capture-service",
        default="/capture/capture",
        metavar="NAME",
        help="the capture node's service behind the camera button (default /capture/capture)",
    )


def run(arguments: argparse.Namespace) -> int:
    _check_limits(arguments)
    project = open_project(arguments.project)
    _check_flask()
    from tod_ros.annotate.capture_button import CaptureButton
    from tod_ros.annotate.serving import ListenAddress, open_browser, serve

    source = _source(arguments, project)
    if arguments.accept_above is not None and source is None:
        raise SettingError("--accept-above needs a model that proposes boxes")

    def started(url: str) -> None:
        proposing = f"proposals by {source.name}" if source else "no proposals"
        print(f"annotating {project.root} at {url} ({proposing}); Ctrl-C ends it", flush=True)
        if not arguments.no_browser:
            open_browser(url)

    catalogue = serve(
        project,
        ListenAddress(arguments.address, arguments.port),
        CaptureButton(arguments.capture_service, _look_for),
        source,
        arguments.accept_above,
        started,
    )
    _list_machine_made(catalogue.machine_made())
    return 0


def _look_for(service: str) -> Tuple[str, Dict[str, str]]:
    """Whether the capture node can be called; without ROS on this machine, that is the reason."""
    try:
        from tod_ros.robot.capture_service import look_for
    except ImportError:
        return "camera_no_ros", {}
    return look_for(service)


def _check_limits(arguments: argparse.Namespace) -> None:
    for option in ("min_score", "accept_above"):
        value = getattr(arguments, option)
        if value is not None and not 0 <= value <= 1:
            name = "--" + option.replace("_", "-")
            raise SettingError(f"{name} is {value:g}, must be from 0 to 1")
    if arguments.port is not None and not 0 <= arguments.port <= 65535:
        raise SettingError(f"--port is {arguments.port}, must be from 0 (any) to 65535")


def _check_flask() -> None:
    try:
        import flask  # noqa: F401
    except ImportError:
        raise RuntimeMissingError(
            f"Flask is not installed, which serves the page; {how_to_add()}"
        ) from None


def _source(arguments: argparse.Namespace, project: Project) -> Optional[Source]:
    """The model that proposes; one that nobody asked for may fail to load."""
    if arguments.model == "none":
        return None
    if arguments.model:
        return _load(Path(arguments.model), arguments, project)
    from tod_ros.shipped import shipped
    from tod_ros.training.runs import last_export

    faults: List[TodError] = []
    for folder in (last_export(project), shipped("models", "cube_faces")):
        if folder is not None and folder.is_dir():
            try:
                return _load(folder, arguments, project)
            except (ModelError, RuntimeMissingError) as fault:
                faults.append(fault)
    for each in faults:
        print(f"tod annotate: no proposals: {each}", file=sys.stderr)
    return None


def _load(folder: Path, arguments: argparse.Namespace, project: Project) -> Source:
    from tod_ros.annotate.proposals import Source
    from tod_ros.inference.detector import load_detector

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    detector = load_detector(folder, trust=arguments.trust)
    known, wanted = detector.label_map.ids, read_label_map(project.label_map_path).ids
    if not set(known) & set(wanted):
        print(
            f"tod annotate: {folder} knows {', '.join(known)}, none of which is a class of"
            " the project; it will propose nothing",
            file=sys.stderr,
        )
    return Source(folder.name, lambda bgr: detector.detect(bgr, min_score=arguments.min_score))


def _list_machine_made(keys: List[str]) -> None:
    if keys:
        print(f"{len(keys)} pictures hold boxes that the model alone accepted:")
        for key in keys:
            print(f"  {key}")
