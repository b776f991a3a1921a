"""The controller that plays the lesson's nodes."""

from __future__ import annotations

import pytest

from tod_ros.errors import ConversationError
from tod_ros.protocol.controller import Controller, watch_ready

RESULT = {"request": 1, "count": 2, "labels": [2, 1], "names": ["two", "one"], "status": "ok"}


def answered(result):
    """What the node has written when a request is answered."""
    handover = {"request": result["request"], "state": "next", "cube": 1, "stamp": 0.0}
    told = {"inference/handover": handover, "inference/result": result}
    return {"takeImage": False, **told}


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
        if params["takeImage"] is True:
            params.update(answered(RESULT))
        if labels and params["label"] == -1 and (len(labels) == 2 or params["RobotReady"] is True):
            params.update({"RobotReady": False, "label": labels.pop(0)})

    scene = play({}, node, drive_s=3.0).sort_scene()
    assert (scene.labels, scene.names) == ((2, 1), ("two", "one"))
    assert seen[0] == {"label": -1, "RobotReady": -1, "takeImage": True}


def test_an_old_result_is_not_taken_for_the_new_one():
    params = {"inference/result": {**RESULT, "count": 0}}

    def node(params):
        if params["takeImage"] is True:
            params.update(answered({**RESULT, "request": 2, "count": 0, "status": "no_cubes"}))

    scene = play(params, node).sort_scene()
    assert (scene.labels, scene.result["request"]) == ((), 2)


def test_the_answer_to_a_controller_that_ran_before_is_not_taken_for_its_own():
    """Its request is still being looked at when the new controller asks."""
    handover = {"request": 2, "state": "looking", "cube": 0, "stamp": 0.0}
    params = {"inference/handover": handover, "inference/result": RESULT}
    late = [
        lambda: params.update({"inference/result": {**RESULT, "request": 2}}),
        lambda: params.update({"inference/handover": {**handover, "request": 3}}),
        lambda: params.update({"takeImage": False}),
        lambda: params.update({"inference/result": {**RESULT, "request": 3, "count": 0}}),
    ]
    scene = play(params, lambda _: late.pop(0)()).sort_scene()
    assert (scene.labels, scene.result["request"]) == ((), 3)


LOOKING = {"takeImage": False, "inference/handover": {"request": 1}}


@pytest.mark.parametrize(
    "result, words",
    [({}, "no node that looks"), (LOOKING, "no result"), (answered(RESULT), "no label")],
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
        params["RobotReady"] = values.pop(0)

    with pytest.raises(Over):
        watch_ready(params, lambda: told.append(1), sleep=sleep)
    assert len(told) == 3
