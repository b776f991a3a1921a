"""What rospy would answer with a traceback is refused before, in one line with the way out."""

import pytest

pytest.importorskip("rospy")

from tod_ros.nodes.startup import start_fault

SOUND = {"ROS_MASTER_URI": "http://localhost:11311", "ROS_LOG_DIR": "/nowhere/log"}


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["_model:=/a/b", "__name:=eyes", "__ns:=/robot/left", "get_image:=/robot/get_image"],
        ["_min_score:=0.4", "__log:=/tmp/a.log", "__master:=http://[::1]:11311", "plain words"],
        ["_fault:=[slow, black]"],
    ],
)
def test_what_rospy_takes_is_taken(words):
    assert start_fault("inference", words, SOUND) == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["_model:=[1"], "the value in '_model:=[1' is no YAML"),
        (["_model:={a: 1, a"], "is no YAML"),
        (["a:=b:=c"], "'a:=b:=c' is no argument of ROS"),
        (["_a:=b:=c"], "is no argument of ROS"),
        (["__name:=" + "n" * 5000], "is no name of a node"),
        (["__name:=a/b"], "is no name of a node"),
        (["__name:=7"], "is no name of a node"),
        (["__ns:=a b"], "the namespace 'a b' is none"),
        (["__ns:=" + "n/" * 5000], "is none"),
        (["__master:=http://[::1"], "is no address of a ROS master"),
        (["__master:="], "is no address of a ROS master"),
    ],
)
def test_a_wrong_word_is_named(words, said):
    fault = start_fault("inference", words, SOUND)
    assert said in fault and len(fault) < 300


@pytest.mark.parametrize(
    "uri", ["http://[::1", "localhost:11311", "http://", "http://a:b", "http://a:99999", "", "x"]
)
def test_a_master_that_is_no_address_is_named(uri):
    fault = start_fault("inference", [], {**SOUND, "ROS_MASTER_URI": uri})
    assert fault.startswith("ROS_MASTER_URI ") and "http://localhost:11311" in fault


def test_a_file_in_place_of_the_logs_is_named(tmp_path):
    (tmp_path / "log").write_text("mine")
    fault = start_fault("inference", [], {**SOUND, "ROS_LOG_DIR": str(tmp_path / "log")})
    assert fault.startswith(f"{tmp_path}/log: is a file") and "ROS_LOG_DIR" in fault
