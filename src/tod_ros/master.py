"""The ROS master, asked within a time limit: rospy's own calls hang while its machine is gone."""

from __future__ import annotations

import http.client
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


class _BoundedTransport(xmlrpc.client.Transport):
    def __init__(self, timeout_s: float):
        super().__init__()
        self._timeout_s = timeout_s

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        connection = super().make_connection(host)
        connection.timeout = self._timeout_s
        return connection
