"""The parameter server as a mapping. Each call waits until the master answers, and says so."""

from __future__ import annotations

import copy
import logging
import time
import xmlrpc.client
from typing import Any, Callable, Dict, Iterator, MutableMapping, Sequence, Tuple

import rospy

from tod_ros.robot.master import MASTER_FAULTS, connect_master
from tod_ros.robot.polling import MasterQuestions

REPEAT_S = 30.0  # how often a wait says that it goes on
SETTLE_S = 0.3  # a master that hung and goes on has read the earlier requests after this time
log = logging.getLogger("rosout." + __name__)


class RosParams(MutableMapping[str, Any]):
    """The parameter server as a mapping; while the master is gone, reading and writing wait.

    Each value is asked for anew: what rospy caches goes stale when the master is restarted.
    `sleep` is called between attempts and may raise to end the wait. For one thread only.
    With `is_patient` False the fault of MASTER_FAULTS is raised at once.
    """

    def __init__(
        self,
        sleep: Callable[[float], None] = time.sleep,
        timeout_s: float = 2.0,
        is_patient: bool = True,
    ):
        self._sleep, self._is_patient = sleep, is_patient
        self._master = connect_master(timeout_s)
        self._questions = MasterQuestions(timeout_s)
        self._caller = rospy.get_name()
        self._whole_names: Dict[str, str] = {}

    def __getitem__(self, name: str) -> Any:
        code, _, value = self._insist(self._get_param, self._resolved(name))
        if code != 1:
            raise KeyError(name)
        return copy.deepcopy(value)

    def __setitem__(self, name: str, value: Any) -> None:
        self._insist(self._master.setParam, self._resolved(name), value)

    def exchange(self, name: str, old: Any, new: Any) -> None:
        """Set a parameter that holds `old`, once.

        If the master's answer is lost, the write may still have happened, and another node may
        already have changed the value again. So we write again only if the parameter still holds
        `old`.
        """
        while True:
            try:
                self._master.setParam(self._caller, self._resolved(name), new)
                return
            except MASTER_FAULTS as error:
                log.warning("%s may not have been set (%s): looking", name, error)
            self.get(name)  # waits until the master answers again
            self._sleep(SETTLE_S)
            current = self.get(name)
            if type(current) is not type(old) or current != old:
                return

    def write_all(self, writes: Sequence[Tuple[str, Any]]) -> None:
        """Write these names and values in one call, in their order; None removes a parameter.

        If the master's answer is lost, all of it is written again. Before that the master is given
        time for the call that it may still hold: it must not come after what is written next.
        """
        while True:
            try:
                self._write_at_once(writes)
                return
            except xmlrpc.client.Fault:  # a master that knows no call of several calls
                for method, *arguments in self._calls(writes):
                    self._insist(getattr(self._master, method), *arguments)
                return
            except MASTER_FAULTS as error:
                if not self._is_patient:
                    raise
                names = ", ".join(name for name, _ in writes)
                log.warning("%s may not have been set (%s): setting again", names, error)
            self.get(writes[0][0])  # waits until the master answers again
            self._sleep(SETTLE_S)

    def _write_at_once(self, writes: Sequence[Tuple[str, Any]]) -> None:
        calls = xmlrpc.client.MultiCall(self._master)
        for method, *arguments in self._calls(writes):
            getattr(calls, method)(self._caller, *arguments)
        answers = calls()
        for number in range(len(writes)):
            answers[number]  # raises where the master answers with a fault

    def _calls(self, writes: Sequence[Tuple[str, Any]]) -> Iterator[Tuple[Any, ...]]:
        """The master's methods and their arguments."""
        for name, value in writes:
            if value is None:
                yield "deleteParam", self._resolved(name)
            else:
                yield "setParam", self._resolved(name), value

    def __delitem__(self, name: str) -> None:
        code, _, _ = self._insist(self._master.deleteParam, self._resolved(name))
        if code != 1:
            raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._insist(self._master.getParamNames)[2])

    def __len__(self) -> int:
        return len(self._insist(self._master.getParamNames)[2])

    def _get_param(self, caller: str, name: str) -> Any:
        return self._questions.ask("getParam", caller, name)

    def _resolved(self, name: str) -> str:
        if name not in self._whole_names:
            self._whole_names[name] = rospy.resolve_name(name)
        return self._whole_names[name]

    def _insist(self, call: Callable[..., Any], *arguments: Any) -> Any:
        spoken_at = None
        while True:
            try:
                answer = call(self._caller, *arguments)
            except MASTER_FAULTS as error:
                if not self._is_patient:
                    raise
                if spoken_at is None or time.monotonic() - spoken_at >= REPEAT_S:
                    again = "" if spoken_at is None else "still "
                    log.warning("the ROS master is gone (%s): %swaiting for it", error, again)
                    spoken_at = time.monotonic()
                self._sleep(0.1)
                continue
            if spoken_at is not None:
                log.info("the ROS master is back")
            return answer
