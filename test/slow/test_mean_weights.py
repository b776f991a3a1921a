"""The mean of two networks' weights is a checkpoint like theirs."""

import pytest
from mean_weights import write_mean

tf = pytest.importorskip("tensorflow")


def saved(folder, weight, step):
    model = tf.train.Checkpoint(w=tf.Variable([weight, 2 * weight]))
    checkpoint = tf.train.Checkpoint(model=model, step=tf.Variable(step, dtype=tf.int64))
    return checkpoint.save(str(folder / "ckpt"))


def test_weights_are_mixed_and_the_step_is_that_of_the_second(tmp_path):
    first, second = saved(tmp_path / "a", 1.0, 5), saved(tmp_path / "b", 3.0, 9)
    write_mean(tmp_path / "mean", first, second, 0.25)
    found = tf.train.load_checkpoint(tf.train.latest_checkpoint(str(tmp_path / "mean")))
    name = "model/w/.ATTRIBUTES/VARIABLE_VALUE"
    assert found.get_tensor(name) == pytest.approx([1.5, 3.0])
    assert found.get_tensor("step/.ATTRIBUTES/VARIABLE_VALUE") == 9


def test_what_was_mixed_can_be_restored(tmp_path):
    first, second = saved(tmp_path / "a", 1.0, 5), saved(tmp_path / "b", 3.0, 9)
    write_mean(tmp_path / "mean", first, second, 1.0)
    weights = tf.Variable([0.0, 0.0])
    restored = tf.train.Checkpoint(model=tf.train.Checkpoint(w=weights))
    restored.restore(tf.train.latest_checkpoint(str(tmp_path / "mean"))).expect_partial()
    assert weights.numpy() == pytest.approx([3.0, 6.0])
