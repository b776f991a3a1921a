"""The action ~sort (tod_ros/SortCubes) of the inference node, beside the parameters."""

from __future__ import annotations

from typing import Any, Callable

import rospy

from tod_ros.errors import ConversationError
from tod_ros.protocol.sorting import Offered, Sorting

NAME = "~sort"


def offer_action(make_sorting: Callable[[], Sorting]) -> None:
    """Start the action's server, where actionlib is installed."""
    try:
        import actionlib
    except ImportError:
        rospy.loginfo("no action %s: python3-actionlib is not installed", rospy.resolve_name(NAME))
        return
    from tod_ros.msg import SortCubesAction

    server: Any = None

    def execute(_goal: Any) -> None:
        SortAction(server, make_sorting()).execute()

    name = rospy.resolve_name(NAME)
    server = actionlib.SimpleActionServer(name, SortCubesAction, execute, auto_start=False)
    server.start()


class SortAction:
    """One goal: from the request to the last cube."""

    def __init__(self, server: Any, sorting: Sorting):
        self._server, self._sorting = server, sorting

    def execute(self) -> None:
        from tod_ros.msg import SortCubesResult

        try:
            result = self._sorting.sort(self._tell, self._server.is_preempt_requested)
        except ConversationError as error:
            self._server.set_aborted(SortCubesResult(), str(error))
            return
        except rospy.ROSInterruptException:
            return
        if result is None:
            self._server.set_preempted(SortCubesResult(), "cancelled: the cubes left are given up")
            return
        status, labels, names = (result[key] for key in ("status", "labels", "names"))
        done = SortCubesResult(status=status, labels=labels, names=names)
        if status in ("ok", "no_cubes"):
            self._server.set_succeeded(done, status)
        else:
            self._server.set_aborted(done, status)

    def _tell(self, offered: Offered) -> None:
        from tod_ros.msg import SortCubesFeedback

        self._server.publish_feedback(
            SortCubesFeedback(
                cube=offered.cube,
                count=offered.count,
                label=offered.label,
                name=offered.name,
                score=offered.score,
            )
        )
