"""The robot over ROS: camera, parameters, master, capture service; rospy's gaps are closed here.

ROS. Imports ground modules only.
"""
