"""Findings about the machine: what is wrong is named, with the mend."""

import pytest

from tod_ros.doctor.machine import (
    check_disk,
    check_host_name,
    check_machine,
    check_memory,
    check_opencv,
    check_python,
    check_ros,
    check_versions,
    own_name,
    read_pins,
)


def never(_):
    return False


def always(_):
    return True


def installed(**versions):
    return lambda name: versions.get(name.replace("-", "_"))


@pytest.mark.parametrize("version, status", [((3, 8), "ok"), ((3, 11), "ok"), ((3, 12), "wrong")])
def test_the_pythons_that_tensorflow_and_ros_share(version, status):
    assert check_python(version).status == status


@pytest.mark.parametrize(
    "finding, part",
    [
        (check_python((3, 7)), "3.7, TensorFlow and ROS 1 need 3.8 to 3.11"),
        (
            check_ros(lambda name: name == "rospy", {}),
            "tod_ros.srv cannot be imported; source .ws/devel/setup.bash",
        ),
        (
            check_versions({"protobuf": "3.20.3"}, installed(protobuf="4.21.0"))[0],
            "protobuf: 4.21.0, tested with 3.20.3; set the package up again with `make setup`",
        ),
        (
            check_opencv(installed(opencv_python_headless="4.9.0")),
            "opencv-python-headless hides the system's OpenCV, which cv_bridge is built with;"
            " python -m pip uninstall opencv-python-headless",
        ),
        (check_disk("cubes", 500_000_000), "0.5 GB free in cubes, a training needs about 3"),
        (check_memory(900_000_000), "0.9 GB available, a training needs 2 and more"),
        (check_host_name("robot", never), "add `127.0.0.1 localhost` to /etc/hosts"),
        (
            check_host_name("robot", lambda name: name == "localhost"),
            "robot does not resolve: roslaunch and other machines cannot reach nodes here;"
            " export ROS_HOSTNAME=localhost",
        ),
    ],
)
def test_what_is_wrong_is_told_with_the_mend(finding, part):
    assert finding.status == "wrong"
    assert part in str(finding)
    assert "\n" not in str(finding)


@pytest.mark.parametrize(
    "finding",
    [
        check_ros(always, {"ROS_DISTRO": "noetic"}),
        check_versions({"numpy": "1.24.2"}, installed(numpy="1.24.2"))[0],
        check_opencv(installed()),
        check_disk(".", 50_000_000_000),
        check_memory(8_000_000_000),
        check_host_name("robot", always),
    ],
)
def test_what_is_right_is_ok(finding):
    assert finding.status == "ok"


def test_what_cannot_be_known_is_no_fault():
    assert check_memory(float("inf")).status == "off"
    assert check_versions({}, installed())[0].status == "off"
    assert check_versions({"numpy": "1.24.2"}, installed()) == []  # the kind of machine tells it


def test_a_machine_without_ros_can_annotate_and_train():
    finding = check_ros(never, {})
    assert finding.status == "off" and "source /opt/ros/noetic/setup.bash" in finding.mend


def test_pins_are_read_for_this_python_and_only_where_exact(tmp_path):
    (tmp_path / "robot.in").write_text(
        "# why\nnumpy==1.24.2 ; python_version >= '3'\nnumpy==1.0 ; python_version < '3'\n"
        "scipy<1.16\ntqdm\nprotobuf==3.20.3  # because\n"
    )
    assert read_pins(tmp_path) == {"numpy": "1.24.2", "protobuf": "3.20.3"}
    assert read_pins(tmp_path, "training.in") == {}  # a robot need not agree with it


def test_nodes_are_called_as_ros_would_call_them():
    assert own_name({"ROS_HOSTNAME": "desk", "ROS_IP": "10.0.0.2"}) == "desk"
    assert own_name({"ROS_IP": "10.0.0.2"}) == "10.0.0.2"
    assert own_name({})


def test_this_very_machine_is_examined_whole():
    findings = check_machine("a/folder/that/is/not/there/yet")
    about = {finding.about for finding in findings}
    assert {"Python", "ROS", "OpenCV", "disk", "memory", "host name"} <= about
