"""The ROS master, asked within a time limit: rospy's own calls hang while its machine is gone."""

from __future__ import annotations

import http.client
import socket
import xmlrpc.client
from typing import Any
from xml.parsers.expat import ExpatError

import rosgraph

# What a call raises when the master is gone, restarting, or something else holds its port
MASTER_FAULTS = (OSError, http.client.HTTPException, xmlrpc.client.Error, ExpatError)


def connect_master(timeout_s: float) -> Any:
    """The master's XML-RPC interface; one thread may use it at a time."""
    return xmlrpc.client.ServerProxy(
        rosgraph.get_master_uri(), transport=_BoundedTransport(timeout_s)
    )


def is_node_alive(name: str, timeout_s: float) -> bool:
    """Whether a node of that name answers, or at least holds its port without an answer.

    False for one that was killed: its entry stays with the master, and another node may have
    its port by now. A fault of the master itself is raised.
    """
    code, _, uri = connect_master(timeout_s).lookupNode("/tod_ros", name)
    if code != 1:
        return False
    try:
        node = xmlrpc.client.ServerProxy(uri, transport=_BoundedTransport(timeout_s))
        answer: Any = node.getName("/tod_ros")
        return bool(answer[2] == name)
    except socket.timeout:
        return True
    except xmlrpc.client.Fault:  # answers, but to no such question: a node in C++
        return True
    except MASTER_FAULTS:
        return False


class _BoundedTransport(xmlrpc.client.Transport):
    def __init__(self, timeout_s: float):
        super().__init__()
        self._timeout_s = timeout_s

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        connection = super().make_connection(host)
        connection.timeout = self._timeout_s
        return connection
