"""A camera: serves /get_image with one drawn scene of two cubes, never twice with the same bytes.

Beside it /bench/empty, a service that does nothing: no call of a service in Python is quicker.
"""

from __future__ import annotations

import rospy
from poppy_controllers.srv import GetImage, GetImageResponse
from sensor_msgs.msg import Image
from std_srvs.srv import Trigger, TriggerResponse

from tod_ros.images.message import to_message_fields
from tod_ros.scene.compose import draw_scene


def main() -> None:
    rospy.init_node("bench_camera")
    bgr = draw_scene(11, cubes=2).image
    count = 0

    def answer(_request: object) -> GetImageResponse:
        nonlocal count
        count += 1
        bgr[0, 0] = count % 200
        return GetImageResponse(Image(**to_message_fields(bgr)))

    rospy.Service("/bench/empty", Trigger, lambda _request: TriggerResponse(True, ""))
    rospy.Service("/get_image", GetImage, answer)
    rospy.spin()


if __name__ == "__main__":
    main()
