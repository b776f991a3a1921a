"""A wrong name is answered with the nearest right one, or with all of them."""

import pytest

from tod_ros.names import did_you_mean


@pytest.mark.parametrize(
    "name, known, answer",
    [
        ("min_scor", ["min_score", "model"], ", did you mean 'min_score'?"),
        ("zzz", ["two", "one"], " (known: one, two)"),
        (3, ["one"], " (known: one)"),
    ],
)
def test_did_you_mean(name, known, answer):
    assert did_you_mean(name, known) == answer
