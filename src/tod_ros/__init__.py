"""Teach a robot to recognise objects, and hand what it sees to the rest of the robot."""

__version__ = "0.1.0"
