"""The controller that plays the lesson's nodes."""

from __future__ import annotations

import pytest

from tod_ros.controller import Controller, watch_ready
from tod_ros.errors import ConversationError

RESULT = {"request": 1, "count": 2, "labels": [2, 1], "names": ["two", "one"], "status": "ok"}


def play(params, node, **options):
    """A controller in virtual time; `node(params)` acts whenever the controller sleeps."""
    now = [0.0]

    def sleep(seconds):
        now[0] += seconds
        node(params)

    return Controller(params, sleep=sleep, clock=lambda: now[0], **options)


def test_it_takes_each_label_drives_and_says_ready():
    labels = [2, 1]
    seen = []

    def node(params):
        seen.append(dict(params))
        if params["/takeImage"] is True:
            params.update({"/takeImage": False, "/inference/result": RESULT})
        if (
            labels
            and params["/label"] == -1
            and (len(labels) == 2 or params["/RobotReady"] is True)
        ):
            params.update({"/RobotReady": False, "/label": labels.pop(0)})

    scene = play({}, node, drive_s=3.0).sort_scene()
    assert (scene.labels, scene.names) == ((2, 1), ("two", "one"))
    assert seen[0] == {"/label": -1, "/RobotReady": -1, "/takeImage": True}


def test_an_old_result_is_not_taken_for_the_new_one():
    params = {"/inference/result": {**RESULT, "count": 0}}

    def node(params):
        if params["/takeImage"] is True:
            params["/takeImage"] = False
            params["/inference/result"] = {**RESULT, "request": 2, "count": 0, "status": "no_cubes"}

    scene = play(params, node).sort_scene()
    assert (scene.labels, scene.result["request"]) == ((), 2)


@pytest.mark.parametrize(
    "result, words", [({}, "no result of the node"), ({"/inference/result": RESULT}, "no /label")]
)
def test_no_wait_is_for_ever(result, words):
    def node(params):
        params.update(result)

    with pytest.raises(ConversationError, match=words):
        play({}, node, patience_s=5.0).sort_scene()


def test_the_second_party_tells_each_time_that_ready_turned_true():
    class Over(Exception):
        pass

    values = [-1, True, True, False, 1, {"odd": 1}, True]
    params, told = {}, []

    def sleep(_seconds):
        if not values:
            raise Over
        params["/RobotReady"] = values.pop(0)

    with pytest.raises(Over):
        watch_ready(params, lambda: told.append(1), sleep=sleep)
    assert len(told) == 3
