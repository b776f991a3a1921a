"""Makes a restarted master know this node again: rospy itself registers only once."""

from __future__ import annotations

import logging
import xmlrpc.client
from typing import Any, Set, Tuple

import rospy
from rospy.impl.registration import get_service_manager, get_topic_manager

from tod_ros.robot.master import MASTER_FAULTS, connect_master
from tod_ros.robot.polling import MasterQuestions

log = logging.getLogger("rosout." + __name__)


class Registration:
    """What the master knows of this node's topics and services; for one thread only."""

    def __init__(self, timeout_s: float = 2.0):
        self._timeout_s = timeout_s
        self._questions = MasterQuestions(timeout_s)
        self._state: Any = None
        self._registered: Set[Tuple[str, str, str]] = set()
        self._given_up: Set[str] = set()  # services that another node has taken over

    def renew(self) -> bool:
        """Register what the master does not know; True if there was any.

        A master that does not answer is left for the next time.
        """
        try:
            registrations = _registrations()
            # not lookupNode: rospy's logging alone makes a new master know the node's name
            state = self._questions.ask("getSystemState", rospy.get_name())
            if state is self._state and registrations == self._registered:
                return False
            unknown = registrations - _known(registrations, state[2], rospy.get_name())
            unknown -= self._taken_over(unknown, state[2])
            if rospy.core.is_shutdown_requested():  # and so the node is just taking itself out
                return False
            for registration in sorted(unknown):
                _register(connect_master(self._timeout_s), *registration)
        except MASTER_FAULTS:
            return False
        if unknown:
            log.warning("the ROS master did not know this node any more: registered with it again")
        else:
            self._state, self._registered = state, registrations
        return bool(unknown)

    def _taken_over(self, unknown: Set[Tuple[str, str, str]], state: Any) -> Any:
        """Services that another node offers now: to register again would take them from it."""
        others = {name: nodes[0] for name, nodes in state[2] if nodes}
        taken = {entry for entry in unknown if entry[0] == "service" and entry[1] in others}
        for _, name, _ in sorted(taken):
            if name not in self._given_up:
                self._given_up.add(name)
                log.warning("service %s is served by node %s now: left to it", name, others[name])
        return taken


def _registrations() -> Set[Tuple[str, str, str]]:
    """What this node has: whether publisher, subscriber or service, its name, its type or URI."""
    topics = get_topic_manager()
    return {
        *(("publisher", name, kind) for name, kind in topics.get_publications()),
        *(("subscriber", name, kind) for name, kind in topics.get_subscriptions()),
        *(("service", name, uri) for name, uri in get_service_manager().get_services()),
    }


def _known(
    registrations: Set[Tuple[str, str, str]], state: Any, caller: str
) -> Set[Tuple[str, str, str]]:
    """Those of this node's registrations that the master has."""
    known = {
        (role, name)
        for role, entries in zip(("publisher", "subscriber", "service"), state)
        for name, nodes in entries
        if caller in nodes
    }
    return {entry for entry in registrations if entry[:2] in known}


def _register(master: Any, role: str, name: str, kind: str) -> None:
    caller, uri = rospy.get_name(), rospy.get_node_uri()
    if role == "publisher":
        master.registerPublisher(caller, name, kind, uri)
    elif role == "subscriber":
        publishers = master.registerSubscriber(caller, name, kind, uri)[2]
        xmlrpc.client.ServerProxy(uri).publisherUpdate("/master", name, publishers)
    else:
        master.registerService(caller, name, kind, uri)
