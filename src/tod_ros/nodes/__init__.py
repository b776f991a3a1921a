"""The ROS nodes, one main() each.

Door. Imports images, dataset, protocol, place, inference, robot and simulation. Only
nodes/inference.py imports inference.
"""
