"""Harm to the nodes that talk, to the master between them, and to what they say there."""

from __future__ import annotations

import struct
import subprocess
import sys
import time
from typing import Any, List, Optional, Tuple

from gate import Call
from handover_steps import STEPS
from harm import FAIR_S, Harm, Scene
from world import HERE, World

CONVERSATION = ("/takeImage", "/RobotReady", "/label", "/inference/result", "/inference/handover")
NONSENSE: Tuple[Any, ...] = ("odd", "", -7.5, [], [1, "two"], {"a": 1}, {"request": "x"}, "True")


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
