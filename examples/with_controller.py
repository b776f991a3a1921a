#!/usr/bin/env python3
"""The lesson's controller in one call, with the package's own Controller."""

import rospy

from tod_ros.protocol.controller import Controller
from tod_ros.robot.parameters import RosParams

rospy.init_node("with_controller")
scene = Controller(RosParams(), drive_s=0.5).sort_scene()  # takes every label, says ready for each
rospy.loginfo("%s: %s", scene.result["status"], " ".join(scene.names) or "no cubes")
