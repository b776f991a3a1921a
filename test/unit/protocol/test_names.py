"""Parameters of the protocol that stand in one another's way are refused at the start."""

import pytest

from tod_ros.errors import SettingError
from tod_ros.protocol.names import refuse_clashes

USUAL = {
    "take_image_param": "/takeImage",
    "robot_ready_param": "/RobotReady",
    "label_param": "/label",
}


@pytest.mark.parametrize("changed", [{}, {"label_param": "/takeImages"}, {"label_param": "/a/b"}])
def test_names_of_their_own_are_taken(changed):
    refuse_clashes({**USUAL, **changed}, "/inference")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"label_param": "/takeImage"}, "'take_image_param' and 'label_param' name /takeImage"),
        ({"robot_ready_param": "/takeImage"}, "'take_image_param' and 'robot_ready_param'"),
        ({"robot_ready_param": "/label"}, "'robot_ready_param' and 'label_param'"),
        ({"label_param": "/takeImage/label"}, "of which one holds the other"),
        ({"take_image_param": "/label/ask"}, "of which one holds the other"),
        ({"label_param": "/inference"}, "'label_param' names /inference, where node /inference"),
        ({"label_param": "/inference/result"}, "keeps its private parameters"),
        ({"take_image_param": "/inference/handover"}, "keeps its private parameters"),
    ],
)
def test_names_in_the_way_are_refused(changed, said):
    with pytest.raises(SettingError) as caught:
        refuse_clashes({**USUAL, **changed}, "/inference")
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_a_namespace_that_holds_the_node_is_no_parameter():
    with pytest.raises(SettingError, match="where node /robot/inference"):
        refuse_clashes({**USUAL, "label_param": "/robot"}, "/robot/inference")
