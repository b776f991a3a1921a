"""One picture through the capture node, for programs that are no ROS nodes.

    python -m tod_ros.robot.capture_service /capture/capture

prints the answer as one line of JSON: {"success": true, "path": "...", "message": ""}.
"""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import sys
from typing import Any, Dict, List, Tuple
from urllib.parse import urlsplit

from tod_ros.robot.master import MASTER_FAULTS, connect_master

MASTER_TIMEOUT_S = 1.0


def main(arguments: List[str]) -> int:
    (service,) = arguments
    print(json.dumps(take_picture(service)))
    return 0


def take_picture(service: str) -> Dict[str, Any]:
    """Call the capture service; waits as long as the node does: the caller has the deadline."""
    # imported here: who only looks for the service, the page's server, starts without rospy
    import rospy

    from tod_ros.srv import Capture

    rospy.init_node("tod_annotate", anonymous=True, disable_signals=True, disable_rosout=True)
    try:
        answer = rospy.ServiceProxy(service, Capture)()
    except rospy.ServiceException as error:
        return {"success": False, "path": "", "message": f"{service} failed: {error}"}
    return {"success": answer.success, "path": answer.path, "message": answer.message}


def look_for(service: str) -> Tuple[str, Dict[str, str]]:
    """Whether the capture node can be called, and if not, why."""
    if importlib.util.find_spec("tod_ros.srv") is None:
        return "camera_no_ros", {}
    try:
        code, _, uri = connect_master(MASTER_TIMEOUT_S).lookupService("/tod_annotate", service)
    except MASTER_FAULTS:
        return (
            "camera_no_master",
            {"uri": os.environ.get("ROS_MASTER_URI", "http://localhost:11311")},
        )
    if code != 1 or not _answers(uri):
        return ("camera_no_node", {"service": service})
    return ("", {})


def _answers(uri: str) -> bool:
    """Whether somebody listens there; a node that was killed stays listed at the master."""
    address = urlsplit(uri)
    if address.hostname is None or address.port is None:
        return False
    try:
        with socket.create_connection((address.hostname, address.port), MASTER_TIMEOUT_S):
            return True
    except (OSError, ValueError):
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
