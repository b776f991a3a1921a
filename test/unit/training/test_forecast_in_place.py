import numpy as np
import pytest

from tod_ros.training.forecast_in_place import STEPS, step_seconds


class Variable:
    def __init__(self, *values):
        self._value = np.array(values)

    def numpy(self):
        return self._value.copy()

    def assign(self, value):
        self._value = np.array(value)


class Step:
    def __init__(self, seconds):
        self.seconds = seconds


class Learner:
    """Its weights come to be when it is built, its optimizer's slot in the first step."""

    def __init__(self, resumes):
        self.network = self
        self.global_step = Variable(0)
        self._resumes, self._weights, self._slots = resumes, [], []
        self.seconds = [9.0, 0.5, 0.4, 0.6][:STEPS]
        self.steps_seen = []
        if resumes:
            self.restore()

    @property
    def variables(self):
        return [self.global_step, *self._weights, *self._slots]

    def values(self):
        return [variable.numpy().tolist() for variable in self.variables]

    def last_checkpoint(self):
        return "ckpt-1" if self._resumes else None

    def restore(self):
        self.global_step.assign([498])
        self._weights, self._slots = [Variable(3.0, 4.0)], [Variable(0.5, 0.5)]

    def build(self):
        self._weights = self._weights or [Variable(1.0, 2.0)]

    def take_step(self):
        self.build()
        self._slots = self._slots or [Variable(0.0, 0.0)]
        self.steps_seen.append(int(self.global_step.numpy()))
        for variable in self.variables:
            variable.assign(variable.numpy() + 1)
        return Step(self.seconds.pop(0))


@pytest.mark.parametrize(
    "resumes, values",
    [(False, [[0], [1.0, 2.0], [0.0, 0.0]]), (True, [[498], [3.0, 4.0], [0.5, 0.5]])],
)
def test_nothing_is_left_of_the_trial_steps(resumes, values):
    learner = Learner(resumes)
    step_seconds(learner)
    assert learner.values() == values
    assert 0 not in learner.steps_seen and 500 not in learner.steps_seen, "shown in TensorBoard"


def test_the_step_that_builds_the_graph_does_not_count():
    assert step_seconds(Learner(False)) == 0.4
