"""All the harm that the campaign knows, and the choice of it that a short one does."""

from __future__ import annotations

from typing import List

from gate import AFTER, BEFORE
from handover_steps import READS, STEPS
from harm import Harm
from harm_to_files import (
    disk_full,
    disk_read_only,
    kill_capture,
    model_gone,
    model_replaced,
)
from harm_to_nodes import (
    camera_dies_in_a_call,
    camera_fault,
    clock_jump,
    delete_parameter,
    hang_master,
    kill_camera_in_a_call,
    kill_controller,
    kill_inference_at,
    kill_inference_in_a_call,
    kill_inference_twice,
    kill_master,
    second_controller,
    second_inference,
    set_nonsense,
    simulated_time,
)

CAMERA_FAULTS = (
    *("off", "frozen", "black", "slow", "hung", "error", "other_encoding"),
    *("wrong_encoding", "padded", "huge", "truncated", "garbage"),
)
# One of each family; the kill points rotate with the seed
SHORT = (
    *("camera hung", "camera truncated", "inference killed after label", "controller killed"),
    *("master killed", "inference killed before label", "disk full", "parameters deleted"),
    *("inference killed in the camera's call", "a second controller", "camera killed in a call"),
    *("disk read-only", "inference killed after result", "parameters set to nonsense"),
    *("clock jumps", "camera garbage", "model folder replaced", "capture killed in a call"),
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
