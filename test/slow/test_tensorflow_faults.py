"""TensorFlow's own errors, made by TensorFlow, become a line that tells the way out."""

import errno

import pytest

pytest.importorskip("tensorflow", exc_type=ImportError)

import tensorflow as tf

from tod_ros.errors import TrainingError
from tod_ros.training.tensorflow_faults import faults_named


def decode_cut_png(kind="png"):
    png = tf.io.encode_png(tf.zeros([8, 20, 3], tf.uint8)).numpy()
    records = tf.data.Dataset.from_tensors(png[:40]).map(tf.io.decode_image)
    next(iter(records))


def save_on_a_full_disk():
    raise tf.errors.ResourceExhaustedError(None, None, "ckpt-1; No space left on device")


def write_on_a_full_disk():
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    "fault, message",
    [
        (decode_cut_png, r"a picture of the records cannot be decoded \(Invalid PNG.*tod convert"),
        (lambda: tf.zeros([10**6, 10**6]), "8 pictures a step do not fit .* smaller --batch-size"),
        (save_on_a_full_disk, "cubes/run: the disk is full; make room, and start again"),
        (write_on_a_full_disk, "cubes/run: the disk is full"),
    ],
)
def test_what_a_user_can_mend_is_one_line(fault, message):
    with pytest.raises(TrainingError, match=message) as error, faults_named("cubes/run", 8):
        fault()
    assert "\n" not in str(error.value)


def test_a_bug_stays_a_bug():
    with pytest.raises(tf.errors.InvalidArgumentError), faults_named("cubes/run", 8):
        tf.matmul(tf.zeros([2, 3]), tf.zeros([2, 3]))
    with pytest.raises(PermissionError), faults_named("cubes/run", 8):
        raise PermissionError
