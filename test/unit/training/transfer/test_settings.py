"""transfer.yaml: written with its meanings, read back, refused by name."""

import pytest

from tod_ros.errors import SettingError
from tod_ros.training.transfer.settings import (
    FILE,
    MEANINGS,
    ObjectSettings,
    TransferSettings,
    read_transfer,
    write_transfer,
)


@pytest.mark.parametrize("kind", [TransferSettings, ObjectSettings])
def test_what_is_written_is_read(tmp_path, kind):
    settings = kind(captures=7, tell_apart=0.25, seed=3)
    write_transfer(tmp_path / FILE, settings)
    assert read_transfer(tmp_path) == settings


@pytest.mark.parametrize("kind", [TransferSettings, ObjectSettings])
def test_each_setting_is_explained_in_the_file(tmp_path, kind):
    write_transfer(tmp_path / FILE, kind())
    text = (tmp_path / FILE).read_text()
    assert all(MEANINGS[name] in text for name in vars(kind()))


def test_a_file_of_before_there_were_objects_is_of_cubes(tmp_path):
    (tmp_path / FILE).write_text("captures: 7\nreplay: 3\n")
    assert read_transfer(tmp_path) == TransferSettings(captures=7, replay=3)


def test_without_the_file_nothing_helps(tmp_path):
    assert read_transfer(tmp_path) is None


@pytest.mark.parametrize(
    "text, message",
    [
        ("capturs: 3", "unknown parameter 'capturs', did you mean 'captures'"),
        ("replay: -1", "parameter 'replay' is -1, must be from 0"),
        ("replay: many", "parameter 'replay' is 'many', must be a whole number"),
        ("shows: objects\nreplay: 3", "unknown parameter 'replay'"),
        ("shows: balls", "'shows' must be one of cubes, objects"),
        ("- 3", "holds no settings"),
        ("a: [", "cannot be read"),
        ("", "holds no settings"),
    ],
)
def test_a_wrong_file_is_refused_by_its_name(tmp_path, text, message):
    (tmp_path / FILE).write_text(text)
    with pytest.raises(SettingError, match=message) as caught:
        read_transfer(tmp_path)
    assert str(tmp_path / FILE) in str(caught.value)
