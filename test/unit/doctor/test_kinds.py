"""A machine need not be everything; what is half there is a fault."""

import pytest

from tod_ros.doctor.kinds import ANNOTATING, KINDS, ROBOT, TRAINING, check_kind


def machine(*kinds, without=(), beside=()):
    here = {module for kind in kinds for module in (*kind.main[:1], *kind.others)}
    return lambda name: name in (here | set(beside)) - set(without)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_machine_with_every_package_of_a_kind_is_ok(kind):
    assert check_kind(kind, machine(kind)).status == "ok"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_that_is_not_set_up_is_no_fault_and_tells_the_command(kind):
    finding = check_kind(kind, machine())
    assert finding.status == "off"
    command = "`make setup` adds it (about 2.4 GB)" if kind is TRAINING else "`make setup-demo`"
    assert command in finding.mend and "requirements/" in finding.mend


def test_a_training_machine_without_the_od_api_is_half_made():
    finding = check_kind(TRAINING, machine(TRAINING, without=["object_detection"]))
    assert finding.status == "wrong" and "object_detection cannot be imported" in finding.text


def test_an_annotating_machine_that_lacks_pillow_is_told_so():
    finding = check_kind(ANNOTATING, machine(ANNOTATING, without=["PIL"]))
    assert (finding.status, finding.text) == ("wrong", "PIL cannot be imported")


def test_without_ros_a_training_machine_is_no_broken_robot():
    finding = check_kind(ROBOT, machine(TRAINING))
    assert finding.status == "off" and "ROS is not sourced" in finding.text


def test_a_robot_may_run_tensorflow_in_place_of_litert():
    can_import = machine(ROBOT, without=["ai_edge_litert"], beside=["tensorflow"])
    assert check_kind(ROBOT, can_import).status == "ok"
