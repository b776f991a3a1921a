"""Two nodes on the same parameters: the second is refused, by name."""

from __future__ import annotations

from typing import Any, Dict

import pytest

from tod_ros.errors import ConversationError
from tod_ros.protocol.claims import Claims

NAMES = ("/takeImage", "/RobotReady", "/lesson/label")


def claims(params: Dict[str, Any], node: str, alive: tuple = ("/first", "/second")) -> Claims:
    return Claims(params, node, NAMES, lambda name: name in alive)


def test_the_second_node_is_refused_with_the_first_ones_name_and_the_parameter():
    params: Dict[str, Any] = {}
    claims(params, "/first").hold()
    with pytest.raises(ConversationError, match=r"node /first serves parameter /takeImage"):
        claims(params, "/second").hold()
    claims(params, "/first").hold()


def test_one_parameter_in_common_is_enough():
    params: Dict[str, Any] = {}
    Claims(params, "/first", ["/a", "/b", "/lesson/label"], lambda _: True).hold()
    with pytest.raises(ConversationError, match="parameter /lesson/label already"):
        claims(params, "/second").hold()


@pytest.mark.parametrize("left", ["/dead", "", 7, {}, None, ["/first"]])
def test_the_claim_of_a_node_that_is_no_more_or_of_nobody_is_taken_over(left):
    params = {"/tod_ros/claims/takeImage": left}
    claims(params, "/second").hold()
    assert params["/tod_ros/claims/takeImage"] == "/second"


def test_a_claim_that_a_restarted_master_has_forgotten_is_made_again():
    params: Dict[str, Any] = {}
    held = claims(params, "/first")
    held.hold()
    params.clear()
    held.hold()
    with pytest.raises(ConversationError, match="/first"):
        claims(params, "/second").hold()


def test_of_two_that_start_together_one_stays():
    """Both have looked before either has written; the second look tells."""
    params: Dict[str, Any] = {}
    first, second = claims(params, "/first"), claims(params, "/second")
    first.hold()
    params.clear()
    second.hold()
    with pytest.raises(ConversationError, match="/second"):
        first.hold()
    second.hold()
