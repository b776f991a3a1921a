"""Draws pictures of marked cubes whose true boxes are known.

Plain. Imports images.
"""

from tod_ros.scene.compose import draw_scene
from tod_ros.scene.mosaic import draw_mosaic, draw_patchwork
from tod_ros.scene.photographed_faces import read_faces
from tod_ros.scene.request import SceneRequest
from tod_ros.scene.scene import Scene

__all__ = ["Scene", "SceneRequest", "draw_mosaic", "draw_patchwork", "draw_scene", "read_faces"]
