"""What every node does at its start and while it works, in the order in which a main() calls it.

begin("inference"); settings = read_settings(InferenceSettings); work_until_shutdown(labeller.run);
and ending.give_up(error) where a TodError ends it.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import time
from typing import Any, Callable, Collection, Dict, Mapping, Type, TypeVar

import rosgraph
import rospy

from tod_ros.errors import SettingError, TodError
from tod_ros.nodes import ending
from tod_ros.robot.image_client import ImageClient
from tod_ros.robot.master import MASTER_FAULTS, connect_master, is_node_alive
from tod_ros.robot.parameters import REPEAT_S, RosParams
from tod_ros.robot.registration import Registration
from tod_ros.settings import from_mapping

HOUSEKEEPING_S = 1.0
MASTER_TIMEOUT_S = 2.0
NAMESAKE_ENDS_WITHIN_S = 3.0

Settings = TypeVar("Settings")
_given: Dict[str, Any] = {}  # the private parameters that the node was started with
log = logging.getLogger("rosout." + __name__)


def begin(name: str, ahead: Callable[[Mapping[str, Any]], None] = lambda values: None) -> None:
    """Wait for the master, rospy.init_node, and a guard that ends the process soon after a signal.

    `ahead` gets the private parameters as they stand before rospy has connected, which takes it a
    while; read_settings tells what they are.

    rospy waits for the master too, but fails on parameters of the command line. And it ends a
    running node of the same name, in the middle of whatever that one does: here the second one
    is refused.
    """
    ending.leave_on_signals()
    _wait_for_master(name)
    own_name = _own_name(name)
    _refuse_a_namesake(own_name)
    ahead(_values_ahead(own_name))
    ending.guard()
    try:
        rospy.init_node(name, disable_signals=True)
    except rospy.ROSInitException:
        if not rospy.core.is_shutdown_requested():
            raise
        ending.leave()  # a signal came in the middle of it


def _wait_for_master(name: str) -> None:
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


def _own_name(name: str) -> str:
    """The node's full name, as rospy.init_node(name) will have it."""
    own_name = rosgraph.names.load_mappings(sys.argv).get("__name", name)
    return str(rosgraph.names.ns_join(rosgraph.names.get_ros_namespace(), own_name))


def _values_ahead(own_name: str) -> Dict[str, Any]:
    """The private parameters as the command line and the parameter server have them now."""
    values: Any = {}
    with contextlib.suppress(*MASTER_FAULTS):
        _, _, values = connect_master(MASTER_TIMEOUT_S).getParam(own_name, own_name)
    on_server = values if isinstance(values, Mapping) else {}
    return {**on_server, **rospy.client.load_command_line_node_params(sys.argv)}


def _refuse_a_namesake(own_name: str) -> None:
    until = time.monotonic() + NAMESAKE_ENDS_WITHIN_S
    while _is_alive(own_name):
        if time.monotonic() > until:  # it is not just about to end
            log.critical(
                "a node %s is running already; end it first (rosnode kill %s), or give this one"
                " another name, for example __name:=%s2",
                *(own_name, own_name, own_name.rsplit("/", 1)[-1]),
            )
            ending.leave(1)
        time.sleep(0.1)


def _is_alive(name: str) -> bool:
    try:
        return is_node_alive(name, MASTER_TIMEOUT_S)
    except MASTER_FAULTS:  # rospy.init_node says so
        return False


def read_settings(kind: Type[Settings], outputs: Collection[str] = ()) -> Settings:
    """The node's private parameters; `outputs` are those that the node itself sets."""
    values: Any = rospy.get_param("~", {})
    if not isinstance(values, Mapping):
        raise SettingError(f"parameter {rospy.get_name()} is {values!r}, must be a namespace")
    given = {k: v for k, v in values.items() if k not in outputs}
    _given.update(given)
    try:
        return from_mapping(kind, given)
    except SettingError as error:
        raise SettingError(
            f"{error} (if an earlier run left it there:"
            f" rosparam delete {rospy.get_name()}/{error.parameter})"
        ) from None


def sleep(seconds: float) -> None:
    """Sleep in wall time; raises ROSInterruptException as soon as the node is to end."""
    until = time.monotonic() + seconds
    while not rospy.core.is_shutdown_requested():
        left = until - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, 0.1))
    raise rospy.ROSInterruptException("the node is ending")


def work_until_shutdown(
    work: Callable[[], None], housekeeping: Callable[[], None] = lambda: None
) -> None:
    """Run `work` in a thread of its own, and `housekeeping` every second, until the node ends.

    Signals are handled in the main thread, so nothing that can hang may run there. A fault in
    `work` ends the node with its traceback.
    """
    faults = []

    def guarded() -> None:
        try:
            work()
        except rospy.ROSInterruptException:
            pass
        except BaseException as fault:  # carried to the main thread, raised there
            faults.append(fault)
            ending.end(1, "a fault in the node")

    worker = threading.Thread(target=guarded, name="work", daemon=True)
    worker.start()
    threading.Thread(target=_every_second, args=(housekeeping,), daemon=True).start()
    while not rospy.core.is_shutdown_requested():
        time.sleep(0.1)
    worker.join(timeout=ending.END_WITHIN_S / 2)
    if faults:
        raise faults[0]


def wait_for_robot(client: ImageClient) -> None:
    """Wait until the robot's camera service is there, and say so."""
    spoken_at = None
    while not client.is_there():
        if spoken_at is None or time.monotonic() - spoken_at >= REPEAT_S:
            rospy.logwarn("waiting for the robot: service %s is not there", client.service)
            spoken_at = time.monotonic()
        sleep(0.2)


def _every_second(housekeeping: Callable[[], None]) -> None:
    registration = Registration()
    try:
        while True:
            if registration.renew():
                _give_parameters_back()
            with contextlib.suppress(*MASTER_FAULTS):  # the next time, when it is back
                housekeeping()
            sleep(HOUSEKEEPING_S)
    except rospy.ROSInterruptException:
        pass
    except TodError as error:
        ending.give_up(error)


def _give_parameters_back() -> None:
    """To a master that was restarted: started again, the node would run with its defaults."""
    params = RosParams(is_patient=False)
    with contextlib.suppress(*MASTER_FAULTS):
        for name, value in sorted(_given.items()):
            params.setdefault(f"~{name}", value)
