"""What a node asks the ROS master before rospy connects, in the order of NodeLife.begin()."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
import time
from typing import Any, Dict, Mapping, Sequence
from urllib.parse import urlsplit

import rosgraph
import rospkg
import rospy

from tod_ros.nodes.ending import leave
from tod_ros.robot.master import MASTER_FAULTS, connect_master, is_node_alive
from tod_ros.robot.parameters import REPEAT_S
from tod_ros.text import MOST_LETTERS, harmless, shown

MASTER_TIMEOUT_S = 2.0
NAMESAKE_ENDS_WITHIN_S = 3.0
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")

log = logging.getLogger("rosout." + __name__)


def refuse_what_rospy_cannot_take(name: str) -> None:
    """End this process with one line, where rospy would end it with a traceback."""
    fault = start_fault(name, sys.argv[1:], os.environ)
    if fault:
        log.critical("%s: %s", name, harmless(fault))
        leave(1)


def start_fault(name: str, words: Sequence[str], environ: Mapping[str, str]) -> str:
    """What is wrong with the command line or the environment of a node; "" if nothing is."""
    for word in filter(rosgraph.names.is_legal_remap, words):
        if word.count(rosgraph.names.REMAP) != 1:
            return f"{shown(word)} is no argument of ROS; write NAME:=VALUE"
        try:
            rospy.client.load_command_line_node_params([word])
        except rospy.ROSInitException:
            return f"the value in {shown(word)} is no YAML; quote it"
    given = rosgraph.names.load_mappings(words)
    own_name = given.get("__name", name)
    if not _NAME.fullmatch(own_name) or len(own_name) > MOST_LETTERS:
        return f"__name:={shown(own_name)} is no name of a node; use letters, digits and _"
    namespace = given.get("__ns", environ.get("ROS_NAMESPACE", ""))
    parts = namespace.strip("/").split("/") if namespace.strip("/") else []
    if not all(map(_NAME.fullmatch, parts)) or len(namespace) > MOST_LETTERS:
        return f"the namespace {shown(namespace)} is none; use letters, digits and _ between /"
    return _master_fault(words, environ) or _log_fault(environ)


def _master_fault(words: Sequence[str], environ: Mapping[str, str]) -> str:
    said = "is no address of a ROS master; set it to one such as http://localhost:11311"
    uri = environ.get("ROS_MASTER_URI", "")
    try:
        uri = rosgraph.get_master_uri(environ, words) or uri
        parts = urlsplit(uri)
        is_sound = parts.scheme == "http" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_sound = False
    return "" if is_sound else f"ROS_MASTER_URI {shown(uri)} {said}"


def _log_fault(environ: Mapping[str, str]) -> str:
    folder = str(rospkg.get_log_dir(environ))
    if os.path.isfile(folder):
        return f"{folder}: is a file, where ROS keeps its logs; move it away, or set ROS_LOG_DIR"
    return ""


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
