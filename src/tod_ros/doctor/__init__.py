"""What is wrong with this machine, robot, project or config, and the mend.

machine.py and project.py are plain, config.py reads pipeline.config through the protobufs (without
TensorFlow), robot.py talks to ROS. They meet in `tod doctor` alone.
"""
