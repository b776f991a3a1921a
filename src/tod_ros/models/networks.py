"""The networks that are here: fetched from the zoo, or shipped with the package."""

from __future__ import annotations

from pathlib import Path
from typing import List, Optional, Tuple

from tod_ros.errors import ZooError
from tod_ros.models.folder import card_of_network
from tod_ros.models.zoo import find
from tod_ros.shipped import shipped


def shipped_networks() -> List[Path]:
    """The folders of the networks to start from that come with the package."""
    models = shipped("models")
    return sorted(
        path.parent for path in models.glob("*/pipeline.config") if is_network(path.parent)
    )


def input_hw_of(folder: Path) -> Optional[Tuple[int, int]]:
    """The size of a network's input as its model.json tells it; None where it tells none."""
    size = card_of_network(folder).get("input_size_hw", [])
    return (size[0], size[1]) if len(size) == 2 else None


def is_network(folder: Path) -> bool:
    """Whether a folder holds what training starts from."""
    return (folder / "pipeline.config").is_file() and any(folder.glob("checkpoint/*.index"))


def network_folder(name: str, pre_trained: Path) -> Path:
    """Where network `name` is: in `pre_trained`, or in the package; ZooError if nowhere."""
    folder = pre_trained / name
    if is_network(folder):
        return folder
    for path in shipped_networks():
        if path.name == name:
            return path
    if folder.is_dir():
        raise ZooError(
            f"{folder}: holds no pipeline.config with a checkpoint/; remove it and run"
            f" `tod zoo get {name}`"
        )
    find(name)
    raise ZooError(f"network {name} is not in {pre_trained}; `tod zoo get {name}` fetches it")
