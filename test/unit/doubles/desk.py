"""A camera that looks down on a sheet of paper on a desk."""

import numpy as np

from tod_ros.place.desk_camera import look_at

SIZE_WH = (640, 480)


def camera(focal_px=620.0, height_m=0.2, back_m=0.2, x_m=0.13, down_deg=40.0, roll_deg=3.0):
    """Above the near edge of the sheet, looking away from the robot and down."""
    down, roll = np.radians(down_deg), np.radians(roll_deg)
    level = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]])  # looks along y, z up
    pitch = np.array([[1, 0, 0], [0, np.cos(down), -np.sin(down)], [0, np.sin(down), np.cos(down)]])
    rolled = np.array(
        [[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]]
    )
    return look_at(focal_px, SIZE_WH, rolled @ pitch @ level, np.array([x_m, -back_m, height_m]))
