#!/usr/bin/env python3
"""docs/integration.md is walked on a running master: its commands as they stand, in its order.

Left out is what runs on the robot (poppy_controllers) and what is the reader's own
(ros4pro_custom). inference.launch starts the node. Unit tests hold that the French page has the
same commands, and that both show the examples' own text.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import tempfile
import unittest

import rospy
import rostest
from running import PATIENCE_S, wait_until

from tod_ros.shipped import shipped

PAGE = shipped("docs", "integration.md").read_text("utf-8")
ELSEWHERE = ("poppy_controllers", "ros4pro_custom")
ENDING = ("manipulation.py", "with_service.py", "rosparam")  # the others run until Ctrl-C


def blocks(language):
    found = re.findall(r"^```([a-z]*)\n(.*?)^```", PAGE, re.M | re.S)
    return [text for name, text in found if name == language]


def page_commands():
    """The commands of the page's blocks, and those that its sentences tell to run."""
    sentences = re.findall(r"`(rosrun tod_ros with_service\.py)`", PAGE)
    lines = [line for block in blocks("") for line in block.splitlines()]
    found = [line for line in lines if not any(name in line for name in ELSEWHERE)]
    services = next(i for i, line in enumerate(found) if line.startswith("ROS_NAMESPACE="))
    return [*found[:services], *sentences, *found[services:]]


def shown_output():
    (shown,) = blocks("text")
    return shown.splitlines()


class Terminal:
    """One command of the page, in a terminal of its own."""

    def __init__(self, command):
        self.command, self._log = command, tempfile.TemporaryFile("w+")
        environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "ROS_NAMESPACE")}
        environment["PYTHONUNBUFFERED"] = "1"
        self.process = subprocess.Popen(
            ["bash", "-c", command],
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )

    def lines(self):
        """What it has said until now, without rospy's heads."""
        self._log.seek(0)
        return [re.sub(r"^\[INFO\] \[[^]]*\]: ", "", line.rstrip()) for line in self._log]

    def end(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(PATIENCE_S)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


class IntegrationTest(unittest.TestCase):
    def run_command(self, command):
        """Its terminal, when it has ended by itself, or when what it starts is there."""
        terminal = Terminal(command)
        self.addCleanup(terminal.end)
        group = "/second" if "ROS_NAMESPACE=second" in command else ""
        if any(name in command for name in ENDING):
            terminal.process.wait(2 * PATIENCE_S)
            self.assertEqual(terminal.process.returncode, 0, f"{command}\n{terminal.lines()}")
        elif "simulated_ergo_jr.launch" in command:
            rospy.wait_for_service(f"{group}/get_image", PATIENCE_S)
        elif "inference.launch" in command:
            rospy.wait_for_service(f"{group}/inference/detect", PATIENCE_S)
        return terminal

    def test_the_page_sorts_a_scene_of_each_robot(self):
        terminals = {command: self.run_command(command) for command in page_commands()}
        controllers = [c for c in terminals if c.endswith("manipulation.py")]
        navigators = [c for c in terminals if c.endswith("navigation.py")]
        self.assertEqual((len(terminals), len(controllers), len(navigators)), (10, 2, 2))
        self.assertEqual(terminals[controllers[0]].lines(), shown_output())
        for group, controller, navigator in zip(("", "/second"), controllers, navigators):
            with self.subTest(controller):
                result = rospy.get_param(f"{group}/inference/result")
                self.assertEqual(result["count"], 2 if group else 3)
                said = "ok: " + " ".join(result["names"])
                self.assertEqual(terminals[controller].lines()[0], said)
                bins = [f"driving to bin {label}" for label in result["labels"]]
                driven = terminals[navigator].lines
                wait_until(
                    lambda bins=bins, driven=driven: [w for w in driven() if "bin" in w] == bins,
                    f"{navigator} drives to each bin",
                )
                self.assertEqual(rospy.get_param(f"{group}/target"), -1)
        (boxes,) = [c for c in terminals if c.startswith("rosparam")]
        self.assertEqual(sum("- -" in line for line in terminals[boxes].lines()), 3)
        (service,) = [c for c in terminals if "with_service" in c]
        self.assertEqual(len(terminals[service].lines()), 3)


if __name__ == "__main__":
    rospy.init_node("integration_test")
    rostest.rosrun("tod_ros", "integration_test", IntegrationTest)
