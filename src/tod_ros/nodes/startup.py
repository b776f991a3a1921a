"""What a node asks the ROS master before rospy connects, in the order of NodeLife.begin()."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from typing import Any, Dict, Mapping

import rosgraph
import rospy

from tod_ros.nodes.ending import leave
from tod_ros.robot.master import MASTER_FAULTS, connect_master, is_node_alive
from tod_ros.robot.parameters import REPEAT_S

MASTER_TIMEOUT_S = 2.0
NAMESAKE_ENDS_WITHIN_S = 3.0

log = logging.getLogger("rosout." + __name__)


def wait_for_master(name: str) -> None:
    """Wait until the master answers; a warning every 30 s says what is waited for."""
    spoken_at = None
    while True:
        try:
            connect_master(MASTER_TIMEOUT_S).getPid(f"/{name}")
            return
        except MASTER_FAULTS as error:
            if spoken_at is None or time.monotonic() - spoken_at >= REPEAT_S:
                uri = rosgraph.get_master_uri()
                log.warning("%s: waiting for the ROS master at %s (%s)", name, uri, error)
                spoken_at = time.monotonic()
        time.sleep(0.2)


def full_name(name: str) -> str:
    """The node's full name, as rospy.init_node(name) will have it."""
    own_name = rosgraph.names.load_mappings(sys.argv).get("__name", name)
    return str(rosgraph.names.ns_join(rosgraph.names.get_ros_namespace(), own_name))


def values_ahead(own_name: str) -> Dict[str, Any]:
    """The private parameters as the command line and the parameter server have them now."""
    values: Any = {}
    with contextlib.suppress(*MASTER_FAULTS):
        _, _, values = connect_master(MASTER_TIMEOUT_S).getParam(own_name, own_name)
    on_server = values if isinstance(values, Mapping) else {}
    return {**on_server, **rospy.client.load_command_line_node_params(sys.argv)}


def refuse_namesake(own_name: str) -> None:
    """End this process if another node has its name and is not just about to end."""
    until = time.monotonic() + NAMESAKE_ENDS_WITHIN_S
    while _is_alive(own_name):
        if time.monotonic() > until:
            log.critical(
                "a node %s is running already; end it first (rosnode kill %s), or give this one"
                " another name, for example __name:=%s2",
                *(own_name, own_name, own_name.rsplit("/", 1)[-1]),
            )
            leave(1)
        time.sleep(0.1)


def _is_alive(name: str) -> bool:
    try:
        return is_node_alive(name, MASTER_TIMEOUT_S)
    except MASTER_FAULTS:  # rospy.init_node says so
        return False
