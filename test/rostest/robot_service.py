"""The robot's service type; ours, with the same lines and md5, where the robot's package is not."""

try:
    from poppy_controllers.srv import GetImage as GetImage
    from poppy_controllers.srv import GetImageResponse as GetImageResponse
except ImportError:
    from tod_ros.srv import GetImage as GetImage
    from tod_ros.srv import GetImageResponse as GetImageResponse
