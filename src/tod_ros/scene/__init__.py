"""Draws pictures of marked cubes with known true boxes."""

from tod_ros.scene.compose import Scene, draw_scene

__all__ = ["Scene", "draw_scene"]
