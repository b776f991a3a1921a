#!/usr/bin/env python3
"""What is there now? One call of ~detect, which touches no parameter."""

import sys

import rospy

from tod_ros.srv import Detect

rospy.init_node("with_service")
rospy.wait_for_service("inference/detect")  # there as soon as the network is ready
answer = rospy.ServiceProxy("inference/detect", Detect)()
if not answer.success:
    rospy.logerr("%s", answer.message)
    sys.exit(1)
for cube in answer.detections.detections:  # left to right
    rospy.loginfo("%s (%.2f) at %.0f", cube.name, cube.score, (cube.xmin + cube.xmax) / 2)
