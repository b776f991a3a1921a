"""tod doctor: what is wrong with this machine, robot, project or config, and the mend."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, List, Optional, Tuple

from tod_ros.cli.arguments import add_json_argument, add_trust_argument
from tod_ros.dataset.project import Project, open_project
from tod_ros.doctor.finding import Finding, faults, off, ok, wrong
from tod_ros.errors import LabelMapError, ModelError, RuntimeMissingError, SettingError

if TYPE_CHECKING:
    from tod_ros.annotate.proposals import Propose
    from tod_ros.inference.detector import Detector

SUMMARY = (
    "Find what is wrong with this machine, the robot, a project or a model, and how to mend it."
)
EXAMPLE = "tod doctor cubes --model cubes/training/ssd/saved_model1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "project",
        metavar="PROJECT",
        nargs="?",
        help="a project to check, with its pipeline.configs",
    )
    parser.add_argument(
        "--model",
        metavar="DIR",
        help="a model folder to load and try;"
        " it is shown the project's pictures too, to find boxes that look like mistakes",
    )
    add_trust_argument(parser)
    _add_robot_arguments(parser)
    parser.add_argument(
        "--deep",
        action="store_true",
        help="run the Object Detection API's own test too (a minute or more)",
    )
    add_json_argument(parser, "the findings")


def _add_robot_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--robot",
        action="store_true",
        help="a robot that does not answer is a fault (else only where ROS_MASTER_URI names"
        " another machine)",
    )
    parser.add_argument(
        "--service",
        default="/get_image",
        help="the camera's service (default /get_image)",
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=5.0,
        metavar="SECONDS",
        help="how long the robot may take for each answer (default 5)",
    )


def run(arguments: argparse.Namespace) -> int:
    from tod_ros.doctor.machine import check_machine

    if not 0 < arguments.timeout <= 3600:
        raise SettingError(f"--timeout is {arguments.timeout:g}, must be over 0 and up to 3600")
    project = open_project(arguments.project) if arguments.project else None
    findings = check_machine(project.root if project else ".")
    findings += _robot(arguments)
    detector, model_findings = _model(arguments.model, arguments.trust)
    findings += _project(project, detector.detect if detector else None)
    findings += model_findings
    findings += _classes(project, detector)
    findings.append(_od_api(arguments.deep))
    if arguments.json:
        print(json.dumps([finding.to_json() for finding in findings], indent=2))
    else:
        _print(findings)
    return 1 if faults(findings) else 0


def _print(findings: List[Finding]) -> None:
    for finding in findings:
        print(finding)
    number = len(faults(findings))
    print(f"\n{number or 'nothing'} {'is' if number < 2 else 'are'} wrong")


def _robot(arguments: argparse.Namespace) -> List[Finding]:
    try:
        from tod_ros.doctor.robot import check_robot
    except ImportError as error:
        mend = "source .ws/devel/setup.bash"
        if arguments.robot:
            return [wrong("robot", f"not checked, {error}", mend)]
        return [off("robot", f"not checked, {error}", mend)]
    return check_robot(arguments.service, arguments.timeout, arguments.robot)


def _project(project: Optional[Project], propose: Optional[Propose]) -> List[Finding]:
    if project is None:
        return [off("project", "not checked, none was named", "tod doctor PROJECT")]
    from tod_ros.doctor.project import (
        check_data,
        check_label_map,
        check_set,
        most_boxes,
        pipeline_configs,
    )

    findings = check_data(project)
    label_map, _ = check_label_map(project)
    if label_map is not None:
        findings += check_set(project, propose)
    configs = pipeline_configs(project)
    if not configs:
        mend = f"`tod configure {project.root} --network NAME` writes one"
        return [*findings, off("pipeline.config", "not checked, there is none yet", mend)]
    from tod_ros.doctor.pipeline_config import check_config

    boxes = most_boxes(project)
    for path in configs:
        findings += check_config(path, project, label_map, boxes)
    return findings


def _model(folder: Optional[str], trust: bool) -> Tuple[Optional[Detector], List[Finding]]:
    if folder is None:
        return None, [off("model", "not checked, none was named", "tod doctor --model DIR")]
    from tod_ros.doctor.model import check_model_files
    from tod_ros.inference.detector import load_detector
    from tod_ros.models.coco_label_map import coco_label_map_for

    label_map_path = coco_label_map_for(folder)
    findings = check_model_files(folder, label_map_path)
    if faults(findings) and not trust:
        return None, findings
    if not trust and any(finding.status == "hint" for finding in findings):
        why = "not run, since no sha256 sum vouches for all of it"
        return None, [*findings, off("model", why, "--trust runs it")]
    try:
        detector = load_detector(folder, label_map_path, trust=trust)
        detector.warm_up()
    except (ModelError, LabelMapError, RuntimeMissingError) as error:
        failed = wrong("model", str(error))  # its files may have told the same
        return None, findings if failed in findings else [*findings, failed]
    size = "x".join(map(str, detector.input_size)) if detector.input_size else "any size"
    text = f"{len(detector.label_map)} classes, {size}, runs with {detector.runtime}"
    return detector, [*findings, ok("model", text)]


def _classes(project: Optional[Project], detector: Optional[Detector]) -> List[Finding]:
    if project is None or detector is None:
        return []
    from tod_ros.doctor.model import check_classes
    from tod_ros.doctor.project import check_label_map

    label_map, _ = check_label_map(project)  # what is wrong with it was told with the project
    return check_classes(detector.label_map, label_map) if label_map else []


def _od_api(deep: bool) -> Finding:
    if not deep:
        return off("OD API", "its own test was not run", "tod doctor --deep runs it")
    from tod_ros.doctor.od_api import check_od_api

    return check_od_api()
