"""Pictures are drawn while the training goes on: once, whole or not at all, and told if not."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from tod_ros.dataset.samples import read_samples
from tod_ros.errors import TrainingError
from tod_ros.training.transfer.background_drawing import BackgroundDrawing
from tod_ros.training.transfer.drawing_processes import remember
from tod_ros.training.transfer.mark_pictures import MarkPictures
from tod_ros.training.transfer.settings import TransferSettings


class InAThread(ThreadPoolExecutor):
    def __init__(self, pictures, stop):
        super().__init__(1, initializer=remember, initargs=(pictures, stop))


@pytest.fixture
def draw(tmp_path, plan, samples):
    """Draw with these settings in tmp_path/drawn, and wait for all of it."""

    def run(settings, samples=samples, then=lambda: None, **options):
        pools = []

        def new_pool(pictures, stop):
            pools.append(InAThread(pictures, stop))
            return pools[0]

        drawing = BackgroundDrawing(
            tmp_path / "drawn", MarkPictures(plan, tuple(samples), settings), new_pool
        )
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
    drawing = BackgroundDrawing(
        tmp_path / "drawn", MarkPictures(plan, tuple(samples), settings), InAThread
    )
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


def test_a_link_in_the_place_of_what_is_drawn_goes_and_what_it_leads_to_stays(
    tmp_path, plan, samples
):
    elsewhere = tmp_path / "other disk"
    elsewhere.mkdir()
    (elsewhere / "thesis.txt").write_text("precious")
    (tmp_path / "drawn").symlink_to(elsewhere)
    BackgroundDrawing(tmp_path / "drawn", MarkPictures(plan, tuple(samples), ONE_EACH), InAThread)
    assert not (tmp_path / "drawn").is_symlink()
    assert [path.name for path in elsewhere.iterdir()] == ["thesis.txt"]


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
    def dying(pictures, stop):
        return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), os._exit, (1,))

    drawing = BackgroundDrawing(
        tmp_path / "drawn", MarkPictures(plan, tuple(samples), ONE_EACH), dying
    )
    with pytest.raises(TrainingError, match="drawn: a process that draws pictures was ended"):
        drawing.draw_first()
    drawing.close()
