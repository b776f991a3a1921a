"""A node that only offers the service /bench/started: no node of rospy is ready sooner."""

from __future__ import annotations

import rospy
from std_srvs.srv import Trigger, TriggerResponse


def main() -> None:
    rospy.init_node("bench_empty")
    rospy.Service("/bench/started", Trigger, lambda _request: TriggerResponse(True, ""))
    rospy.spin()


if __name__ == "__main__":
    main()
