"""Files appear complete or not at all, and never take another's place unasked."""

import errno
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tod_ros import files


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_replaced_file_holds_the_new_content_and_leaves_no_draft(tmp_path):
    target = tmp_path / "notes.txt"
    target.write_text("old")
    files.write_text(target, "new é")
    assert target.read_text(encoding="utf-8") == "new é"
    assert names_in(tmp_path) == ["notes.txt"]


@pytest.mark.parametrize("write", [files.place_new, files.write_bytes])
def test_an_interrupt_just_before_the_draft_goes_leaves_none(tmp_path, monkeypatch, write):
    unlink, told = Path.unlink, []

    def interrupted_once(path, missing_ok=False):
        if not told:
            told.append(path)
            raise KeyboardInterrupt
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", interrupted_once)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "notes.txt", b"new")
    assert told and names_in(tmp_path) == ["notes.txt"]


@pytest.mark.parametrize("write", [files.place_new, files.write_bytes])
def test_a_draft_that_cannot_be_made_is_told_by_the_name_of_its_file(tmp_path, write):
    (tmp_path / "no_folder").write_text("a file")
    with pytest.raises(OSError) as caught:
        write(tmp_path / "no_folder" / "notes.txt", b"new")
    assert caught.value.filename == str(tmp_path / "no_folder" / "notes.txt")


def test_a_failure_while_writing_leaves_the_old_file_and_no_draft(tmp_path):
    target = tmp_path / "notes.txt"
    target.write_text("old")
    with pytest.raises(RuntimeError), files.replacing(target) as draft:
        draft.write_text("half")
        raise RuntimeError("power cut")
    assert target.read_text() == "old"
    assert names_in(tmp_path) == ["notes.txt"]


def test_a_copy_never_takes_the_place_of_an_earlier_one(tmp_path):
    original = tmp_path / "a.config"
    kept = []
    for content in ("first", "second", "second", "first", "third"):
        original.write_text(content)
        kept.append(files.keep_copy(original).name)
    names = ["a.config.before", "a.config.before.2", "a.config.before.3"]
    assert kept == [names[0], names[1], names[1], names[0], names[2]]
    assert [(tmp_path / name).read_text() for name in names] == ["first", "second", "third"]
    assert names_in(tmp_path) == ["a.config", *names]


def test_where_no_draft_can_be_made_the_error_names_the_file_itself(tmp_path):
    target = tmp_path / "gone" / "notes.txt"
    with pytest.raises(FileNotFoundError) as caught:
        files.write_text(target, "new")
    assert caught.value.filename == str(target)


def test_a_new_file_never_takes_the_place_of_another(tmp_path):
    target = tmp_path / "image001.png"
    assert files.place_new(target, b"first")
    assert not files.place_new(target, b"second")
    assert target.read_bytes() == b"first"
    assert names_in(tmp_path) == ["image001.png"]


def test_a_disk_without_hard_links_takes_new_files_too(tmp_path):
    def link(draft, target):
        raise PermissionError(errno.EPERM, "Operation not permitted", str(draft), None, str(target))

    target = tmp_path / "image001.png"
    assert files.place_new(target, b"first", link)
    assert not files.place_new(target, b"second", link)
    assert target.read_bytes() == b"first"
    assert names_in(tmp_path) == ["image001.png"]


def test_any_other_fault_of_the_disk_is_told_and_leaves_nothing(tmp_path):
    def link(draft, target):
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        files.place_new(tmp_path / "image001.png", b"first", link)
    assert names_in(tmp_path) == []


def test_a_new_file_has_ordinary_permissions(tmp_path):
    old = os.umask(0o022)
    try:
        files.place_new(tmp_path / "a", b"")
    finally:
        os.umask(old)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644


def test_a_killed_writer_leaves_nothing_under_the_final_name(tmp_path):
    script = textwrap.dedent(
        """
        import os, signal, sys
        from tod_ros import files
        with files.replacing(sys.argv[1]) as draft:
            draft.write_bytes(b"half")
            os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    path = tmp_path / "image001.png"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    killed = subprocess.run([sys.executable, "-c", script, str(path)], env=environment, timeout=30)
    assert killed.returncode == -9
    assert not path.exists()
    assert all(name.startswith(".draft-") for name in names_in(tmp_path))


def test_a_file_is_read_up_to_its_bound_and_refused_over_it(tmp_path):
    target = tmp_path / "notes.txt"
    target.write_bytes(b"1234")
    assert files.read_bounded(target, 4, ValueError, "4 bytes") == b"1234"
    with pytest.raises(ValueError, match=r"notes\.txt: over 3 bytes, cut it$"):
        files.read_bounded(target, 3, ValueError, "3 bytes, cut it")
    with pytest.raises(ValueError, match=r"none: cannot be read \(No such file or directory\)$"):
        files.read_bounded(tmp_path / "none", 3, ValueError, "3 bytes")
