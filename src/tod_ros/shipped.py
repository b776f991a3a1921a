"""The files that come with the package: config/, models/."""

from __future__ import annotations

from pathlib import Path

from tod_ros.errors import RuntimeMissingError


def shipped(*parts: str) -> Path:
    """The path of a file of the package: in its source folder, else where catkin installed it."""
    beside_source = Path(__file__).resolve().parents[2]
    if (beside_source / "package.xml").is_file():
        return beside_source.joinpath(*parts)
    import rospkg  # of ROS; not needed beside the sources

    try:
        return Path(rospkg.RosPack().get_path("tod_ros")).joinpath(*parts)
    except rospkg.ResourceNotFound:
        raise RuntimeMissingError(
            "package tod_ros is not found: source .ws/devel/setup.bash first"
        ) from None
