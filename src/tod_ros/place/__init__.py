"""Where on the desk a cube stands: the camera's calibration, and positions from boxes.

Plain. Imports ground modules only.
"""
