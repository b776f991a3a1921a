#!/usr/bin/env python3
"""Sort a scene as an action: watch its progress, cancel it with Ctrl-C.

Another node takes the labels, for example manipulation.py's second half.
"""

import sys

import actionlib
import rospy

from tod_ros.msg import SortCubesAction, SortCubesGoal


def on_feedback(told):
    rospy.loginfo("cube %d of %d: %s (%.2f)", told.cube, told.count, told.name, told.score)


rospy.init_node("sort_action")
client = actionlib.SimpleActionClient("inference/sort", SortCubesAction)
client.wait_for_server()
rospy.on_shutdown(client.cancel_goal)
client.send_goal(SortCubesGoal(), feedback_cb=on_feedback)
client.wait_for_result()
result = client.get_result()
rospy.loginfo("%s: %s", client.get_goal_status_text(), " ".join(result.names) or "no cubes")
sys.exit(client.get_state() != actionlib.GoalStatus.SUCCEEDED)
