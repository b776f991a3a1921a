"""From takeImage to the first label, and what a node costs that nobody asks: seen from outside.

Both sides have the same camera, a program of its own, and the same clock: a third program sets
takeImage, and looks for label. The floor is one call of the camera and of the network, and half
the time between two looks at takeImage; no parameter of ROS can be watched without looking. The
node looks oftener for some seconds after a request, so a request after a pause has its own row.
The floor of waiting is the camera, a node of rospy that nobody calls, and a master that nobody
asks.
"""

from __future__ import annotations

import contextlib
import random
import statistics
import time
from typing import Any, Callable, Iterator, List, Sequence, Tuple

from bench import ros
from bench.measuring import idle_shares, median_ms, resident_mb, timed
from bench.setting import Setting
from bench.table import Row
from tod_ros.protocol.labeller import EAGER_S
from tod_ros.protocol.waiting import EAGER_TIMES

LEAST_RATIO, MOST_MS, MOST_IDLE, MOST_MB = 40.0, 22.0, 2.0, 120.0
POLL_S = 0.02  # the node's own default
EAGER_POLL_S = POLL_S / EAGER_TIMES
PAUSE_S = EAGER_S + 0.5


def measure(setting: Setting) -> List[Row]:
    """It is long because each side is started, measured and ended in turn."""
    idle_s = 3.0 if setting.is_short else 30.0
    with ros.program(ros.camera_command()) as camera:
        ros.wait_until(lambda: ros.is_service_there("/get_image"), "the camera")
        time.sleep(1.0)
        idle_floor, master_floor = _idle([camera.pid, setting.master_pid], idle_s)
        call_ms = _call_ms(setting)
        with _running(ros.node_command(setting.model), _is_node_ready) as node:
            label, seen = _rounds(setting.times(60), 0.1, is_lesson=True)
            later, _ = _rounds(setting.times(12), 0.1, is_lesson=True, pause_s=PAUSE_S)
            time.sleep(EAGER_S)
            idle, idle_master = _idle([node.pid, setting.master_pid], idle_s)
            memory = resident_mb(node.pid)
        with _running(ros.course_command(setting.course_network()), _is_course_ready) as node:
            course, course_seen = _rounds(setting.times(20), 1.0)
            course_idle, course_master = _idle([node.pid, setting.master_pid], idle_s)
            course_memory = resident_mb(node.pid)
        slow_words = ros.node_command(setting.model, "tensorflow")
        with _running(slow_words, _is_node_ready) as node:
            slow, _ = _rounds(setting.times(40), 0.1, is_lesson=True)
            slow_memory = resident_mb(node.pid)
        with _running(ros.course_command(setting.unfrozen()), _is_course_ready) as node:
            same, _ = _rounds(setting.times(20), 1.0)
            same_memory = resident_mb(node.pid)
    what = "takeImage to label"
    floor, later_floor = (call_ms + 1000 * poll_s / 2 for poll_s in (EAGER_POLL_S, POLL_S))
    return [
        Row(f"{what}; there: its own network", label, "ms", course, floor, least_ratio=LEAST_RATIO),
        Row(f"{what}; there: the same network", label, "ms", same, floor, most=MOST_MS),
        Row(f"{what}, {PAUSE_S:g} s after the last request", later, "ms", None, later_floor),
        Row(f"{what} with TensorFlow; the same network", slow, "ms", same),
        Row("takeImage to seen", seen, "ms", course_seen, 1000 * EAGER_POLL_S / 2, most=30.0),
        Row("idle, of one core", idle, "%", course_idle, idle_floor, most=MOST_IDLE),
        Row("idle, the master beside it", idle_master, "%", course_master, master_floor),
        Row("memory; there: its own network", memory, "MB", course_memory, most=MOST_MB),
        Row("memory with TensorFlow; the same network", slow_memory, "MB", same_memory),
    ]


def _idle(pids: Sequence[int], seconds: float) -> List[float]:
    return [100 * share for share in idle_shares(pids, seconds)]


@contextlib.contextmanager
def _running(command: Sequence[str], is_ready: Callable[[], bool]) -> Iterator[Any]:
    ros.connect().deleteParam(ros.CALLER, "/course/ready")
    with ros.program(command) as process:
        ros.wait_until(is_ready, "ready")
        yield process
    # what ended by force the master still knows
    master = ros.connect()
    if ros.is_service_there("/inference/detect"):
        uri = master.lookupService(ros.CALLER, "/inference/detect")[2]
        master.unregisterService("/inference", "/inference/detect", uri)


def _rounds(
    times: int, rhythm_s: float, is_lesson: bool = False, pause_s: float = 0.05
) -> Tuple[float, float]:
    """Medians in ms from takeImage to label, and to the node's False."""
    params = _Params()
    _round(params, rhythm_s, is_lesson)  # the first of everything
    done = [_round(params, rhythm_s, is_lesson, pause_s) for _ in range(times)]
    return median_ms([label for label, _ in done]), median_ms([seen for _, seen in done])


def _round(
    params: Any, rhythm_s: float, is_lesson: bool, pause_s: float = 0.05
) -> Tuple[float, float]:
    """One request; where the other side waits for RobotReady, every cube is taken."""
    params["label"] = -1
    requests = _request_number(params)
    time.sleep(random.uniform(pause_s, pause_s + rhythm_s))  # anywhere in the node's own rhythm
    asked_at = time.perf_counter()
    params["takeImage"] = True
    while params["takeImage"] is True:
        time.sleep(0.0005)
    seen_s = time.perf_counter() - asked_at
    while params["label"] == -1:
        time.sleep(0.0005)
        if time.perf_counter() - asked_at > 60:
            raise SystemExit("no label within 60 s: does the model find the two drawn cubes?")
    label_s = time.perf_counter() - asked_at
    if is_lesson:
        ros.wait_until(lambda: _request_number(params) > requests, "a result")
        for _ in range(params["inference/result"]["count"]):
            ros.wait_until(lambda: params["label"] != -1, "the next label")
            params["label"] = -1
            params["RobotReady"] = True
    else:
        time.sleep(0.2)  # whatever other labels it still writes
    return label_s, seen_s


def _request_number(params: Any) -> int:
    result = params["inference/result"]
    return int(result["request"]) if result else 0


class _Params:
    def __getitem__(self, name: str) -> Any:
        return ros.parameter(f"/{name}")

    def __setitem__(self, name: str, value: Any) -> None:
        ros.connect().setParam(ros.CALLER, f"/{name}", value)


def _call_ms(setting: Setting) -> float:
    """A call of the camera and of the network."""
    import rospy
    from poppy_controllers.srv import GetImage

    from tod_ros.images.message import from_message
    from tod_ros.inference.detector import load_detector

    ask = rospy.ServiceProxy("/get_image", GetImage, persistent=True)
    detector = load_detector(setting.model)
    picture = from_message(ask().image)
    detector.warm_up()
    camera_s = statistics.median(timed(ask) for _ in range(setting.times(100)))
    look_s = statistics.median(
        timed(lambda: detector.detect(picture)) for _ in range(setting.times(100))
    )
    return 1000 * (camera_s + look_s)


def _is_node_ready() -> bool:
    return ros.is_service_there("/inference/detect")


def _is_course_ready() -> bool:
    return ros.parameter("/course/ready") is True
