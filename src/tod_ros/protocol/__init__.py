"""The takeImage / RobotReady / label protocol: both sides of it, over any mapping.

Plain. Imports ground modules only.
"""
