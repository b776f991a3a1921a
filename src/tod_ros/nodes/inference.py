"""Node `inference`: looks on request and passes the label of each cube on, left to right.

Conversation (parameters of the robot's controller; their names can be changed)
    takeImage    read until true (or 1), then set to False: one request
    ~result      written once for each request, before its first label: {stamp, request, count,
                 status (ok, no_cubes, camera_failed, model_failed), labels, names, scores,
                 unsure, boxes}
    ~handover    where the conversation stands; a node that was killed goes on there when it is
                 started again
    label        the class id of one cube (1, 2, ...), cube by cube
    RobotReady   set to False with each label; the next cube waits until it is true
    /tod_ros/claims  which node serves these parameters; a second one is refused
Services
    ~detect (tod_ros/Detect)        detect now, or in the picture given; touches no parameter. It is
                                    there once the model is loaded and warm: waiting for it means
                                    "ready"
    ~reload (std_srvs/Trigger)      load the model folder again; on failure the old model stays
Topics
    ~detections (tod_ros/Detections)        of each request, left to right
    ~markers (visualization_msgs/MarkerArray), /tf   with `place`: the cubes, and frames cube_1..
    ~image_annotated (sensor_msgs/Image)    bgr8, latched, drawn only when somebody subscribes
    /diagnostics (diagnostic_msgs/DiagnosticArray)   every second: model, camera, conversation
Calls
    image_service (poppy_controllers/GetImage)

Private parameters
    model (text)                    model folder, or a SavedModel; empty: the shipped detector
    label_map (text)                label_map.pbtxt; empty: the one in the model folder
    runtime (text, auto)            litert, tensorflow, or auto: the fastest that is there
    threads (whole number, 0)       of the runtime; 0: as many as there are cores
    min_score (number, 0.5)         boxes that the detector is less sure of are dropped
    max_overlap (number, 0.5)       of boxes that overlap more (IoU) only the best is kept
    max_objects (whole number, 4)   at most so many cubes, the best ones
    looks (whole number, 1)         looks at each picture, shifted a little, that vote on each cube
    sure_margin (number, 0.0)       a class that leads the second by less is unsure
    place (text)                    the file of `tod place`: ~result then has `places`, x and y in
                                    metres and the turn in degrees of each cube
    image_service (text, /get_image)
    image_timeout_s (number, 3.0)   how long one call of it may take
    image_attempts (whole number, 3) how often a failed or blind picture is tried
    poll_hz (number, 50.0)          how often takeImage and RobotReady are looked at
    ready_hold_s (number, 1.5)      how long RobotReady stays true before the next label
    ready_timeout_s (number, 0.0)   give the cubes left up after so long; 0: wait for ever
    take_image_param (text, /takeImage), robot_ready_param (text, /RobotReady),
    label_param (text, /label)      the conversation's parameters
"""

from __future__ import annotations

from typing import Any, Tuple

import rospy

from tod_ros.errors import TodError
from tod_ros.images.camera import Camera
from tod_ros.inference.served_model import LoadedAhead
from tod_ros.nodes.ending import leave
from tod_ros.nodes.inference_outputs import Outputs
from tod_ros.nodes.life import NodeLife, sleep
from tod_ros.nodes.startup import MASTER_TIMEOUT_S
from tod_ros.protocol.claims import Claims
from tod_ros.protocol.labeller import Labeller
from tod_ros.robot.image_client import ImageClient, wait_for_camera
from tod_ros.robot.master import is_node_alive
from tod_ros.robot.parameters import RosParams
from tod_ros.settings import InferenceSettings
from tod_ros.shipped import shipped

RESULT_PARAM = "~result"
HANDOVER_PARAM = "~handover"
SHIPPED_MODEL = ("models", "cube_faces")


def main() -> None:
    loaded = LoadedAhead(str(shipped(*SHIPPED_MODEL)))
    life = NodeLife("inference")
    life.begin(ahead=loaded.start)
    try:
        settings = life.read_settings(InferenceSettings, outputs=("result", "handover"))
        claims = claims_of(settings)
        claims.hold()
        model, places = with_places(loaded.get(settings), settings.place)
        claims.hold()  # two that start together see each other only now
    except TodError as error:
        life.give_up(error)
    client = ImageClient(settings.image_service, settings.image_timeout_s)
    camera = Camera(client, settings.image_attempts, sleep)
    outputs = Outputs(model, camera, settings.max_objects, places)
    params = RosParams(sleep)
    labeller = Labeller(
        params,
        camera,
        model.detect,
        settings,
        publish=outputs.publish,
        result_param=rospy.resolve_name(RESULT_PARAM),
        handover_param=rospy.resolve_name(HANDOVER_PARAM),
        exchange=params.exchange,
        sleep=sleep,
    )
    outputs.serve()
    rospy.loginfo("ready: %s; %s is there", model.in_words(), rospy.resolve_name("~detect"))

    def work() -> None:
        wait_for_camera(client, sleep)
        labeller.run()

    def keep_house() -> None:
        claims.hold()
        outputs.publish_diagnostics(labeller)

    life.work_until_shutdown(work, keep_house)
    leave()


def with_places(model: Any, calibration_path: str) -> Tuple[Any, Any]:
    """The model whose detections have places, and what publishes them; both as ever without."""
    if not calibration_path:
        return model, None
    from tod_ros.nodes.places import PlacedModel, Places  # for those who calibrated alone
    from tod_ros.place.calibration import read_calibration
    from tod_ros.place.locator import Locator

    calibration = read_calibration(calibration_path)
    locator = Locator(calibration)
    places = Places(calibration.frame_id, calibration.cube_edge_m, locator)
    return PlacedModel(model, locator), places


def claims_of(settings: InferenceSettings) -> Claims:
    names = (settings.take_image_param, settings.robot_ready_param, settings.label_param)
    return Claims(
        RosParams(is_patient=False),
        rospy.get_name(),
        [rospy.resolve_name(name) for name in names],
        lambda node: is_node_alive(node, MASTER_TIMEOUT_S),
    )
