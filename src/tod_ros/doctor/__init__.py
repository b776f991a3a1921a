"""What is wrong with machine, robot, project, config or model, and the mend.

Door. Imports images, dataset, models, annotate, pipeline, training and robot.
"""
