"""Every reader refuses in one line, and soon, what may stand in the place of its file."""

from __future__ import annotations

import ast
import functools
import os
import resource
import signal
import sys
import threading
from pathlib import Path

import families
import pytest
from families import FILE_READERS, FILE_WRITERS, FORGIVING, LONG, REFUSED, TAKEN, in_time
from other_user import NOBODY, holds_for_nobody, let_through, needs_root

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


@needs_root
@pytest.mark.parametrize("name", FILE_READERS)
def test_a_file_that_may_not_be_read_is_said(name, tmp_path):
    path = place_of(name, tmp_path)
    path.write_bytes(FILE_READERS[name].sound())
    path.chmod(0)
    let_through(tmp_path)

    def is_said():
        said = what_it_says(name, path)
        return "\n" not in said and (said or name in FORGIVING)

    assert holds_for_nobody(is_said)


def test_a_fault_in_millions_is_told_in_twenty_lines():
    several = SeveralErrors(TodError(f"a{n}.xml: object {n}: is wrong") for n in range(20_000))
    lines = str(several).split("\n")
    assert len(lines) == 21
    assert lines[-1] == "and 19,980 more like these"
    many = SeveralErrors(TodError(f"a.xml: {chr(65 + n % 26)} is wrong") for n in range(1000))
    assert len(str(many).split("\n")) <= 200


@pytest.mark.parametrize("name", FILE_READERS)
def test_no_reader_runs_after_a_file_that_grows_for_ever(name, tmp_path):
    """It grows by a hole: faster than anybody reads, and without filling the disk."""
    pytest.importorskip("tensorflow") if name == "pipeline" else None
    path = place_of(name, tmp_path)
    path.write_bytes(FILE_READERS[name].sound())
    ended, size = threading.Event(), path.stat().st_size

    def grow() -> None:
        with open(path, "rb+") as held:  # it may be set aside meanwhile
            for times in range(1, 10_000):
                held.truncate(size + times * 10**8)
                if ended.wait(0.001):
                    return

    grower = threading.Thread(target=grow)
    grower.start()
    try:
        said = what_it_says(name, path)
    finally:
        ended.set()
        grower.join()
    assert "\n" not in said and len(said) <= 2000


# The writers: what stands in the way of a write, and who else writes.


def content_of(name: str, which: int, folder: Path) -> bytes:
    folder.mkdir(parents=True)
    path = folder / FILE_WRITERS[name].name
    FILE_WRITERS[name].write(path, which)
    return path.read_bytes()


@pytest.fixture(params=FILE_WRITERS)
def writer(request, tmp_path):
    """(its name, the path, the old content that is there, the new one)"""
    name = request.param
    if name == "pipeline":
        pytest.importorskip("object_detection")
    old, new = (content_of(name, which, tmp_path / f"made{which}" / "here") for which in (0, 1))
    assert old != new
    (tmp_path / "here").mkdir()
    path = tmp_path / "here" / FILE_WRITERS[name].name
    path.write_bytes(old)
    return name, path, old, new


def child(do) -> int:
    """The exit status of a process of its own that does it: 0, or 3 where it says an error."""
    forked = os.fork()
    if forked == 0:
        status = 1
        try:
            try:
                do()
                status = 0
            except (TodError, OSError):
                status = 3
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1])


def others_in(folder: Path, path: Path):
    return [entry for entry in folder.iterdir() if entry != path]


@pytest.mark.parametrize("room", [0, 10])
def test_a_disk_without_room_leaves_the_old_file_and_nothing_else(writer, room):
    name, path, old, _ = writer

    def without_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
        FILE_WRITERS[name].write(path, 1)

    assert child(without_room) == 3
    assert path.read_bytes() == old and others_in(path.parent, path) == []


@needs_root
def test_a_folder_that_may_not_be_written_to_is_said(writer):
    name, path, old, _ = writer
    let_through(path.parent)

    def as_somebody_else() -> None:
        os.setuid(NOBODY)
        FILE_WRITERS[name].write(path, 1)

    assert child(as_somebody_else) == 3
    assert path.read_bytes() == old and others_in(path.parent, path) == []


STEPS = ("open", "os.rename", "os.link", "os.remove", "os.mkdir", "shutil.move", "os.truncate")


def test_a_kill_before_any_step_leaves_the_old_file_or_the_new_one(writer):
    name, path, old, new = writer

    def write(steps: int) -> None:
        left = [steps]

        def kill_at_the_step(event: str, details: tuple) -> None:
            if event in STEPS and str(path.parent) in str(details):
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left[0] -= 1

        sys.addaudithook(kill_at_the_step)  # it cannot be taken away: only in the child
        FILE_WRITERS[name].write(path, 1)

    for step in range(50):
        status = child(functools.partial(write, step))
        assert path.read_bytes() in (old, new)
        assert all(entry.name.startswith(".draft-") for entry in others_in(path.parent, path))
        if status == 0:
            break
        assert status == -signal.SIGKILL
    assert step > 1 and path.read_bytes() == new


def test_two_writers_at_once_leave_the_whole_file_of_one(writer):
    name, path, old, new = writer

    def write(which: int) -> None:
        for _ in range(10):
            FILE_WRITERS[name].write(path, which)

    forked = []
    for which in (0, 1):
        process = os.fork()
        if process == 0:
            status = 1
            try:
                write(which)
                status = 0
            finally:
                os._exit(status)
        forked.append(process)
    waiting = set(forked)
    while waiting:
        for process in list(waiting):
            done, status = os.waitpid(process, os.WNOHANG)
            if done:
                assert status == 0
                waiting.remove(process)
        assert path.read_bytes() in (old, new)
    assert others_in(path.parent, path) == []


# Who must register: whatever reads or writes a file of a given path.
EXCUSED = {
    "read_model_folder": "of a folder; each of its files has a reader",
    "read_xml_bytes": "the part of read_voc that opens",
    "read_records": "for tests and tools: what this package wrote, each record with its checksum",
    "write_pictures": "into the run's own folder, through files.replacing",
}
GROUND = ("files.py",)


def test_every_reader_and_writer_of_a_path_is_registered():
    registered = Path(families.__file__).read_text(encoding="utf-8")
    sources = Path(__file__).resolve().parents[2] / "src" / "tod_ros"
    missing = []
    for source in sorted(sources.rglob("*.py")):
        for node in ast.parse(source.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.FunctionDef) or source.name in GROUND:
                continue
            if node.name.startswith(("read_", "write_")) and node.args.args:
                is_told = f"import {node.name}" in registered or f"{node.name}(" in registered
                if node.args.args[0].arg == "path" and not is_told and node.name not in EXCUSED:
                    missing.append(f"{source.name}: {node.name}")
    assert missing == []
