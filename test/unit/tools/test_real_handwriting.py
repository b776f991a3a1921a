"""People's digits come from a package; those to judge by are none of those to learn from."""

import io
import json
import tarfile

import pytest
import real_handwriting
from npm_package import NotAvailableError

from tod_ros.errors import ModelError
from tod_ros.images.image_file import read_image
from tod_ros.scene.written_marks import read_written_marks


def digits(count):
    """Each picture has a grey level of its own, all of them ink."""
    return [[(200 + level) / 255] * 784 for level in range(count)]


@pytest.fixture
def package(tmp_path, monkeypatch):
    archive = tmp_path / "digits.tgz"
    with tarfile.open(archive, "w:gz") as packed:
        for digit in range(10):
            shares = [share for one in digits(10 + digit) for share in one]
            content = json.dumps({"data": shares}).encode()
            entry = tarfile.TarInfo(f"package/src/digits/{digit}.json")
            entry.size = len(content)
            packed.addfile(entry, io.BytesIO(content))
    monkeypatch.setattr(real_handwriting, "fetch", lambda *_: archive)
    return tmp_path / "made"


def levels(sheet):
    return {*read_image(sheet)[::28, ::28, 0].ravel().tolist()} - {0}


def test_one_in_five_is_kept_to_judge_by(package):
    real_handwriting.prepare(package)
    assert len(read_written_marks(str(package / "judge"))) == 10
    for digit in range(10):
        judged, learnt = (levels(package / name / f"{digit}.png") for name in ("judge", "learn"))
        assert not judged & learnt
        assert judged | learnt == {200 + level for level in range(10 + digit)}
        assert len(judged) == -(-(10 + digit) // 5)


def test_without_npm_the_reason_is_said(tmp_path, monkeypatch):
    def missing(*_):
        raise NotAvailableError("npm is not installed")

    monkeypatch.setattr(real_handwriting, "fetch", missing)
    with pytest.raises(ModelError, match="no handwriting to draw with: npm is not installed"):
        real_handwriting.prepare(tmp_path)
