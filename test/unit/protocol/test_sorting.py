"""A scene that somebody only asks for and watches, over a dict; `moves` are what the node does."""

from __future__ import annotations

import pytest

from tod_ros.errors import ConversationError
from tod_ros.protocol.handover import LOOKING, NEXT, OFFERED, OVER
from tod_ros.protocol.sorting import Sorting
from tod_ros.settings import InferenceSettings

TWO = {"request": 7, "status": "ok", "count": 2, "labels": [2, 1], "names": ["two", "one"]}
RESULT = {**TWO, "scores": [0.9, 0.8]}


def at(state, cube=0, request=7):
    return {"handover": {"request": request, "state": state, "cube": cube}}


SEEN = {"takeImage": False, **at(LOOKING)}


def sort(moves, cancelled_after=None):
    """What comes out, the cubes that were told, and the requests that were cancelled."""
    params, told, cancelled, left = {}, [], [], list(moves)
    slept = []

    def sleep(_seconds):
        slept.append(1)
        params.update(left.pop(0))

    sorting = Sorting(
        params,
        InferenceSettings(),
        result_param="result",
        handover_param="handover",
        cancel=cancelled.append,
        sleep=sleep,
    )
    is_cancelled = (lambda: len(told) >= cancelled_after) if cancelled_after is not None else bool
    return sorting.sort(told.append, is_cancelled), [(o.cube, o.name) for o in told], cancelled


def test_each_cube_is_told_once_and_the_result_comes_at_the_end():
    done = [at(OFFERED, 1), at(OFFERED, 1), at(NEXT, 2), at(OFFERED, 2), at(OVER)]
    result, told, cancelled = sort([{}, SEEN, {"result": RESULT}, *done])
    assert result == RESULT
    assert told == [(1, "two"), (2, "one")]
    assert cancelled == []


def test_a_cube_that_went_by_between_two_looks_is_told_late():
    assert sort([SEEN, {"result": RESULT, **at(OVER)}, {}])[1] == [(1, "two"), (2, "one")]


def test_a_cube_that_a_quick_taker_has_taken_already_is_told_while_the_next_one_waits():
    moves = [SEEN, {"result": RESULT, **at(NEXT, 2)}, at(OFFERED, 2), at(OVER)]
    result, told, _ = sort(moves)
    assert result == RESULT and told == [(1, "two"), (2, "one")]


def test_cancelled_while_a_cube_is_on_offer_it_waits_for_the_node_to_give_up():
    moves = [SEEN, {"result": RESULT, **at(OFFERED, 1)}, {}, {}, at(OVER, 1)]
    result, told, cancelled = sort(moves, cancelled_after=1)
    assert (result, told, cancelled) == (None, [(1, "two")], [7])


def test_cancelled_before_the_node_has_seen_it_the_request_is_taken_back():
    assert sort([], cancelled_after=0) == (None, [], [])


@pytest.mark.parametrize(
    "moves",
    [
        [SEEN, {"result": {**RESULT, "request": 8}}],
        [SEEN, {"result": RESULT, **at(OFFERED, 1)}, at(LOOKING, request=8)],
        [SEEN, {"result": RESULT, **at(OFFERED, 1)}, at(OVER, 1)],
    ],
)
def test_somebody_elses_request_ends_it_in_words(moves):
    with pytest.raises(ConversationError, match="request 7 was abandoned"):
        sort(moves)
