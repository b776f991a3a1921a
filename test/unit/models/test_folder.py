"""A path that can be none is said as one that is not there."""

import pytest

from tod_ros.errors import ModelError
from tod_ros.models.folder import read_model_folder


@pytest.mark.parametrize("path", ["~nobody-of-that-name/model", "n" * 300, "a/" * 900, "m\0"])
def test_no_such_folder(path):
    with pytest.raises(ModelError, match="no such model folder"):
        read_model_folder(path)
