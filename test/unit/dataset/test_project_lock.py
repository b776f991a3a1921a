"""One program at a time changes a project's pictures; the others wait, and say for whom."""

import threading

import pytest
from annotated import add

from tod_ros.annotate.store import Store, Unknown
from tod_ros.annotation import Box
from tod_ros.dataset.label_map import LabelMap
from tod_ros.dataset.project import Project
from tod_ros.dataset.project_lock import changing
from tod_ros.dataset.splitting import split
from tod_ros.dataset.synthesis import synthesise
from tod_ros.errors import ProjectBusy


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path / "cubes")
    for number in range(4):
        add(project.images_root, f"image{number:03d}")
    return project


def test_who_waits_in_vain_is_told_what_to_do(project):
    with changing(project), pytest.raises(ProjectBusy) as caught, changing(project, 0.05):
        pass
    assert str(caught.value).startswith(f"{project.images_root}: another program has been changing")
    assert "wait for it or end it" in str(caught.value)


@pytest.mark.parametrize("verb", ["split", "synth", "save"])
def test_each_waits_until_the_pictures_are_free(project, verb):
    store, classes = Store(project), LabelMap.from_names(["one"])
    do = {
        "split": lambda: split(project),
        "synth": lambda: synthesise(project, classes, 1),
        "save": lambda: store.save(
            "new/image000.png", None, store.read("new/image000.png").version
        ),
    }[verb]

    def files():
        return sorted(path for path in project.images_root.rglob("*") if path.is_file())

    before, waiting = files(), threading.Thread(target=do)
    with changing(project):
        waiting.start()
        waiting.join(timeout=0.5)
        assert waiting.is_alive() and files() == before
    waiting.join(timeout=60)
    assert not waiting.is_alive() and files() != before


def test_a_save_that_comes_after_the_split_is_refused_and_leaves_nothing_behind(project):
    store = Store(project)
    seen = store.read("new/image000.png").version
    split(project)
    with pytest.raises(Unknown, match="moved or removed meanwhile; nothing was saved"):
        store.save("new/image000.png", [Box("one", 2, 3, 9, 9)], seen)
    assert not list(project.images_root.glob("*.xml"))
    store.scan()
    (key,) = [key for key in store.pictures if key.endswith("/image000.png")]
    assert store.save(key, [Box("one", 2, 3, 9, 9)], seen).annotation is not None
