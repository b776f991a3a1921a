"""A stand-in for the robot Poppy Ergo Jr: its camera, as seen over ROS."""
