"""What is known of each class before it is learnt: its name, its faces, what they look like."""

import json
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

from tod_ros.annotations import Annotation, Box, write_voc
from tod_ros.captured_faces import Captured, captured_faces
from tod_ros.checking import read_samples
from tod_ros.errors import TrainingError
from tod_ros.images import write_image
from tod_ros.scene import draw_scene
from tod_ros.scene.captured_marks import mark_of
from tod_ros.scene.handwriting import drawn_styles, ink
from tod_ros.transfer_pictures import KINDS, Drawing, numbers_of, picture, remember
from tod_ros.transfer_plan import known_classes, make_plan, start_weights
from tod_ros.transfer_settings import TransferSettings

FACE = np.full((64, 64, 3), 200, np.uint8)
KNOWN = ("1", "2", "A", "S", "5", "star", "heart", "plus", "7", "8", "9", "0")


def marks(symbol):
    return tuple(
        mark_of(ink(strokes, 200, 100, 12, (100, 100))) for strokes in drawn_styles(symbol)
    )[:3]


def captured(**symbols):
    """Faces of each class; those that have a symbol bear it."""
    return Captured(
        dict.fromkeys(symbols, (FACE,)),
        {name: marks(symbol) for name, symbol in symbols.items() if symbol},
    )


def test_a_class_is_drawn_where_its_name_and_its_faces_agree():
    plan = make_plan(
        ["one", "two", "star", "mine", "lion"],
        captured(one="1", two="heart", mine="3", lion=""),
        KNOWN,
    )
    assert plan.drawn == ("one", "star")  # a heart is no two; nobody took a picture of a star
    assert plan.only_captured == ("two", "mine", "lion")
    assert plan.shown == ("one", "two", "star", "mine", "lion")


def test_nothing_that_looks_like_a_class_stands_for_a_wrong_mark():
    plan = make_plan(["one", "mine"], captured(one="1", mine="3"), KNOWN)
    assert "star" in plan.wrong_marks
    assert not {"1", "S", "8", "5"} & set(plan.wrong_marks)


def test_with_a_start_that_knows_few_marks_any_other_may_be_wrong():
    plan = make_plan(["one", "mine"], captured(mine="heart"), ("one", "two"))
    assert "A" in plan.wrong_marks and not {"1", "heart"} & set(plan.wrong_marks)


def test_a_known_class_begins_as_itself():
    assert start_weights("one", True, None, KNOWN) == {"1": 1.0}
    assert start_weights("two", True, None, ("one", "two")) == {"two": 1.0}


def test_a_new_class_begins_as_the_marks_it_looks_like():
    plan = make_plan(["mine"], captured(mine="heart"), ("1", "A", "heart", "7"))
    assert max(plan.weights["mine"], key=plan.weights["mine"].get) == "heart"
    assert sum(plan.weights["mine"].values()) == pytest.approx(1, abs=0.01)


def test_a_class_without_ink_begins_as_the_mean_of_all():
    assert start_weights("lion", False, None, ("1", "A")) == {"1": 0.5, "A": 0.5}


def test_known_classes_are_those_of_model_json(tmp_path):
    assert known_classes(tmp_path) == ()
    (tmp_path / "model.json").write_text(json.dumps({"classes": ["one", "two"]}))
    assert known_classes(tmp_path) == ("one", "two")
    (tmp_path / "model.json").write_text('{"classes": 3}')
    assert known_classes(tmp_path) == ()


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    folder = tmp_path_factory.mktemp("captures")
    for seed in range(4):
        scene = draw_scene(seed, ["one", "heart"], cubes=3, place=1, writer=1)
        boxes = [Box("mine" if b.name == "heart" else b.name, *b.xyxy) for b in scene.boxes]
        write_image(folder / f"{seed}.png", scene.image)
        write_voc(folder / f"{seed}.xml", Annotation(f"{seed}.png", (640, 480), tuple(boxes)))
    return read_samples(folder).good


@pytest.fixture(scope="module")
def plan(samples):
    return make_plan(("one", "mine"), captured_faces(samples, ("one", "mine")), KNOWN)


def test_faces_and_marks_are_cut_out_of_annotated_pictures(plan):
    assert plan.drawn == ("one",) and plan.only_captured == ("mine",)
    assert plan.weights["mine"].get("heart", 0) > 0.9
    assert len(plan.captured.marks["mine"]) <= len(plan.captured.faces["mine"])
    assert all(face.shape == (128, 128, 3) for face in plan.captured.faces["mine"])


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_picture_shows_its_classes(kind, plan, samples):
    material = (plan, samples, TransferSettings())
    last = 5 if kind == "mosaics" else 8
    scenes = [picture(kind, number, material) for number in range(4, last)]
    names = {box.name for scene in scenes for box in scene.boxes}
    assert names <= ({"one"} if kind == "replay" else {"one", "mine"})
    assert "one" in names if kind == "replay" else "mine" in names
    assert all(scene.image.shape == (240, 320, 3) for scene in scenes)
    again = picture(kind, 4, material)
    assert again.image.tobytes() == scenes[0].image.tobytes() and again.boxes == scenes[0].boxes


def test_a_kind_without_material_has_no_pictures(plan, samples):
    settings = TransferSettings(captures=8, composites=7, mosaics=0, replay=5)
    assert numbers_of(plan, samples, settings) == {"captures": 8, "composites": 7, "replay": 5}
    nothing = make_plan(("lion",), Captured({}, {}), KNOWN)
    assert numbers_of(nothing, (), settings) == {}
    only_drawn = make_plan(("one",), Captured({}, {}), KNOWN)
    assert numbers_of(only_drawn, (), settings) == {"replay": 5}


class InAThread(ThreadPoolExecutor):
    def __init__(self, material, stop):
        super().__init__(1, initializer=remember, initargs=(material, stop))


@pytest.fixture
def draw(tmp_path, plan, samples):
    """Draw with these settings in tmp_path/drawn, and wait for all of it."""

    def run(settings, samples=samples, then=lambda: None, **options):
        pools = []

        def new_pool(material, stop):
            pools.append(InAThread(material, stop))
            return pools[0]

        drawing = Drawing(tmp_path / "drawn", plan, samples, settings, new_pool)
        then()
        drawing.draw_first(**options)
        for pool in pools:
            pool.shutdown()
        drawing.close()
        return drawing

    return run


def test_what_is_drawn_is_not_drawn_again_unless_the_pictures_change(tmp_path, draw, samples):
    settings = TransferSettings(captures=6, composites=0, mosaics=0, replay=3)
    drawing = draw(settings)
    assert [(kind.kind, kind.count) for kind in drawing.kinds] == [("captures", 6), ("replay", 3)]
    shards = sorted((tmp_path / "drawn").glob("*/train.record-*"))
    assert [shard.parent.name for shard in shards] == ["captures"] * 6 + ["replay"] * 3
    assert not any(shard.is_symlink() for shard in shards)
    contents = [shard.read_bytes() for shard in shards]
    assert len(set(contents)) == len(contents)
    before = shards[1].stat().st_mtime_ns
    shards[0].unlink()
    shards[2].unlink()
    shards[2].symlink_to(shards[0].name)  # as a stop leaves it
    left = shards[2].with_name(".draft-left.record-00002-of-00006")  # as kill -9 does
    left.touch()
    draw(settings)
    assert [shard.read_bytes() for shard in shards] == contents
    assert shards[1].stat().st_mtime_ns == before and not left.exists()
    draw(settings, samples[:2])
    assert shards[1].stat().st_mtime_ns != before


def test_until_a_record_is_drawn_the_first_one_stands_in_and_a_stop_leaves_no_half(
    tmp_path, plan, samples
):
    settings = TransferSettings(captures=0, composites=0, mosaics=16, replay=0)
    drawing = Drawing(tmp_path / "drawn", plan, samples, settings, InAThread)
    try:
        drawing.draw_first()
        shards = sorted((tmp_path / "drawn/mosaics").glob("train.record-*"))
        assert len(shards) == 8 and not shards[0].is_symlink()
        assert all(shard.stat().st_size for shard in shards)
        assert shards[-1].is_symlink() and shards[-1].resolve() == shards[0]
    finally:
        drawing.close()
    assert sorted(shards[0].parent.iterdir()) == shards
    assert shards[-1].is_symlink()


ONE_EACH = TransferSettings(captures=2, composites=0, mosaics=0, replay=0)


def copies(samples, folder):
    """Of two pictures: the first record is of the one, the second of the other."""
    for sample in samples[:2]:
        for path in (sample.picture, sample.xml):
            (folder / path.name).write_bytes(path.read_bytes())
    return read_samples(folder).good


def test_a_picture_that_is_gone_is_told_while_the_training_goes_on(tmp_path, draw, samples):
    mine, told = copies(samples, tmp_path), []
    draw(ONE_EACH, mine, then=mine[1].picture.unlink, say=told.append)
    assert len(told) == 1 and str(mine[1].picture) in told[0] and "\n" not in told[0]


def test_a_process_that_ends_before_its_time_ends_the_waiting(tmp_path, plan, samples):
    def dying(material, stop):
        return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), os._exit, (1,))

    drawing = Drawing(tmp_path / "drawn", plan, samples, ONE_EACH, dying)
    with pytest.raises(TrainingError, match="drawn: a process that draws pictures was ended"):
        drawing.draw_first()
    drawing.close()
