"""The `tod` command: its verbs, and all that a terminal shows.

Door. Imports images, scene, dataset, models, evaluation, annotate, inference, pipeline, training,
export, place, robot and doctor.
"""

from tod_ros.cli.command import main as main
