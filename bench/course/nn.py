"""The course's node, done plainly: `python -m bench.course.nn SAVED_MODEL_FOLDER`.

It loads the SavedModel as the OD API exports it, looks at takeImage once a second, gets the picture
from the robot, writes it to a PNG in the working directory and reads it again, detects, and sets
label. Better than the course's own: it goes on after a request, so that its 17 seconds of loading
are not counted twice, and it labels the best box whatever its score, for networks with random
weights. It sets /course/ready when a first picture has gone through the network.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time

import cv2
import numpy as np
import rospy
import tensorflow as tf
from PIL import Image
from poppy_controllers.srv import GetImage


def main() -> None:
    rospy.init_node("course")
    os.chdir(tempfile.mkdtemp())
    detect = tf.saved_model.load(os.path.join(sys.argv[1], "saved_model"))
    detect(tf.constant(np.zeros((1, 480, 640, 3), np.uint8)))
    rospy.set_param("/course/ready", True)
    get_image = rospy.ServiceProxy("/get_image", GetImage)
    while not rospy.is_shutdown():
        if rospy.get_param("/takeImage", False) is True:
            rospy.set_param("/takeImage", False)
            look(detect, get_image)
        time.sleep(1.0)


def look(detect, get_image) -> None:
    message = get_image().image
    frame = np.frombuffer(message.data, np.uint8).reshape(message.height, message.width, 3)
    cv2.imwrite("image.png", frame)
    picture = np.array(Image.open("image.png").convert("RGB"))
    found = detect(tf.convert_to_tensor(picture)[tf.newaxis, ...])
    classes = found["detection_classes"][0].numpy().astype(int)
    scores = found["detection_scores"][0].numpy()
    rospy.set_param("/label", int(classes[scores.argmax()]))


if __name__ == "__main__":
    main()
