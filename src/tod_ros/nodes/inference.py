"""Node `inference`: looks on request and passes the label of each cube on, left to right.

Conversation (parameters of the robot's controller; their names can be changed)
    takeImage    read until true (or 1), then set to False: one request
    ~result      written once for each request, before its first label: {stamp, request, count,
                 status (ok, no_cubes, camera_failed, model_failed), labels, names, scores,
                 unsure, boxes, frame_id}; removed when takeImage is set to False
    ~handover    how far the request has got; a node that was killed goes on there when it is
                 started again
    label        the class id of one cube (1, 2, ...), cube by cube
    RobotReady   set to False with each label; the next cube waits until it is true
    /tod_ros/claims  which node serves these parameters; a second one is refused
Services
    ~detect (tod_ros/Detect)        detect now, or in the picture given; touches no parameter. It is
                                    there once the model is loaded and warm: waiting for it means
                                    "ready"
    ~reload (std_srvs/Trigger)      load the model folder again, and take up the parameters model,
                                    label_map, runtime, threads, min_score, max_overlap,
                                    max_objects, looks, sure_margin, unsure, ready_hold_s and
                                    ready_timeout_s; on failure the old ones stay. The others are
                                    read at the start only
Action
    ~sort (tod_ros/SortCubes)       one request from the look to the last cube: feedback for each
                                    cube on offer; cancel gives the cubes up that are left. Another
                                    node takes the labels, as ever
Topics
    ~detections (tod_ros/Detections)        of each request and ~detect, left to right; latched
    ~detections_2d (vision_msgs/Detection2DArray)   the same, where vision_msgs is installed
    ~markers (visualization_msgs/MarkerArray), /tf   with `place`: the cubes, and frames cube_1..
    ~image_annotated (sensor_msgs/Image)    bgr8, latched, drawn only when somebody subscribes
    /diagnostics (diagnostic_msgs/DiagnosticArray)   every second: model, camera, conversation
Calls
    image_service (poppy_controllers/GetImage), or image_topic is subscribed to

Private parameters
    model (text)                    model folder, or a SavedModel; empty: the shipped detector
    label_map (text, auto)          label_map.pbtxt; auto: the one in the model folder
    runtime (text, auto)            litert, tensorflow, or auto: the fastest that is there
    threads (whole number, 0)       of the runtime; 0: one for each core it may use
    trust_model (true or false, false)  run a model that no sha256 sum vouches for, or that reaches
                                    files or the network
    min_score (number, 0.5)         boxes that the detector is less sure of are dropped
    max_overlap (number, 0.5)       of boxes that overlap more (IoU) only the best is kept
    max_objects (whole number, 4)   at most so many cubes, the best ones
    looks (whole number, 1)         looks at each picture, shifted a little, that vote on each cube
    sure_margin (number, 0.0)       a class that leads the second by less is unsure
    unsure (text, tell)             an unsure cube: tell hands its best class over, skip leaves it
                                    out, ask hands -2 over: turn the cube and ask again
    place (text, none)              the file of `tod place`: ~result then has `places`, x and y in
                                    metres and the turn in degrees of each cube
    image_service (text, get_image) the robot's camera
    image_topic (text, none)        sensor_msgs/Image or CompressedImage, in place of the service
    accept_latest (true/false, false)  of the topic, be content with a picture taken before the
                                    request
    check_frozen (true/false, true) refuse the same picture with the same stamp again
    continuous_hz (number, 0.0)     how often ~detections is published without a request; 0: never
    image_timeout_s (number, 3.0)   how long one picture may take to come
    image_attempts (whole number, 3) how often a failed or blind picture is tried
    poll_hz (number, 50.0)          how often takeImage and RobotReady are looked at; takeImage five
                                    times as often for 5 s after a request
    ready_hold_s (number, 1.5)      how long RobotReady stays true before the next label
    ready_timeout_s (number, 0.0)   give the cubes left up after so long; 0: wait for ever
    take_image_param (text, takeImage), robot_ready_param (text, RobotReady),
    label_param (text, label)       the protocol's parameters
"""

from __future__ import annotations

import dataclasses
from typing import Any, Callable, List, Tuple

import numpy as np
import rospy

from tod_ros.detection import Detection
from tod_ros.errors import TodError
from tod_ros.images.camera import Camera
from tod_ros.inference.served_model import LoadedAhead, with_model
from tod_ros.nodes.continuous import Continuous
from tod_ros.nodes.ending import leave
from tod_ros.nodes.inference_diagnostics import Diagnostics
from tod_ros.nodes.inference_outputs import Outputs
from tod_ros.nodes.life import NodeLife, checked_settings, own_parameters, sleep
from tod_ros.nodes.sort_action import offer_action
from tod_ros.nodes.startup import MASTER_TIMEOUT_S
from tod_ros.protocol.claims import Claims
from tod_ros.protocol.labeller import Labeller
from tod_ros.protocol.names import refuse_clashes
from tod_ros.protocol.sorting import Sorting
from tod_ros.robot.image_source import ImageSource, open_source, wait_for_source
from tod_ros.robot.master import is_node_alive
from tod_ros.robot.parameters import RosParams
from tod_ros.settings import InferenceSettings
from tod_ros.shipped import shipped

OUTPUTS = ("result", "handover")
RESULT_PARAM = "~result"
HANDOVER_PARAM = "~handover"
SHIPPED_MODEL = ("models", "cube_faces")

Detect = Callable[[np.ndarray], List[Detection]]


def main() -> None:
    """It is long because it wires the node: one line a part."""
    loaded = LoadedAhead(shipped_model())
    life = NodeLife("inference")
    life.begin(ahead=loaded.start)
    try:
        settings = with_whole_names(life.read_settings(InferenceSettings, outputs=OUTPUTS))
        claims = claims_of(settings)
        claims.hold()
        model = loaded.get(settings)
        detect, places = with_places(model.detect, settings.place)
        claims.hold()  # two that start together see each other only now
    except TodError as error:
        life.give_up(error)
    source = open_source(settings)
    camera = camera_of(settings, source)
    params = RosParams(sleep)
    labeller = Labeller(
        params,
        camera,
        detect,
        settings,
        publish=lambda answer: outputs.publish_answer(answer),
        result_param=rospy.resolve_name(RESULT_PARAM),
        handover_param=rospy.resolve_name(HANDOVER_PARAM),
        exchange=params.exchange,
        write_all=params.write_all,
        sleep=sleep,
        stamp_s=rospy.get_time,
    )
    outputs = Outputs(model, detect, camera, read_again, labeller.take_up, places)
    diagnostics = Diagnostics(labeller, camera, source.missing, model.in_words, places)
    offer_action(lambda: sorting_of(settings, labeller))
    outputs.serve()
    rospy.loginfo("ready: %s; %s is there", model.in_words(), rospy.resolve_name("~detect"))

    def work() -> None:
        wait_for_source(source, sleep)
        labeller.run()

    def keep_house() -> None:
        claims.hold()
        diagnostics.publish()

    if settings.continuous_hz:
        stream = camera_of(dataclasses.replace(settings, image_attempts=1), source)
        Continuous(stream, outputs.detect, settings.continuous_hz, sleep).start()
    life.work_until_shutdown(work, keep_house)
    leave()


def with_places(detect: Detect, calibration_path: str) -> Tuple[Detect, Any]:
    """Detection with the places of the cubes, and what publishes them; as ever and None without."""
    if calibration_path in ("", "none"):
        return detect, None
    from tod_ros.nodes.places import Places  # for those who calibrated alone
    from tod_ros.place.calibration import read_calibration
    from tod_ros.place.locator import Locator

    calibration = read_calibration(calibration_path)
    locator = Locator(calibration)
    places = Places(calibration.frame_id, calibration.cube_edge_m, locator)
    return lambda bgr_image: locator.placed(bgr_image, detect(bgr_image)), places


def shipped_model() -> str:
    return str(shipped(*SHIPPED_MODEL))


def read_again() -> InferenceSettings:
    """The parameters as they stand now, for ~reload."""
    settings = checked_settings(InferenceSettings, own_parameters(OUTPUTS))
    return with_model(settings, shipped_model())


def with_whole_names(settings: InferenceSettings) -> InferenceSettings:
    """The protocol's parameters by their full names, which messages then show; checked."""
    names = ("take_image_param", "robot_ready_param", "label_param")
    whole = {name: rospy.resolve_name(getattr(settings, name)) for name in names}
    refuse_clashes(whole, rospy.get_name())
    return dataclasses.replace(settings, **whole)


def sorting_of(settings: InferenceSettings, labeller: Labeller) -> Sorting:
    return Sorting(
        RosParams(sleep),
        settings,
        result_param=rospy.resolve_name(RESULT_PARAM),
        handover_param=rospy.resolve_name(HANDOVER_PARAM),
        cancel=labeller.cancel,
        sleep=sleep,
    )


def camera_of(settings: InferenceSettings, source: ImageSource) -> Camera:
    return Camera(
        source,
        settings.image_attempts,
        sleep,
        now_ns=lambda: rospy.Time.now().to_nsec(),
        check_frozen=settings.check_frozen,
    )


def claims_of(settings: InferenceSettings) -> Claims:
    names = (settings.take_image_param, settings.robot_ready_param, settings.label_param)
    return Claims(
        RosParams(is_patient=False),
        rospy.get_name(),
        names,
        lambda node: is_node_alive(node, MASTER_TIMEOUT_S),
    )
