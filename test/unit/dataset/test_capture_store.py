from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter

import numpy as np
import pytest

from tod_ros.dataset.capture_store import CaptureStore, split_of, store_of
from tod_ros.dataset.project import Project
from tod_ros.errors import ImageError, ProjectError, SettingError
from tod_ros.images.image_file import read_image
from tod_ros.settings import CaptureSettings

PICTURE = np.random.default_rng(5).integers(0, 256, (12, 40, 3), dtype=np.uint8)


@pytest.fixture
def store(tmp_path):
    made = CaptureStore(Project(tmp_path / "cubes"))
    made.make_folders(now=0.0)
    return made


def with_files(store, *names):
    for name in names:
        (store.project.images_root / name).write_bytes(b"kept")


def test_the_first_picture_is_number_one_and_can_be_read_back(store):
    stored = store.store(PICTURE)
    assert (stored.number, stored.split) == (1, "train")
    assert stored.path == store.project.images_dir("train") / "image001.png"
    assert np.array_equal(read_image(stored.path), PICTURE)


@pytest.mark.parametrize(
    "there, expected",
    [
        (["train/image007.png"], "train/image008.png"),
        (["train/image002.png", "test/image041.jpg"], "train/image042.png"),
        (["train/image007.xml"], "train/image008.png"),
        (["train/image998.png"], "train/image999.png"),
        (["train/image999.png"], "test/image1000.png"),
        (["train/image1234567.png"], "train/image1234568.png"),
        (["train/other900.png", "train/image.png", "train/imageX12.png"], "train/image001.png"),
        (["image055.png"], "train/image056.png"),
        (["train/image20240714120000.png"], "train/image001.png"),
        (["train/image2147483647.png", "train/image004.png"], "train/image005.png"),
        (["test/image999999999.png"], "test/image1000000000.png"),
        ([f"train/image{'1' * 245}.png"], "train/image001.png"),
        (["train/image3.png", "train/image0011.png"], "train/image012.png"),
    ],
)
def test_numbers_go_on_after_the_highest_in_both_splits_past_the_width(store, there, expected):
    with_files(store, *there)
    assert store.store(PICTURE).path == store.project.images_root / expected
    for name in there:
        assert (store.project.images_root / name).read_bytes() == b"kept"


def test_any_ten_pictures_that_follow_each_other_have_one_for_the_test():
    splits = [split_of(number) for number in range(1, 200)]
    for start in range(len(splits) - 9):
        assert Counter(splits[start : start + 10]) == {"train": 9, "test": 1}


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_split_that_is_asked_for_gets_every_picture(tmp_path, split):
    store = CaptureStore(
        Project(tmp_path / "cubes"), split=split, extension="jpg", digits=1, prefix=""
    )
    store.make_folders(now=0.0)
    names = [store.store(PICTURE).path for _ in range(11)]
    assert names == [store.project.images_dir(split) / f"{n}.jpg" for n in range(1, 12)]


def test_the_older_layout_of_the_course_is_used_where_it_is(tmp_path):
    (tmp_path / "images" / "cubes").mkdir(parents=True)
    store = CaptureStore(Project(tmp_path / "cubes"))
    store.make_folders(now=0.0)
    assert store.store(PICTURE).path == tmp_path / "images" / "cubes" / "train" / "image001.png"


WRITER = """
import sys, numpy as np
from tod_ros.dataset.capture_store import CaptureStore
from tod_ros.dataset.project import Project
store = CaptureStore(Project(sys.argv[1]))
picture = np.random.default_rng(5).integers(0, 256, (480, 640, 3), dtype=np.uint8)
print("ready", flush=True)
for _ in range(int(sys.argv[2])):
    print(store.store(picture).path, flush=True)
"""


def start_writer(store, count):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(store.project.root), str(count)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def test_two_processes_never_use_a_number_twice_nor_lose_a_picture(store):
    writers = [start_writer(store, 20) for _ in range(2)]
    told = [line for writer in writers for line in writer.communicate(timeout=60)[0].split()[1:]]
    assert [writer.returncode for writer in writers] == [0, 0]
    files = sorted(store.project.images_root.glob("*/*"))
    assert sorted(told) == sorted(map(str, files))
    assert sorted(int(path.stem[5:]) for path in files) == list(range(1, 41))
    assert Counter(path.parent.name for path in files) == {"train": 36, "test": 4}


def test_a_writer_killed_at_any_moment_leaves_whole_pictures_and_hidden_drafts_only(store):
    for stored in range(6):
        writer = start_writer(store, 1000)
        told = [writer.stdout.readline() for _ in range(1 + stored)]
        assert told[0] == "ready\n"
        time.sleep(0.004 * stored)  # the moment of the blow, different every time
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
    files = [p for p in store.project.images_root.glob("*/*") if not p.name.startswith(".")]
    assert files and all(read_image(path).shape == (480, 640, 3) for path in files)
    assert store.store(PICTURE).number == len(files) + 1  # the lock went with its holder


def test_old_drafts_are_removed_at_the_start_and_young_ones_are_not(store):
    draft = store.project.images_dir("train") / ".draft-abc.png"
    draft.write_bytes(b"half")
    born = draft.stat().st_mtime
    store.make_folders(now=born + 60)
    assert draft.exists()
    store.make_folders(now=born + 3600)
    assert not draft.exists()


def test_only_new_folders_are_told(tmp_path):
    store = CaptureStore(Project(tmp_path / "cubes"))
    assert [folder.name for folder in store.make_folders(now=0.0)] == ["train", "test"]
    assert store.make_folders(now=0.0) == []


def test_a_full_disk_is_one_clear_line_and_nothing_half_written(store, tmp_path):
    program = WRITER.replace(
        'print("ready"',
        "import resource; resource.setrlimit("
        'resource.RLIMIT_FSIZE, (100000, 100000)); print("ready"',
    )
    ended = subprocess.run(
        [sys.executable, "-c", "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
         + program, str(store.project.root), "1"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert "ImageNotWritable" in ended.stderr and "cannot be stored: File too large" in ended.stderr
    assert list(store.project.images_root.glob("*/*")) == []


def test_a_folder_that_has_gone_is_one_clear_line(store):
    store.project.images_dir("train").rmdir()
    with pytest.raises(ImageError, match="cannot be stored: No such file.*another project"):
        store.store(PICTURE)


def test_a_file_where_a_folder_should_be_is_refused_by_name(tmp_path):
    (tmp_path / "cubes").mkdir()
    (tmp_path / "cubes" / "images").write_text("")
    with pytest.raises(ProjectError, match="cubes/images: cannot be written"):
        CaptureStore(Project(tmp_path / "cubes")).make_folders(now=0.0)


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"project": ""}, "'project' is not set"),
        ({"project": "cubes"}, "must begin with / or ~"),
        ({"project": "/tmp/" + "n" * 300}, "which cannot be a folder .File name too long"),
        ({"project": "/" + "n" * 300 + "/cubes"}, "which cannot be a folder"),
        ({"project": "/tmp/a\0b"}, "which cannot be a folder"),
        ({"project": "/no/such/place/cubes"}, "no folder /no/such/place"),
        ({"prefix": "../image"}, "'prefix' is"),
        ({"prefix": "a/b"}, "'prefix' is"),
        ({"prefix": ".hidden"}, "'prefix' is"),
        ({"prefix": "a\nb"}, "'prefix' is"),
        ({"prefix": "x" * 101}, "'prefix' is"),
    ],
)
def test_settings_that_cannot_be_are_refused_in_one_line(tmp_path, changes, reason):
    with pytest.raises(SettingError, match=reason) as caught:
        store_of(CaptureSettings(**{"project": str(tmp_path / "cubes"), **changes}))
    assert "\n" not in str(caught.value)
    assert caught.value.parameter in changes


def test_a_project_may_be_named_from_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert store_of(CaptureSettings(project="~/cubes")).project.root == tmp_path / "cubes"
