"""The harm that the campaign does: each kind is a function that does it, and takes it away again.

It gets the world and a source of chance, and returns when the cause was gone (time.monotonic): from
then on the system has to recover. What is written down as a problem is a defect by itself.
"""

from __future__ import annotations

import contextlib
import shutil
import struct
import subprocess
import sys
import time
from dataclasses import dataclass, field
from random import Random
from typing import Any, Callable, Dict, List, Optional, Tuple

from calling import CallFailed, call
from gate import AFTER, BEFORE, Call
from oracle import Pictures
from std_srvs.srv import Trigger
from world import HERE, World

from tod_ros.srv import Capture

CONVERSATION = ("/takeImage", "/RobotReady", "/label", "/inference/result", "/inference/handover")
NONSENSE: Tuple[Any, ...] = ("odd", "", -7.5, [], [1, "two"], {"a": 1}, {"request": "x"}, "True")
FAIR_S = 60.0  # nothing that the campaign itself waits for takes longer, however busy the machine


@dataclass
class Scene:
    """What every kind of harm gets."""

    world: World
    random: Random
    pictures: Pictures
    problems: List[str] = field(default_factory=list)

    def rest(self, most_s: float) -> None:
        time.sleep(self.random.uniform(0.0, most_s))

    def capture(self) -> Any:
        answer = call("/capture/capture", Capture, 10.0)
        self.world.answers.new()
        if answer.success:
            self.pictures.note(answer.path, self.world.answers.lines)
        return answer


@dataclass(frozen=True)
class Harm:
    name: str
    do: Callable[[Scene], float]
    destroys: bool = False  # parameters are lost by it: a request may end with them


def camera_fault(fault: str) -> Harm:
    def do(scene: Scene) -> float:
        world = scene.world
        world.put("/simulated_camera/slow_s", scene.random.choice([0.3, 1.5, 8.0]))
        world.put("/simulated_camera/fault", fault)
        scene.rest(2.0)
        world.put("/simulated_camera/fault", "")
        return time.monotonic()

    return Harm(f"camera {fault.replace('_', ' ')}", do)


def kill_camera_in_a_call(scene: Scene) -> float:
    world = scene.world
    _wait_for_a_slow_look(world, 0.5)
    time.sleep(0.1)
    before = world.kill("simulated_camera")
    world.put("/simulated_camera/fault", "")
    return _camera_is_back(world, before)


def camera_dies_in_a_call(scene: Scene) -> float:
    before = scene.world.pid("simulated_camera")
    scene.world.put("/simulated_camera/fault", ["dying"])
    return _camera_is_back(scene.world, before)


def _camera_is_back(world: World, before: Optional[int]) -> float:
    """The process of that id is no more, and another one serves."""
    world.wait(lambda: world.pid("simulated_camera") not in (before, None), "a camera", FAIR_S)
    world.wait(lambda: world.is_served("/get_image"), "the camera", FAIR_S)
    return time.monotonic()


def _wait_for_a_slow_look(world: World, slow_s: float) -> None:
    """Until the node calls a camera that takes so long to answer."""
    world.put("/simulated_camera/slow_s", slow_s)
    world.put("/simulated_camera/fault", "slow")
    before = len(world.gate.writes)

    def is_looking() -> bool:
        new = world.gate.writes[before:]
        return any(isinstance(w.value, dict) and w.value.get("state") == "looking" for w in new)

    world.wait(is_looking, "the node looks", FAIR_S)


def _sets(name: str, fits: Callable[[Any], bool]) -> Callable[[Call], bool]:
    return lambda call: call.method == "setParam" and call.name == name and fits(call.value)


def _state(state: str) -> Callable[[Call], bool]:
    return _sets("/inference/handover", lambda v: isinstance(v, dict) and v.get("state") == state)


STEPS: Dict[str, Callable[[Call], bool]] = {
    "takeImage read": lambda c: (
        c.method == "getParam" and c.name == "/takeImage" and c.value is True
    ),
    "looking written": _state("looking"),
    "takeImage set": _sets("/takeImage", lambda v: v is False),
    "result": _sets("/inference/result", lambda v: True),
    "label cleared": _sets("/label", lambda v: type(v) is float),
    "offered written": _state("offered"),
    "RobotReady set": _sets("/RobotReady", lambda v: v is False),
    "label": _sets("/label", lambda v: type(v) is int and v > 0),
    "waiting for RobotReady": lambda c: (
        c.method == "getParam" and c.name == "/RobotReady" and c.value is False
    ),
    "RobotReady read": lambda c: (
        c.method == "getParam" and c.name == "/RobotReady" and c.value in (True, 1)
    ),
    "next written": _state("next"),
    "over written": _state("over"),
}
READS = ("takeImage read", "waiting for RobotReady", "RobotReady read")


def kill_inference_at(step: str, when: str) -> Harm:
    def do(scene: Scene) -> float:
        gate, skip = scene.world.gate, [scene.random.randrange(4)]

        def fits(call: Call) -> bool:
            if not STEPS[step](call):
                return False
            skip[0] -= 1
            return skip[0] < 0

        gate.arm(fits, when)
        try:
            scene.world.wait(lambda: gate.killed_at, f"the node comes to {step!r}", FAIR_S)
        finally:
            gate.disarm()
        return float(gate.killed_at or 0.0)

    return Harm(f"inference killed {when} {step}", do)


def kill_inference_in_a_call(scene: Scene) -> float:
    world = scene.world
    _wait_for_a_slow_look(world, 0.4)
    scene.rest(0.3)
    world.kill("inference")
    killed_at = time.monotonic()
    world.put("/simulated_camera/fault", "")
    return killed_at


def kill_inference_twice(scene: Scene) -> float:
    """Again while it is starting, or has just gone on where it was."""
    scene.world.kill("inference")
    time.sleep(scene.random.uniform(0.6, 2.5))
    scene.world.kill("inference")
    return time.monotonic()


def kill_controller(scene: Scene) -> float:
    scene.rest(0.3)
    scene.world.kill("party")
    return time.monotonic()


def kill_master(scene: Scene) -> float:
    scene.rest(0.3)
    scene.world.kill_master()
    scene.rest(2.0)
    scene.world.start_master()
    return time.monotonic()


def hang_master(scene: Scene) -> float:
    scene.rest(0.3)
    scene.world.hang_master(scene.random.uniform(0.2, 4.0))
    return time.monotonic()


def delete_parameter(scene: Scene) -> float:
    scene.rest(0.2)
    for name in scene.random.sample(CONVERSATION, scene.random.choice([1, 1, 2, 5])):
        scene.world.ask("deleteParam", name)
    return time.monotonic()


def set_nonsense(scene: Scene) -> float:
    scene.rest(0.2)
    for name in scene.random.sample(CONVERSATION, scene.random.choice([1, 1, 2])):
        scene.world.put(name, scene.random.choice(NONSENSE))
    return time.monotonic()


def second_controller(scene: Scene) -> float:
    scene.rest(0.3)
    script = [sys.executable, str(HERE / "party.py"), str(scene.world.second.path), "--once"]
    subprocess.run(script, check=True, timeout=FAIR_S)
    return time.monotonic()


def second_inference(name: str, words: str) -> Harm:
    def do(scene: Scene) -> float:
        (program,) = _find_node()
        second = subprocess.run(
            [program, f"__name:={name}", f"_model:={scene.world.model}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
        )
        if second.returncode != 1 or words not in second.stdout:
            scene.problems.append(f"a second node {name} was not refused: {second.stdout[-500:]}")
        return time.monotonic()

    return Harm(f"a second inference node, {name}", do)


def _find_node() -> List[str]:
    import roslib.packages

    return roslib.packages.find_node("tod_ros", "inference")[:1]


def clock_jump(scene: Scene) -> float:
    """With the node killed meanwhile every second time: it must not take its own past for old."""
    shifts = [-3600.0, -90.0, 5.0, 3600.0, 86400.0, 3.0e7]
    with scene.world.shift.open("r+b") as shift:
        shift.write(struct.pack("d", scene.random.choice(shifts)))
    if scene.random.random() < 0.5:
        scene.world.kill("inference")
    return time.monotonic()


def simulated_time(scene: Scene) -> float:
    """/use_sim_time with nobody who publishes the time, and a node that starts under it."""
    scene.world.put("/use_sim_time", True)
    scene.world.kill("inference")
    killed_at = time.monotonic()
    scene.world.wait_for_events(1, ("done",), FAIR_S)
    scene.world.ask("deleteParam", "/use_sim_time")
    return killed_at


def disk_full(scene: Scene) -> float:
    filler = scene.world.disk / "filler"
    with filler.open("wb") as opened, contextlib.suppress(OSError):
        while True:
            opened.write(bytes(1 << 20))
            opened.flush()
    _capture_is_refused(scene, "No space left")
    filler.unlink()
    gone = time.monotonic()
    _capture_works(scene)
    return gone


def disk_read_only(scene: Scene) -> float:
    remount = ["mount", "-o", "remount,{}", str(scene.world.disk)]
    subprocess.run([word.format("ro") for word in remount], check=True)
    _capture_is_refused(scene, "Read-only")
    subprocess.run([word.format("rw") for word in remount], check=True)
    gone = time.monotonic()
    _capture_works(scene)
    return gone


def _capture_is_refused(scene: Scene, words: str) -> None:
    answer = scene.capture()
    if answer.success or words not in answer.message:
        scene.problems.append(f"capture on such a disk answers {answer.success} {answer.message!r}")
    if "\n" in answer.message:
        scene.problems.append(f"more than one line: {answer.message!r}")


def _capture_works(scene: Scene) -> None:
    def is_stored() -> bool:
        with contextlib.suppress(CallFailed):
            return bool(scene.capture().success)
        return False

    scene.world.wait(is_stored, "a picture is stored", FAIR_S)


def kill_capture(scene: Scene) -> float:
    """In the middle of a call, sometimes while it writes."""
    words = ["rosservice", "call", "/capture/capture", "{}"]
    caller = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    scene.rest(1.5)
    scene.world.kill("capture")
    gone = time.monotonic()
    caller.kill()
    caller.wait()
    scene.world.wait(lambda: scene.world.is_served("/capture/capture"), "capture", FAIR_S)
    _capture_works(scene)
    return gone


def model_replaced(scene: Scene) -> float:
    """First by nonsense, which a reload must refuse, then by a sound one, which it must take."""
    model = scene.world.model
    kept, sound = model.with_name("kept"), model.with_name("sound")
    shutil.copytree(model, sound)
    model.rename(kept)
    model.mkdir()
    for file in kept.iterdir():
        if file.is_file():
            (model / file.name).write_bytes(b"nonsense")
    if _reload().success:
        scene.problems.append("a reload took a model folder of nonsense")
    shutil.rmtree(model)
    sound.rename(model)
    answer = _reload()
    if not answer.success:
        scene.problems.append(f"a reload refused a sound model: {answer.message}")
    shutil.rmtree(kept)
    return time.monotonic()


def model_gone(scene: Scene) -> float:
    """Killed while the folder is away: it cannot start, until the folder is back."""
    model = scene.world.model
    away = model.with_name("away")
    model.rename(away)
    scene.world.kill("inference")
    time.sleep(scene.random.uniform(0.5, 4.0))
    away.rename(model)
    return time.monotonic()


def _reload() -> Any:
    return call("/inference/reload", Trigger, FAIR_S)


CAMERA_FAULTS = (
    *("off", "frozen", "black", "slow", "hung", "error", "other_encoding"),
    *("wrong_encoding", "padded", "huge", "truncated", "garbage"),
)


def all_harms(with_disk: bool, with_clock: bool) -> List[Harm]:
    harms = [camera_fault(fault) for fault in CAMERA_FAULTS]
    harms += [
        Harm("camera killed in a call", kill_camera_in_a_call),
        Harm("camera dies in a call", camera_dies_in_a_call),
    ]
    for step in STEPS:
        for when in [AFTER] if step in READS else [BEFORE, AFTER]:
            harms.append(kill_inference_at(step, when))
    harms += [
        Harm("inference killed in the camera's call", kill_inference_in_a_call),
        Harm("inference killed twice", kill_inference_twice),
        Harm("controller killed", kill_controller),
        Harm("master killed", kill_master, destroys=True),
        Harm("master hung", hang_master),
        Harm("parameters deleted", delete_parameter, destroys=True),
        Harm("parameters set to nonsense", set_nonsense, destroys=True),
        Harm("a second controller", second_controller),
        second_inference("inference2", "/inference serves parameter"),
        second_inference("inference", "is running already"),
        Harm("capture killed in a call", kill_capture),
        Harm("model folder replaced", model_replaced),
        Harm("model folder gone at a restart", model_gone),
        Harm("simulated time", simulated_time),
    ]
    if with_disk:
        harms += [Harm("disk full", disk_full), Harm("disk read-only", disk_read_only)]
    if with_clock:
        harms.append(Harm("clock jumps", clock_jump))
    return harms
