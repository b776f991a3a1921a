"""A run goes on, and is exported, also where a power cut garbled what TensorFlow notes of it."""

import logging

import pytest

from tod_ros.errors import TrainingError

pytest.importorskip("tensorflow")

import tensorflow as tf

from tod_ros.training.checkpoints import (
    STATE,
    choose_checkpoint,
    last_trained,
    mend_state,
    step_of,
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run with the checkpoints of steps 0, 5 and 10."""
    run_dir = tmp_path_factory.mktemp("trained")
    step, weights = tf.Variable(0), tf.Variable(tf.zeros([1000]))
    checkpoint = tf.train.Checkpoint(step=step, weights=weights)
    manager = tf.train.CheckpointManager(checkpoint, str(run_dir), max_to_keep=5)
    for number in (0, 5, 10):
        step.assign(number)
        manager.save(checkpoint_number=number)
    return {path.name: path.read_bytes() for path in run_dir.iterdir()}


@pytest.fixture
def run_dir(trained, tmp_path):
    for name, content in trained.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


GARBLED = {
    "empty": b"",
    "zeros": bytes(200),
    "cut": b'model_checkpoint_path: "ck',
    "no text": b"\xff\xfe\x00",
    "another message": b"all_model_checkpoint_timestamps: 1.0\n",
    "huge": b"#" * 2_000_000,
}


@pytest.mark.parametrize("kind", GARBLED)
def test_a_garbled_state_file_is_set_aside_and_the_run_goes_on(kind, run_dir, caplog):
    (run_dir / STATE).write_bytes(GARBLED[kind])
    with caplog.at_level(logging.WARNING):
        prefix, step = last_trained(run_dir)
    assert (prefix, step) == (str(run_dir / "ckpt-10"), 10)
    assert (run_dir / "checkpoint.broken").read_bytes() == GARBLED[kind]
    assert f"{run_dir}/checkpoint: cannot be read, kept as checkpoint.broken" in caplog.text
    assert choose_checkpoint(run_dir).step == 10
    assert not (run_dir / "checkpoint.broken1").exists()


def test_a_pipe_in_its_place_is_set_aside_too(run_dir):
    import os

    (run_dir / STATE).unlink()
    os.mkfifo(run_dir / STATE)
    assert choose_checkpoint(run_dir).step == 10


def test_a_sound_state_file_is_left_alone(run_dir):
    before = (run_dir / STATE).read_bytes()
    mend_state(run_dir)
    assert (run_dir / STATE).read_bytes() == before
    assert last_trained(run_dir)[1] == 10


def test_without_any_checkpoint_a_garbled_state_file_is_a_run_that_has_not_begun(tmp_path):
    (tmp_path / STATE).write_bytes(b"")
    assert last_trained(tmp_path) == (None, 0)
    (tmp_path / STATE).write_bytes(b"")
    with pytest.raises(TrainingError, match="no checkpoint there"):
        choose_checkpoint(tmp_path)


@pytest.mark.parametrize("left", [0, 1, 100])
@pytest.mark.parametrize("part", [".index", ".data-00000-of-00001"])
def test_a_checkpoint_that_is_cut_short_is_said_in_one_line(part, left, run_dir):
    path = run_dir / f"ckpt-10{part}"
    path.write_bytes(path.read_bytes()[:left])
    try:
        assert step_of(str(run_dir / "ckpt-10")) == 10  # its step may be in what is left
    except TrainingError as error:
        assert str(error).startswith(f"{run_dir}/ckpt-10: is no readable checkpoint")
        assert "\n" not in str(error)


def test_one_that_is_cut_short_is_passed_over_when_the_list_is_made_anew(run_dir):
    (run_dir / "ckpt-10.index").write_bytes(b"")
    (run_dir / STATE).write_bytes(b"")
    assert last_trained(run_dir)[1] == 5
