"""The simulated Ergo Jr: what its camera sees, and its faults.

Door. Imports images, scene, dataset and robot.
"""
