"""Every order in which node, controller and navigator can act, with the package's own code.

`make protocol` explores more of it, for minutes; docs/protocol.md shows what comes out.
"""

from __future__ import annotations

import logging

import pytest
from conversation import CONTROLLER, LABEL, NAVIGATOR, NODE, conversation, node
from exploring import Watch, World
from lesson import lesson, nn_as_handed_out, nn_flag_first, nn_label_first
from programs import ABSENT, LONG, Program, Script, frozen
from student import students_conversation


@pytest.fixture(autouse=True)
def quiet():
    """What the node would log in each of thousands of lives."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def faults(world):
    return [found.fault for found in world.broken()]


@pytest.mark.parametrize(
    ("cubes", "scenes", "kills", "mortal", "least_states"),
    [
        (4, 1, 0, (), 500),
        (2, 2, 0, (), 3_000),
        (4, 1, 1, [NODE], 10_000),
        (2, 1, 1, [CONTROLLER, NAVIGATOR], 5_000),
    ],
)
def test_each_label_comes_once_and_in_order_and_nobody_waits_for_ever(
    cubes, scenes, kills, mortal, least_states
):
    world = conversation(cubes, scenes, kills, mortal).explore()
    assert faults(world) == []
    assert world.stuck() == []
    assert len(world.states) > least_states
    world.check_by_running(20)


def test_an_unsure_cube_is_asked_about_once_and_in_order_too():
    world = conversation(3, 1, 1, [NODE], asks=True).explore()
    assert faults(world) == []
    assert world.stuck() == []
    world.check_by_running(20)


@pytest.mark.parametrize(
    ("cubes", "scenes", "kills", "mortal"),
    [(4, 2, 0, ()), (2, 1, 1, [NODE, CONTROLLER, NAVIGATOR]), (1, 2, 1, [NODE, CONTROLLER])],
)
def test_a_controller_written_without_care_never_hangs(cubes, scenes, kills, mortal):
    world = students_conversation(cubes, scenes, kills, mortal).explore()
    assert faults(world) == []
    assert world.stuck() == []
    world.check_by_running(20)


def test_it_would_hang_if_the_old_result_still_stood_when_take_image_becomes_false():
    def keeps_the_result(script: Script) -> None:
        """The node as it was: what it deletes stays."""
        kept = type("Kept", (Script,), {"__delitem__": lambda self, name: None})
        script.__class__ = kept
        node(script)

    world = students_conversation(2, scenes=2, run_node=keeps_the_result).explore()
    assert faults(world) or world.stuck()


def test_the_courses_controller_is_served_as_well_also_when_one_is_killed():
    world = lesson(node, 2, kills=1, mortal=[NODE, CONTROLLER], is_node_quick=True).explore()
    assert faults(world) == []
    assert world.stuck() == []
    world.check_by_running(20)


def test_a_controller_that_never_pauses_may_get_an_old_label_when_it_was_killed():
    """Why a controller should wait for takeImage to be false again: seen nowhere else."""
    assert faults(lesson(node, 2).explore()) == []
    world = lesson(node, 2, kills=1, mortal=[CONTROLLER]).explore()
    assert faults(world) == ["a label is of a picture taken before the request"]


OLD = "a label is of a picture taken before the request"
LOST = "a label is missing, or came twice"
UNSEEN = "the navigator never saw RobotReady true after a cube"


@pytest.mark.parametrize(
    ("nn", "kills", "mortal", "broken", "is_stuck"),
    [
        (nn_as_handed_out(), 0, (), [OLD, LOST, UNSEEN], True),
        (nn_as_handed_out(is_strict=True), 0, (), [LOST, UNSEEN], True),
        (nn_label_first(is_strict=True), 0, (), [UNSEEN], True),
        (nn_flag_first(is_strict=True), 0, (), [UNSEEN], False),
        (nn_flag_first(is_strict=True), 1, [NODE], [UNSEEN], True),
    ],
)
def test_what_the_courses_own_protocol_does(nn, kills, mortal, broken, is_stuck):
    world = lesson(nn, 2, kills, mortal).explore()
    assert sorted(faults(world)) == sorted(broken)
    assert bool(world.stuck()) == is_stuck
    world.check_by_running(20)


def test_with_the_label_first_a_quick_controllers_ready_is_wiped_out():
    world = lesson(nn_label_first(is_strict=True), 2).explore()
    last = world.way_to(world.stuck()[0])[-1]
    waiting = world.points(world.states[world.stuck()[0]])
    assert last == "controller sets RobotReady to True"
    assert (waiting[0].op.kind, waiting[0].op.name) == ("set", "RobotReady")


class TestExploring:
    """The explorer itself, on programs of a few lines."""

    def test_two_who_wait_for_each_other_are_stuck(self):
        def waits_for(other, own):
            def run(script: Script) -> None:
                while script.get(other) != 1:
                    script.sleep(1.0)
                script[own] = 1

            return run

        class Never(Watch):
            pass

        programs = [Program("a", waits_for("/b", "/a")), Program("b", waits_for("/a", "/b"))]
        world = World(programs, Never()).explore()
        assert world.stuck() == list(range(len(world.states)))

    def test_a_lost_update_is_found(self):
        def add(script: Script) -> None:
            count = script.get("/count", 0)
            script["/count"] = count + 1

        class Both(Watch):
            start = 0

            def see(self, notes, party, op, answer):
                return max(notes, op.value) if op.kind == "set" else notes

            def is_done(self, notes):
                return notes == 2

        world = World([Program("a", add), Program("b", add)], Both()).explore()
        way = world.way_to(world.stuck()[0])
        assert [step.split(":")[0] for step in way] == ["a reads /count", "b reads /count"]

    def test_a_killed_program_starts_again_and_what_it_wrote_stays(self):
        def write(script: Script) -> None:
            script.get("/x")
            script["/x"] = 1

        world = World([Program("a", write)], Watch(), kills=1, mortal=["a"]).explore()
        ways = [world.way_to(number) for number in range(len(world.states))]
        again = ("a is killed and started again", "a reads /x: 1")
        assert any(way[-2:] == again for way in ways)

    def test_what_a_program_hides_from_the_explorer_is_noticed(self):
        def hides_its_list(script: Script) -> None:
            for item in list(range(script.act("draws", "a number"))):
                script["/x"] = item

        class Draws(Watch):
            def answers(self, notes, party, point):
                return (1, 2)

        world = World([Program("a", hides_its_list)], Draws()).explore()
        with pytest.raises(AssertionError, match="a stands elsewhere"):
            world.check_by_running(50)

    def test_a_fault_of_a_program_is_its_end(self):
        def crash(script: Script) -> None:
            script[LABEL] = script["/nowhere"]

        program = Program("a", crash)
        after = program.step(0, ABSENT, ABSENT)
        assert program.points[after].op.value == "KeyError: '/nowhere'"

    def test_values_that_are_equal_in_python_only_are_told_apart(self):
        values = [1, True, 1.0, -1, -1.0, None, "1", [1], (1, True), {"a": 1}]
        assert len({frozen(value) for value in values}) == len(values)

    def test_time_is_no_part_of_a_programs_state(self):
        def waits(script: Script) -> None:
            started = script.clock()
            while script.clock() - started < 10.0:
                script.sleep(1.0)

        program = Program("a", waits, skips_waits=lambda probed: False)
        assert program.step(0, "short", "short") == 0
        assert program.points[program.step(0, LONG, LONG)].op.kind == "end"
