"""An export says which runtime to trust."""

from pathlib import Path

import pytest

from tod_ros.evaluation.comparing import Difference
from tod_ros.export.parity import Exported

SAME = Difference(0.01, 0.001, 30, 0)


def exported(**differences):
    return Exported(Path("model"), differences, 3, 3)


@pytest.mark.parametrize(
    "difference",
    [Difference(1.2, 0.001, 30, 0), Difference(0.1, 0.02, 30, 0), Difference(0.1, 0.001, 30, 1)],
)
def test_where_litert_differs_tensorflow_is_to_be_trusted(difference):
    doubt = exported(tensorflow=SAME, litert=difference).doubt
    assert "trust tensorflow" in doubt and "\n" not in doubt


def test_where_both_agree_or_there_is_no_litert_nothing_is_doubted():
    assert exported(tensorflow=SAME, litert=SAME).doubt == ""
    assert exported(tensorflow=SAME).doubt == ""
