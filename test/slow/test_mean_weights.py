"""The mean of two networks' weights is a checkpoint like theirs."""

import pytest
from mean_weights import write_mean

tf = pytest.importorskip("tensorflow")


def saved(folder, weight, step):
    model = tf.train.Checkpoint(w=tf.Variable([weight, 2 * weight]))
    checkpoint = tf.train.Checkpoint(model=model, step=tf.Variable(step, dtype=tf.int64))
    return checkpoint.save(str(folder / "ckpt"))


def test_the_mean_is_restored_with_the_step_of_the_second(tmp_path):
    first, second = saved(tmp_path / "a", 1.0, 5), saved(tmp_path / "b", 4.0, 9)
    write_mean(tmp_path / "mean", first, second)
    weights, step = tf.Variable([0.0, 0.0]), tf.Variable(0, dtype=tf.int64)
    restored = tf.train.Checkpoint(model=tf.train.Checkpoint(w=weights), step=step)
    restored.restore(tf.train.latest_checkpoint(str(tmp_path / "mean"))).expect_partial()
    assert weights.numpy() == pytest.approx([2.5, 5.0])
    assert step.numpy() == 9
