"""Files made to do harm: each is refused in one line, and costs little time and memory."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from readers import READERS, try_out

HOSTILE = Path(__file__).resolve().parents[1] / "data" / "hostile"
FILES = sorted(path for path in HOSTILE.rglob("*") if path.is_file())
BOMBS = Path(__file__).resolve().parents[1] / "fuzz" / "bombs.py"
MOST_S, MOST_MB = 8.0, 300


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_each_file_that_was_found_or_made_to_do_harm_is_refused(path, tmp_path):
    assert try_out(path.parent.name, path.read_bytes(), tmp_path) != ""


def test_every_reader_has_hostile_files_and_takes_its_sound_ones(tmp_path):
    assert {path.parent.name for path in FILES} | {"archive", "graph"} >= set(READERS)
    for name, reader in READERS.items():
        folder = tmp_path / name
        folder.mkdir()
        said = [try_out(name, seed, folder) for seed in reader.seeds()]
        assert "" in said or name == "archive", said


def tar(*members):
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as made:
        for name, kind, content in members:
            info = tarfile.TarInfo(name)
            info.type, info.size, info.linkname = kind, len(content), "../../../outside"
            made.addfile(info, io.BytesIO(content))
    return gzip.compress(held.getvalue())


FILE, LINK, HARD, DEVICE, FIFO = b"0", b"2", b"1", b"3", b"6"


@pytest.mark.parametrize(
    "members",
    [
        [("ssd_tiny/../../evil", FILE, b"x")],
        [("/tmp/evil", FILE, b"x")],
        [("ssd_tiny/link", LINK, b""), ("ssd_tiny/link/evil", FILE, b"x")],
        [("ssd_tiny/link", HARD, b"")],
        [("ssd_tiny/device", DEVICE, b"")],
        [("ssd_tiny/pipe", FIFO, b"")],
        [("ssd_tiny", LINK, b""), ("ssd_tiny/evil", FILE, b"x")],
    ],
)
def test_no_archive_writes_outside_of_its_folder(members, tmp_path):
    said = try_out("archive", tar(*members), tmp_path)
    assert said.endswith(("this is no network of the zoo", "get it again"))


def test_a_bomb_costs_little():
    """Its size does not count: how much of it is read does."""
    done = subprocess.run([sys.executable, str(BOMBS)], stdout=subprocess.PIPE, check=True)
    for reader, bomb, said, seconds, megabytes in json.loads(done.stdout):
        print(f"{reader}: {seconds:.2f} s, {megabytes:.0f} MB: {bomb}: {said[-90:]}")
        assert said, (reader, bomb)
        assert seconds < MOST_S, (reader, bomb)
        assert megabytes < MOST_MB, (reader, bomb)
