"""From the start of the program until it can look: the node by rosrun, the course's by python.

The floor is a node of rospy that does nothing but offer a service, without rosrun.
"""

from __future__ import annotations

import statistics
import time
from typing import Callable, List, Sequence

from bench import ros
from bench.setting import Setting
from bench.table import Row

LEAST_RATIO, MOST_S = 15.0, 1.0
DETECT, STARTED = "/inference/detect", "/bench/started"


def measure(setting: Setting) -> List[Row]:
    floor = _median_s(ros.empty_command(), _is_empty_ready, setting.times(10))
    node = _median_s(ros.node_command(setting.model), _is_node_ready, setting.times(10))
    slow = _median_s(
        ros.node_command(setting.model, "tensorflow"), _is_node_ready, setting.times(3)
    )
    course = _median_s(
        ros.course_command(setting.course_network()), _is_course_ready, setting.times(3)
    )
    same = _median_s(ros.course_command(setting.unfrozen()), _is_course_ready, setting.times(3))
    return [
        Row("start to ready", node, "s", floor=floor, most=MOST_S),
        Row("start to ready; there: its own network", node, "s", course, least_ratio=LEAST_RATIO),
        Row("start to ready; there: the same network", node, "s", same),
        Row("start to ready with TensorFlow; the same network", slow, "s", same),
    ]


def _median_s(command: Sequence[str], is_ready: Callable[[], bool], times: int) -> float:
    return statistics.median(_once(command, is_ready) for _ in range(times))


def _once(command: Sequence[str], is_ready: Callable[[], bool]) -> float:
    _forget()
    started_at = time.perf_counter()
    with ros.program(command):
        ros.wait_until(is_ready, "ready")
        return time.perf_counter() - started_at


def _forget() -> None:
    """A program that ended by force may still be known to the master."""
    for node, service in (("/inference", DETECT), ("/bench_empty", STARTED)):
        if ros.is_service_there(service):
            _, _, uri = ros.connect().lookupService(ros.CALLER, service)
            ros.connect().unregisterService(node, service, uri)
    ros.connect().deleteParam(ros.CALLER, "/course/ready")


def _is_node_ready() -> bool:
    return ros.is_service_there(DETECT)


def _is_empty_ready() -> bool:
    return ros.is_service_there(STARTED)


def _is_course_ready() -> bool:
    return ros.parameter("/course/ready") is True
