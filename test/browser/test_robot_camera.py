"""The camera button, against the simulated Ergo Jr and the real capture node."""

from __future__ import annotations

import os
import signal
import socket
import subprocess

import pytest
from browsing import PATIENCE_S, wait_until


@pytest.fixture
def master_uri():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://localhost:{free.getsockname()[1]}"


@pytest.fixture
def launch(master_uri):
    launched = []

    def start(*words):
        environment = {**os.environ, "ROS_MASTER_URI": master_uri, "ROS_HOSTNAME": "localhost"}
        port = master_uri.rpartition(":")[2]
        launched.append(
            subprocess.Popen(
                ["roslaunch", "-p", port, *words],
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        return launched[-1]

    yield start
    for process in reversed(launched):
        end(process)


def end(process):
    process.send_signal(signal.SIGINT)
    process.wait(PATIENCE_S)


def why_off(page):
    return page.find("#camera").get_attribute("title")


def test_without_a_master_the_button_says_why_it_is_off(page, make_cubes, serve, master_uri):
    server = serve(make_cubes(1), ROS_MASTER_URI=master_uri, ROS_HOSTNAME="localhost")
    page.open(server.url)
    wait_until(lambda: "no ROS master" in why_off(page), "the reason")
    assert page.find("#camera").get_attribute("aria-disabled") == "true"
    page.press("t")
    page.wait_toast(master_uri)


def test_a_picture_of_the_simulated_robot_appears_in_the_strip(
    page, make_cubes, serve, launch, master_uri
):
    cubes = make_cubes(1)
    launch("poppy_controllers", "control.launch")
    server = serve(cubes, ROS_MASTER_URI=master_uri, ROS_HOSTNAME="localhost")
    page.open(server.url)
    wait_until(lambda: "capture.launch starts it" in why_off(page), "the way out")
    project = os.path.abspath(cubes.project.root)
    launch("tod_ros", "capture.launch", f"project:={project}", "split:=train")
    wait_until(lambda: "robot's camera" in why_off(page) and enabled(page), "the button", 60)
    page.click("#camera")
    wait_until(lambda: page.shows("image002"), "the new picture", 60)
    assert (cubes.images / "image002.png").is_file()
    assert "All 2" in page.text("#filters")
    assert page.scale() > 0


def enabled(page):
    return page.find("#camera").get_attribute("aria-disabled") == "false"
