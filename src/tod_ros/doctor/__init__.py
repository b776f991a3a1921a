"""What is wrong with machine, robot, project, config or model, and how to mend it.

Door. Imports images, dataset, models, annotate, pipeline, training and robot.
"""
