"""People's digits come from a package; those to judge by are none of those to learn from."""

import io
import json
import tarfile

import numpy as np
import pytest
import real_handwriting
from npm_package import NotAvailableError

from tod_ros.errors import ModelError


def digits(count):
    """Each picture has a grey level of its own."""
    return [[level / 255] * 784 for level in range(count)]


@pytest.fixture
def package(tmp_path, monkeypatch):
    archive = tmp_path / "digits.tgz"
    with tarfile.open(archive, "w:gz") as packed:
        for digit in range(10):
            content = json.dumps(
                {"data": [share for one in digits(10 + digit) for share in one]}
            ).encode()
            entry = tarfile.TarInfo(f"package/src/digits/{digit}.json")
            entry.size = len(content)
            packed.addfile(entry, io.BytesIO(content))
    monkeypatch.setattr(real_handwriting, "fetch", lambda *_: archive)
    return tmp_path / "made"


def test_one_in_five_is_kept_to_judge_by(package):
    package.mkdir()
    real_handwriting.prepare(package)
    with np.load(package / "learn.npz") as learnt:
        levels = {name: set(learnt[name][:, 0, 0]) for name in learnt.files}
    with np.load(package / "judge.npz") as judged:
        assert set(judged.files) == set(levels) == set("0123456789")
        for digit, pictures in ((name, judged[name]) for name in judged.files):
            assert pictures.shape[1:] == (28, 28)
            kept = set(pictures[:, 0, 0])
            assert not kept & levels[digit]
            assert len(kept) + len(levels[digit]) == 10 + int(digit)
            assert len(kept) == -(-(10 + int(digit)) // 5)


def test_without_npm_the_reason_is_said(tmp_path, monkeypatch):
    def missing(*_):
        raise NotAvailableError("npm is not installed")

    monkeypatch.setattr(real_handwriting, "fetch", missing)
    with pytest.raises(ModelError, match="no handwriting to draw with: npm is not installed"):
        real_handwriting.prepare(tmp_path)
