"""Pictures of marks on cubes: each kind shows its classes, and only what can be made is made."""

import pytest

from tod_ros.training.transfer.captured_faces import Captured
from tod_ros.training.transfer.mark_pictures import KINDS, MarkPictures
from tod_ros.training.transfer.plan import make_plan
from tod_ros.training.transfer.settings import TransferSettings


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_picture_shows_its_classes(kind, plan, samples):
    pictures = MarkPictures(plan, samples, TransferSettings())
    last = 5 if kind == "mosaics" else 8
    scenes = [pictures.draw(kind, number) for number in range(4, last)]
    names = {box.name for scene in scenes for box in scene.boxes}
    assert names <= ({"one"} if kind == "replay" else {"one", "mine"})
    assert "one" in names if kind == "replay" else "mine" in names
    assert all(scene.image.shape == (240, 320, 3) for scene in scenes)
    again = pictures.draw(kind, 4)
    assert again.image.tobytes() == scenes[0].image.tobytes() and again.boxes == scenes[0].boxes


def test_a_kind_without_material_has_no_pictures(plan, samples):
    settings = TransferSettings(captures=8, composites=7, mosaics=0, replay=5)
    counts = MarkPictures(plan, samples, settings).counts()
    assert counts == {"captures": 8, "composites": 7, "replay": 5}
    nothing = make_plan(("lion",), Captured({}, {}), ("1", "2"))
    assert MarkPictures(nothing, (), settings).counts() == {}
    only_drawn = make_plan(("one",), Captured({}, {}), ("1", "2"))
    assert MarkPictures(only_drawn, (), settings).counts() == {"replay": 5}
