"""Draws pictures of marked cubes with known true boxes."""

from tod_ros.scene.compose import Scene, draw_scene
from tod_ros.scene.mosaic import draw_mosaic, draw_patchwork
from tod_ros.scene.photographs import read_faces

__all__ = ["Scene", "draw_mosaic", "draw_patchwork", "draw_scene", "read_faces"]
