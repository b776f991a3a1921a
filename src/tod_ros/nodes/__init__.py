"""The ROS nodes, one main() each.

Door. Imports images, dataset, protocol, inference, robot and simulation. Only nodes/inference.py
imports inference.
"""
