"""Every reader refuses in one line, and soon, what may stand in the place of its file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from families import FILE_READERS, FORGIVING, LONG, REFUSED, TAKEN, in_time

from tod_ros.errors import SeveralErrors, TodError

MOST_S, MOST_MB = 10.0, 500


def peak_mb() -> float:
    text = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in text.split("\n") if "VmHWM" in line)


def what_it_says(name: str, path: Path) -> str:
    reader = FILE_READERS[name]
    with in_time(MOST_S):
        try:
            reader.read(path)
        except TodError as error:
            return str(error)
    return ""


def place_of(name: str, tmp_path: Path) -> Path:
    path = tmp_path / FILE_READERS[name].name
    path.parent.mkdir(exist_ok=True)
    return path


@pytest.mark.parametrize("name", FILE_READERS)
def test_every_reader_takes_its_sound_file_also_through_a_link(name, tmp_path):
    sound = FILE_READERS[name].sound()
    path = place_of(name, tmp_path)
    path.write_bytes(sound)
    said = what_it_says(name, path)
    for put in TAKEN.values():
        path.unlink()
        put(path, sound)
        assert what_it_says(name, path) == said


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("name", FILE_READERS)
def test_every_reader_refuses_in_one_line(name, kind, tmp_path):
    pytest.importorskip("tensorflow") if name == "pipeline" else None
    path = place_of(name, tmp_path)
    REFUSED[kind](path, FILE_READERS[name].sound())
    Path("/proc/self/clear_refs").write_text("5")
    before = peak_mb()
    said = what_it_says(name, path)
    assert peak_mb() - before < MOST_MB
    if kind == "dangling link" and name in ("zoo_record", "transfer", "card"):
        return  # as if there were none
    if name in FORGIVING or (name, kind) == ("record", "deep"):
        return
    assert said
    assert "\n" not in said and len(said) <= 2000 and said.isprintable()


@pytest.mark.parametrize("name", FILE_READERS)
def test_no_reader_stumbles_over_a_name(name, tmp_path):
    last = Path(FILE_READERS[name].name).name
    for odd in (os.fsdecode(b"bad\xff") + last, LONG + last, "\x1b[31m" + last):
        said = what_it_says(name, tmp_path / "sub" / odd)
        assert all(letter.isprintable() or "\ud800" <= letter <= "\udfff" for letter in said)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to become somebody else")
@pytest.mark.parametrize("name", FILE_READERS)
def test_a_file_that_may_not_be_read_is_said(name, tmp_path):
    path = place_of(name, tmp_path)
    path.write_bytes(FILE_READERS[name].sound())
    path.chmod(0)
    for folder in (tmp_path, *tmp_path.parents):
        if not folder.stat().st_mode & stat.S_IXOTH:
            folder.chmod(0o755)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setuid(65534)
            said = what_it_says(name, path)
            status = 0 if "\n" not in said and (said or name in FORGIVING) else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_fault_in_millions_is_told_in_twenty_lines():
    several = SeveralErrors(TodError(f"a{n}.xml: object {n}: is wrong") for n in range(20_000))
    lines = str(several).split("\n")
    assert len(lines) == 21
    assert lines[-1] == "and 19,980 more like these"
    many = SeveralErrors(TodError(f"a.xml: {chr(65 + n % 26)} is wrong") for n in range(1000))
    assert len(str(many).split("\n")) <= 200
