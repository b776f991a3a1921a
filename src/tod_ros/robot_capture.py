"""One picture through the capture node, for programs that are no ROS nodes.

    python -m tod_ros.robot_capture /capture/capture

prints the answer as one line of JSON: {"success": true, "path": "...", "message": ""}.
"""

from __future__ import annotations

import json
import sys
from typing import Any, Dict, List

import rospy

from tod_ros.srv import Capture


def main(arguments: List[str]) -> int:
    (service,) = arguments
    print(json.dumps(take_picture(service)))
    return 0


def take_picture(service: str) -> Dict[str, Any]:
    """Call the capture service; waits as long as the node does: the caller has the deadline."""
    rospy.init_node("tod_annotate", anonymous=True, disable_signals=True, disable_rosout=True)
    try:
        answer = rospy.ServiceProxy(service, Capture)()
    except rospy.ServiceException as error:
        return {"success": False, "path": "", "message": f"{service} failed: {error}"}
    return {"success": answer.success, "path": answer.path, "message": answer.message}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
