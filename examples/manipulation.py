#!/usr/bin/env python3
"""The lesson's controller: asks for a look, then grasps one cube after the other, left to right."""

import rospy


def wait_until(condition):
    while not condition():
        rospy.sleep(0.05)  # raises when the node is to end


def play(movement):
    rospy.loginfo("playing %s", movement)  # your recorded movement comes here


rospy.init_node("manipulation")
for name in ("label", "RobotReady", "takeImage", "target"):
    rospy.set_param(name, -1)
rospy.set_param("takeImage", True)  # look now
wait_until(lambda: rospy.get_param("takeImage") is False)  # from here on, what is there is ours
wait_until(lambda: rospy.has_param("inference/result"))
result = rospy.get_param("inference/result")
rospy.loginfo("%s: %s", result["status"], " ".join(result["names"]) or "no cubes")

for number in range(result["count"]):
    wait_until(lambda: rospy.get_param("label") != -1)
    label = rospy.get_param("label")
    rospy.set_param("label", -1)  # taken
    play(f"grasp cube {number + 1}")
    rospy.set_param("target", label)  # navigation.py drives it away
    wait_until(lambda: rospy.get_param("target") == -1)
    rospy.set_param("RobotReady", True)  # the next one
