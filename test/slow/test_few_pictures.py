"""A mark that the network to start from has never seen is learnt from 20 pictures: the short form.

bench/rows/few_pictures.py is the long one, with the figures.
"""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.rows import few_pictures  # noqa: E402
from tod_ros.models.folder import known_classes, read_model_folder  # noqa: E402
from tod_ros.training.transfer.settings import SIZE_WH  # noqa: E402

START, MARK = few_pictures.SHIPPED.network, few_pictures.SHIPPED.mark
PLACE, TESTS = 104, 16
LESS = "--steps 90 --batch-size 8 --head-steps 15 --captures 80 --composites 160 --mosaics 8"
LESS += " --replay 60"

pytestmark = [
    pytest.mark.skipif(
        not (START / "pipeline.config").is_file(), reason="models/marks is not made (`make marks`)"
    ),
    pytest.mark.skipif(  # only the processes that it starts import it, which takes 3 s
        importlib.util.find_spec("tensorflow") is None, reason="needs TensorFlow"
    ),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = tmp_path_factory.mktemp("few") / "cubes"
    few_pictures.take_pictures(root, PLACE, MARK, tests=TESTS)
    few_pictures.tod("convert", str(root))
    few_pictures.tod("configure", str(root), "--network", "marks", *LESS.split())
    return root


@pytest.fixture(scope="module")
def told(project):
    """What `tod train` printed: the command itself, for processes it starts read its file again."""
    command = [sys.executable, str(ROOT / "scripts/tod"), "train", str(project)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def test_the_mark_is_none_that_the_network_knows():
    assert MARK not in known_classes(START) and few_pictures.NEW not in known_classes(START)


def test_most_pictures_of_the_setting_are_read_exactly(told):
    found = re.search(rf"How sure\? (\d+) of {TESTS} test pictures read exactly", told)
    assert found, told
    assert int(found.group(1)) >= 0.5 * TESTS, told  # seen: 14


def test_it_ends_with_advice(told):
    assert told.startswith("finished: step 90 of 90")
    assert re.match(r"advice: \w+", told.splitlines()[-1]), told


def test_what_was_drawn_is_kept_in_the_run(project, told):
    drawn = project / "training/marks/checkpoint1/drawn"
    assert sorted(path.name for path in drawn.iterdir() if path.is_dir()) == [
        "captures",
        "composites",
        "mosaics",
        "replay",
    ]


def test_its_export_tells_the_size_of_what_it_learnt_from(project, told):
    few_pictures.tod("export", str(project), "--network", "marks")
    assert read_model_folder(project / "training/marks/saved_model1").learnt_from_wh == SIZE_WH
