"""`tod annotate` itself: accepting unseen, the coach, a token beyond this machine, its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from browsing import PATIENCE_S, wait_until
from selenium.webdriver.common.keys import Keys

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.pascal_voc import read_voc, write_voc

SHIPPED = Path(__file__).resolve().parents[2] / "models" / "cube_faces"
TOD = [sys.executable, "-c", "import sys; from tod_ros.cli import main; sys.exit(main())"]


@pytest.fixture
def tod_annotate():
    processes = []

    def start(*arguments):
        process = subprocess.Popen(
            [*TOD, "annotate", "--no-browser", "--port=0", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"},
        )
        processes.append(process)
        line = process.stdout.readline()
        assert " at http://" in line, line + process.stderr.read()
        return process, line.split(" at ")[1].split(" ")[0]

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_ctrl_c_ends_it_with_status_0(make_cubes, tod_annotate):
    process, _ = tod_annotate(make_cubes(1).project.root, "--model=none")
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE_S) == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "nowhere: no such project"),
        (["{cubes}", "--accept-above=2"], "--accept-above is 2, must be from 0 to 1"),
        (["{cubes}", "--model=none", "--accept-above=0.9"], "--accept-above needs a model"),
        (["{cubes}", "--port=70000"], "--port is 70000"),
        (["{cubes}", "--model=no_model_here"], "no_model_here"),
        (["{cubes}", "--model=none", "--address=no.such.invalid"], "--address no.such.invalid"),
    ],
)
def test_mistakes_are_one_line(make_cubes, arguments, words):
    root = make_cubes(1).project.root
    command = [*TOD, "annotate", *(word.format(cubes=root) for word in arguments)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.startswith("tod annotate: ")
    assert words in line


def test_beyond_this_machine_the_link_has_a_token(page, make_cubes, tod_annotate):
    _, url = tod_annotate(make_cubes(1).project.root, "--model=none", "--address=0.0.0.0")
    local = "http://127.0.0.1:" + url.split(":")[2]
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(local.split("?")[0], timeout=PATIENCE_S)
    page.open(local)
    page.wait_picture("image001")
    assert "token" not in page.driver.current_url
    page.press("n")
    page.wait_saved()


def test_the_coach_names_likely_mistakes_and_opens_their_picture(page, make_cubes, serve):
    cubes = make_cubes(3)
    boxes = list(cubes.boxes["image003"])
    wrong = {"one": "two", "two": "one"}[boxes[0].name]
    boxes[0] = Box(wrong, *boxes[0].xyxy)
    write_voc(cubes.xml("image003"), Annotation("image003.png", (640, 480), tuple(boxes)))
    page.open(serve(cubes).url)
    page.wait_picture("image001")
    page.press("g")
    wait_until(lambda: f"a box is called {wrong}" in page.text("#coach-list"), "the mistake")
    page.click("#coach-list li.mistake button")
    page.wait_picture("image003")


def test_what_the_page_writes_goes_through_convert_and_back(page, make_cubes, serve, tmp_path):
    cubes = make_cubes(3)
    page.open(serve(cubes).url)
    for name in ("image001", "image002"):
        page.wait_picture(name)
        page.press(Keys.ENTER)
    page.wait_picture("image003")
    page.press(Keys.DELETE, "n")  # nothing is selected: only the negative counts
    page.wait_saved()
    written = {path.name: path.read_text() for path in cubes.images.glob("*.xml")}
    assert len(written) == 3
    run_tod("convert", cubes.project.root, "--only", "csv", "--quiet")
    assert cubes.project.csv_path("train").is_file()
    run_tod("convert", cubes.project.root, "--to", "coco", "--quiet")
    (exported,) = cubes.project.images_root.glob("*train*.json")
    for path in cubes.images.glob("*.xml"):
        path.unlink()
    run_tod("convert", cubes.project.root, "--from", "coco", exported, "--quiet")
    again = {path.name: path.read_text() for path in cubes.images.glob("*.xml")}
    assert again == written


def run_tod(*words):
    command = [*TOD, *map(str, words)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.skipif(not SHIPPED.is_dir(), reason="models/cube_faces is not in this clone")
def test_the_shipped_model_proposes_and_is_taken_at_its_word(page, make_cubes, tod_annotate):
    """Twenty drawn pictures, the model of the package: at most two keys a picture it reads."""
    cubes = make_cubes(20)
    process, url = tod_annotate(cubes.project.root, "--accept-above=0.98")
    page.open(url)
    wait_until(lambda: "· 0 to do" in page.text("#counts"), "a look at every picture", 120)
    for name in sorted(cubes.boxes):
        page.wait_picture(name)
        page.press(Keys.ENTER)
    page.wait_toast("20 of 20 pictures are done")
    page.wait_saved()
    right = 0
    for name in cubes.boxes:
        assert read_voc(cubes.xml(name)).annotator == ""  # a person has seen every one
        right += [one for one, _ in cubes.saved(name)] == [one for one, _ in cubes.true(name)]
    print(f"the shipped model proposed {right} of 20 pictures right, one key each")
    assert right >= 18
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0
