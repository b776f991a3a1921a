"""A service that is offered only where nobody else offers it already."""

from __future__ import annotations

from typing import Any, Callable, Optional

import rospy

from tod_ros.errors import CameraError
from tod_ros.robot.image_client import ImageClient
from tod_ros.robot.master import connect_master

TIMEOUT_S = 1.0


def serve_alone(name: str, kind: Any, answer: Callable[[Any], Any]) -> Any:
    """Offer a camera service; CameraError where another node that is alive does so already.

    rospy would take the name over without a word, and the other camera would be gone for everybody.
    """
    whole_name = rospy.resolve_name(name)
    holder = provider_of(whole_name)
    if holder not in (None, rospy.get_name()) and not _is_gone(whole_name):
        raise CameraError(
            f"service {whole_name} is served by node {holder} already: a camera is there; end that"
            f" node (rosnode kill {holder}), or start this one in a namespace (ROS_NAMESPACE=..."
            " or <group ns=...>)"
        )
    return rospy.Service(name, kind, answer)


def provider_of(service: str) -> Optional[str]:
    """The node that the master has for this service, alive or not."""
    _, _, state = connect_master(TIMEOUT_S).getSystemState(rospy.get_name())
    for name, nodes in state[2]:
        if name == service and nodes:
            return str(nodes[0])
    return None


def _is_gone(service: str) -> bool:
    """Nothing answers under the name: the node was killed, and the master does not know."""
    return ImageClient(service, TIMEOUT_S).missing() == f"service {service} is not there"
