"""Faces photographed, for classes that no pen can draw: a folder of pictures for each class.

FOLDER/sticker/1.png  FOLDER/sticker/2.jpg  FOLDER/lion/front.png
"""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List

import numpy as np

from tod_ros.errors import SceneError
from tod_ros.files import PathLike
from tod_ros.images.image_file import read_image

EXTENSIONS = (".png", ".jpg", ".jpeg", ".bmp")


def read_faces(folder: PathLike) -> Dict[str, List[np.ndarray]]:
    """The pictures of each class, named as its folder; what draw_scene takes as `photos`."""
    root = Path(folder)
    if not root.is_dir():
        raise SceneError(f"{root}: no such folder of photographed faces")
    folders = [part for part in sorted(root.iterdir()) if part.is_dir()]
    photos = {folder.name: _pictures(folder) for folder in folders}
    empty = sorted(name for name, faces in photos.items() if not faces)
    if empty or not photos:
        where = root / empty[0] if empty else root
        raise SceneError(
            f"{where}: no pictures of faces; put them into {root}/CLASS/*.png or *.jpg"
        )
    return photos


def _pictures(folder: Path) -> List[np.ndarray]:
    found = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in EXTENSIONS]
    return [read_image(path) for path in found]
