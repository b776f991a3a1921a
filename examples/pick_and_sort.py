#!/usr/bin/env python3
"""The arm's goal for each cube, left to right; inference.launch needs place:=, see place.md."""

import math

import rospy

DESK_IN_ARM = (0.12, 0.15, 0.0)  # metres: the sheet's near left corner, as the arm counts
CUBE_M = 0.04


def wait_until(condition):
    while not condition():
        rospy.sleep(0.05)  # raises when the node is to end


def goal_of(place):
    x, y, turn = place  # the middle of the cube's base on the desk, and its turn in degrees
    return x + DESK_IN_ARM[0], y + DESK_IN_ARM[1], CUBE_M / 2 + DESK_IN_ARM[2], math.radians(turn)


rospy.init_node("pick_and_sort")
for name in ("label", "RobotReady", "takeImage"):
    rospy.set_param(name, -1)
rospy.set_param("takeImage", True)
wait_until(lambda: rospy.get_param("takeImage") is False and rospy.has_param("inference/result"))
result = rospy.get_param("inference/result")
for place in result.get("places", [[]] * result["count"]):
    wait_until(lambda: rospy.get_param("label") != -1)
    label = rospy.get_param("label")
    rospy.set_param("label", -1)  # taken
    if not place:
        rospy.logwarn("no place: leave it to a person")
    else:
        what = "turn it and look again" if label == -2 else f"bring it to bin {label}"
        rospy.loginfo("arm to x %.3f y %.3f z %.3f turn %.2f: %s", *goal_of(place), what)
    rospy.set_param("RobotReady", True)  # your arm has done it: the next one
