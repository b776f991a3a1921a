"""A seed decides a scene, its boxes are true, what was asked for is drawn or refused."""

import hashlib
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from tod_ros.errors import SceneError
from tod_ros.scene.compose import draw_scene
from tod_ros.scene.photographed_faces import read_faces

SEEDS = range(40)
SMALL = (320, 240)


def sha(scene):
    return hashlib.sha256(scene.image.tobytes()).hexdigest() + repr(scene.boxes)


def scenes(**wanted):
    return [
        draw_scene(seed, **{"size_wh": SMALL, "difficulty": "full", **wanted}) for seed in SEEDS
    ]


def test_the_same_seed_gives_the_same_bytes_in_another_process():
    program = "\n".join(
        [
            "import hashlib, sys",
            f"sys.path.insert(0, {str(Path(__file__).parents[3] / 'src')!r})",
            "from tod_ros.scene import draw_scene",
            "for seed in (1, 2, 3):",
            "    scene = draw_scene(seed, size_wh=(320, 240), difficulty='full')",
            "    print(hashlib.sha256(scene.image.tobytes()).hexdigest() + repr(scene.boxes))",
        ]
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    here = [sha(draw_scene(seed, size_wh=SMALL, difficulty="full")) for seed in (1, 2, 3)]
    assert told.stdout.splitlines() == here


def test_other_seeds_give_other_pictures():
    assert len({sha(scene) for scene in scenes()}) == len(SEEDS)


@pytest.mark.parametrize("difficulty", ["plain", "full"])
@pytest.mark.parametrize("size_wh", [(640, 480), (320, 240), (480, 300)])
def test_pictures_have_the_size_asked_for(difficulty, size_wh):
    scene = draw_scene(5, size_wh=size_wh, difficulty=difficulty)
    assert scene.image.shape == (size_wh[1], size_wh[0], 3)
    assert scene.image.dtype == np.uint8


@pytest.mark.parametrize("difficulty", ["plain", "full"])
@pytest.mark.parametrize("count", [0, 1, 2, 4, 6])
def test_as_many_boxes_as_cubes_were_asked_for(difficulty, count):
    for seed in range(8):
        scene = draw_scene(seed, size_wh=SMALL, cubes=count, difficulty=difficulty)
        assert len(scene.boxes) == count


def test_boxes_run_from_left_to_right_and_lie_within_the_picture():
    for scene in scenes():
        middles = [box.xmin + box.xmax for box in scene.boxes]
        assert middles == sorted(middles)
        for box in scene.boxes:
            assert 0 <= box.xmin < box.xmax <= SMALL[0]
            assert 0 <= box.ymin < box.ymax <= SMALL[1]


def test_faces_are_from_40_to_220_pixels_in_a_frame_of_640():
    whole = [2 * (box.xmax - box.xmin) for scene in scenes() for box in scene.boxes]
    assert min(whole) >= 22  # a far one of a loose group, seen at an angle
    assert max(whole) <= 300  # a square face turned by 20 degrees has a wider box
    assert min(whole) < 60 < 150 < max(whole)


def test_the_paper_of_a_plain_scene_fills_its_box_and_the_ink_lies_inside():
    for seed in SEEDS:
        scene = draw_scene(seed, difficulty="plain")
        grey = cv2.cvtColor(scene.image, cv2.COLOR_BGR2GRAY)
        for box in scene.boxes:
            x0, y0, x1, y1 = (int(side) for side in box.xyxy)
            face = grey[y0:y1, x0:x1].astype(int)
            margin = max(2, (x1 - x0) // 12)
            inner = face[margin:-margin, margin:-margin]
            rim = np.concatenate([face[3:margin].ravel(), face[-margin:-3].ravel()])
            assert inner.min() < 90 < 150 < np.median(rim), (seed, box)


def test_every_class_asked_for_is_drawn_and_no_other():
    names = ("3", "A", "star")
    drawn = {box.name for scene in scenes(classes=names) for box in scene.boxes}
    assert drawn == set(names)


def test_scenes_of_a_class_differ_only_where_it_is_marked():
    """A true box says where the mark is: the same scene with another class differs there alone."""
    for seed in range(6):
        one, two = (draw_scene(seed, classes=(name,), cubes=2) for name in ("one", "two"))
        assert [box.xyxy for box in one.boxes] == [box.xyxy for box in two.boxes]


def test_pasted_photographs_are_seen_in_their_boxes(tmp_path):
    (tmp_path / "lion").mkdir()
    photo = np.zeros((50, 50, 3), np.uint8)
    photo[:] = (10, 20, 240)
    assert cv2.imwrite(str(tmp_path / "lion" / "1.png"), photo)
    scene = draw_scene(4, classes=("lion",), cubes=2, photos=read_faces(tmp_path))
    for box in scene.boxes:
        x, y = int(box.xmin + box.xmax) // 2, int(box.ymin + box.ymax) // 2
        blue, _, red = scene.image[y, x].astype(int)
        assert red > 3 * blue, box


@pytest.mark.parametrize(
    ("wanted", "fault"),
    [
        ({"difficulty": "hard"}, "difficulty 'hard' is unknown"),
        ({"classes": ("wan",)}, "class 'wan' cannot be drawn"),
        ({"classes": ()}, "no classes"),
        ({"cubes": 9}, "cubes is 9"),
        ({"cubes": -1}, "cubes is -1"),
        ({"size_wh": (20, 480)}, "20x480"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(wanted, fault):
    with pytest.raises(SceneError, match=fault):
        draw_scene(1, **wanted)


def test_a_folder_without_faces_is_refused(tmp_path):
    with pytest.raises(SceneError, match="no such folder"):
        read_faces(tmp_path / "nowhere")
    (tmp_path / "lion").mkdir()
    with pytest.raises(SceneError, match="lion: no pictures"):
        read_faces(tmp_path)
