"""The life of a node: its start, its settings, its work and its end. main() makes one object of it.

    life = NodeLife("inference")
    life.begin()
    settings = life.read_settings(InferenceSettings)
    life.work_until_shutdown(labeller.run)

and life.give_up(error) where a TodError ends it.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Any, Callable, Collection, Dict, Mapping, NoReturn, Type, TypeVar

import rospy

from tod_ros.errors import SettingError, TodError
from tod_ros.nodes import startup
from tod_ros.nodes.ending import END_WITHIN_S, Ending, leave
from tod_ros.robot.master import MASTER_FAULTS
from tod_ros.robot.parameters import RosParams
from tod_ros.robot.registration import Registration
from tod_ros.settings import from_mapping
from tod_ros.text import shown_value

HOUSEKEEPING_S = 1.0

Settings = TypeVar("Settings")


class NodeLife:
    """One node, from its start to its end."""

    def __init__(self, name: str):
        self._name = name
        self._ending = Ending()
        self._given: Dict[str, Any] = {}  # the private parameters that the node was started with

    def begin(self, ahead: Callable[[Mapping[str, Any]], None] = lambda values: None) -> None:
        """Wait for the master, call rospy.init_node, and guard the process's end.

        `ahead` gets the private parameters before rospy has connected, which takes a while. They
        are unchecked; read_settings has the last word.

        rospy waits for the master too, but cannot cope with parameters on the command line then.
        And rospy ends a running node of the same name in the middle of its work. Here the second
        one is refused.
        """
        self._ending.leave_on_signals()
        startup.refuse_what_rospy_cannot_take(self._name)
        startup.wait_for_master(self._name)
        own_name = startup.full_name(self._name)
        startup.refuse_namesake(own_name)
        ahead(startup.values_ahead(own_name))
        self._ending.guard()
        try:
            rospy.init_node(self._name, disable_signals=True)
        except rospy.ROSInitException:
            if not rospy.core.is_shutdown_requested():
                raise
            leave()  # a signal came in the middle of it

    def read_settings(self, kind: Type[Settings], outputs: Collection[str] = ()) -> Settings:
        """The node's private parameters, checked; `outputs` are those that the node itself sets."""
        given = own_parameters(outputs)
        self._given.update(given)
        return checked_settings(kind, given)

    def end(self, status: int, reason: str) -> None:
        """Begin the node's end, with this exit status."""
        self._ending.end(status, reason)

    def give_up(self, error: TodError) -> NoReturn:
        """End the node with one line and exit status 1."""
        rospy.logfatal("%s", error)
        self._ending.end(1, "given up")
        leave(1)

    def work_until_shutdown(
        self, work: Callable[[], None], housekeeping: Callable[[], None] = lambda: None
    ) -> None:
        """Run `work` in its own thread, and `housekeeping` every second, until the node ends.

        Signals are handled in the main thread, so nothing that can hang may run there. An
        exception in `work` ends the node with its traceback.
        """
        faults = []

        def guarded() -> None:
            try:
                work()
            except rospy.ROSInterruptException:
                pass
            except BaseException as fault:  # carried to the main thread, raised there
                faults.append(fault)
                self._ending.end(1, "a fault in the node")

        worker = threading.Thread(target=guarded, name="work", daemon=True)
        worker.start()
        threading.Thread(target=self._keep_house, args=(housekeeping,), daemon=True).start()
        while not rospy.core.is_shutdown_requested():
            time.sleep(0.1)
        worker.join(timeout=END_WITHIN_S / 2)
        if faults:
            raise faults[0]

    def _keep_house(self, housekeeping: Callable[[], None]) -> None:
        registration = Registration()
        try:
            while True:
                if registration.renew():
                    self._give_parameters_back()
                with contextlib.suppress(*MASTER_FAULTS):  # tried again when the master is back
                    housekeeping()
                sleep(HOUSEKEEPING_S)
        except rospy.ROSInterruptException:
            pass
        except TodError as error:
            self.give_up(error)

    def _give_parameters_back(self) -> None:
        """To a restarted master: without them a restarted node would run with its defaults."""
        params = RosParams(is_patient=False)
        with contextlib.suppress(*MASTER_FAULTS):
            for name, value in sorted(self._given.items()):
                params.setdefault(f"~{name}", value)


def own_parameters(outputs: Collection[str] = ()) -> Dict[str, Any]:
    """The node's private parameters as they stand on the server now, without its `outputs`."""
    values: Any = rospy.get_param("~", {})
    if not isinstance(values, Mapping):
        raise SettingError(
            f"parameter {rospy.get_name()} is {shown_value(values)}, must be a namespace"
        )
    return {name: value for name, value in values.items() if name not in outputs}


def checked_settings(kind: Type[Settings], given: Mapping[str, Any]) -> Settings:
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
