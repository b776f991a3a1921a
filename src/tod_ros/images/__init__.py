"""Pictures as arrays: from and to files and ROS messages, sized, checked, drawn on.

Plain. Imports ground modules only.
"""
