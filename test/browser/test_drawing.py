"""Boxes drawn, moved and undone in the page are in the XML, as labelImg writes it."""

from __future__ import annotations

import os
import signal

import pytest
from browsing import wait_until
from selenium.webdriver.common.keys import Keys

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.pascal_voc import to_voc_text

NEAR = 2  # pixels of the picture that one of the screen may be


def near(corners, wanted):
    return all(abs(a - b) <= NEAR for a, b in zip(corners, wanted))


@pytest.fixture
def drawn(page, make_cubes, serve):
    """A page without proposals, with the first of three pictures open."""
    cubes = make_cubes(3)
    server = serve(cubes, proposes=False)
    page.open(server.url)
    page.wait_picture("image001")
    return page, cubes, server


def test_a_box_drawn_with_the_mouse_is_in_the_xml(drawn):
    page, cubes, _ = drawn
    page.press("2")
    page.drag((300, 90), (420, 200))
    page.wait_saved()
    ((name, corners),) = cubes.saved("image001")
    assert name == "two"
    assert near(corners, (300, 90, 420, 200))
    annotation = Annotation("image001.png", (640, 480), (Box("two", *corners),))
    assert cubes.xml("image001").read_text() == to_voc_text(annotation, folder="train")


def test_a_box_is_moved_resized_and_deleted_with_the_mouse(drawn):
    page, cubes, _ = drawn
    page.drag((100, 100), (200, 180))
    page.drag((150, 140), (250, 190))  # from its inside: moved by 100, 50
    page.wait_saved()
    assert near(cubes.saved("image001")[0][1], (200, 150, 300, 230))
    page.drag((300, 230), (340, 260))  # at its corner
    page.wait_saved()
    assert near(cubes.saved("image001")[0][1], (200, 150, 340, 260))
    page.press(Keys.DELETE)
    page.wait_saved()
    assert cubes.saved("image001") is None  # no boxes is no statement; "no object here" is


def test_shift_draws_over_a_box(drawn):
    page, cubes, _ = drawn
    page.drag((100, 100), (300, 300))
    page.drag((150, 150), (200, 220), shift=True)
    page.wait_saved()
    assert len(cubes.saved("image001")) == 2


def test_keyboard_alone_from_first_look_to_saved(drawn):
    page, cubes, _ = drawn
    page.press("b", "2", (Keys.SHIFT, Keys.ARROW_LEFT), Keys.ARROW_UP)
    page.press((Keys.CONTROL, Keys.SHIFT, Keys.ARROW_RIGHT), (Keys.CONTROL, Keys.ARROW_DOWN))
    page.press("b", "1", Keys.ESCAPE, Keys.ENTER)
    page.wait_picture("image002")
    page.wait_saved()
    (first, corners), (second, _) = cubes.saved("image001")
    assert (first, second) == ("two", "one")
    # 96 pixels wide around the middle, 10 to the left, 1 up, then 10 wider and 1 higher
    assert corners == (320 - 48 - 10, 240 - 48 - 1, 320 + 48 - 10 + 10, 240 + 48 - 1 + 1)


def test_everything_is_within_reach_of_the_tab_key(drawn):
    page, _, _ = drawn
    page.press("b", Keys.ESCAPE)
    reached = set()
    for _ in range(40):
        page.press(Keys.TAB)
        element = page.driver.switch_to.active_element
        reached.add(element.get_attribute("id") or element.get_attribute("role"))
    assert {"help", "language", "camera", "accept", "negative", "undo", "strip", "stage"} <= reached
    assert "option" in reached  # a box in the list


def test_undo_and_redo_over_pictures(drawn):
    page, cubes, _ = drawn
    page.drag((100, 100), (200, 180))
    page.wait_saved()
    (drawn_box,) = cubes.saved("image001")
    page.press(Keys.ESCAPE, Keys.ARROW_RIGHT)
    page.wait_picture("image002")
    page.drag((300, 300), (400, 400))
    page.press((Keys.CONTROL, "z"))
    page.wait_saved()
    assert cubes.saved("image002") is None
    page.press((Keys.CONTROL, "z"))  # leads back to the picture it undoes
    page.wait_picture("image001")
    page.wait_saved()
    assert cubes.saved("image001") is None
    page.press((Keys.CONTROL, "y"))
    page.wait_saved()
    assert cubes.saved("image001") == [drawn_box]


def test_no_object_here_is_an_xml_without_objects(drawn):
    page, cubes, _ = drawn
    page.press("n")
    page.wait_picture("image002")
    page.wait_saved()
    assert cubes.saved("image001") == []
    assert cubes.saved("image002") is None
    wait_until(lambda: "done: no object" in page.find(".cell").get_attribute("title"), "the state")


def test_boxes_of_the_last_picture_are_copied(drawn):
    page, cubes, _ = drawn
    page.drag((100, 100), (200, 180))
    page.press(Keys.ESCAPE, Keys.ARROW_RIGHT)
    page.wait_picture("image002")
    page.press("c")
    page.wait_saved()
    assert cubes.saved("image002") == cubes.saved("image001") != []


def test_zoom_and_pan_keep_the_picture_and_the_box_together(drawn):
    page, cubes, _ = drawn
    before = page.scale()
    page.press("+", "+", (Keys.CONTROL, Keys.ARROW_RIGHT))
    assert page.scale() == pytest.approx(before * 1.25**2)
    page.drag((300, 220), (360, 300))
    page.wait_saved()
    assert near(cubes.saved("image001")[0][1], (300, 220, 360, 300))
    page.press("f")
    assert page.scale() == pytest.approx(before)


def test_a_reload_in_the_middle_loses_nothing(drawn):
    page, cubes, _ = drawn
    page.press(Keys.ARROW_RIGHT)
    page.wait_picture("image002")
    page.drag((100, 100), (200, 180))
    page.reload()
    page.wait_picture("image002")  # the picture that was open
    assert page.box_names() == ["one"]
    assert len(cubes.saved("image002")) == 1


def test_a_killed_server_loses_nothing(drawn):
    page, cubes, server = drawn
    server.end(signal.SIGKILL)
    page.drag((100, 100), (200, 180))
    wait_until(lambda: "Server not reached: 1 kept here" in page.text("#saving"), "the warning")
    page.drag((300, 100), (400, 180))
    assert cubes.saved("image001") is None
    server.start()
    page.wait_saved()
    assert len(cubes.saved("image001")) == 2


REFUSE_ONE = """
const real = window.fetch;
window.fetch = (address, options) =>
  options?.method === "PUT" && address.includes("image001") && !window.diskHasRoom
    ? Promise.resolve(new Response('{"error": "no room for it"}', { status: 507 }))
    : real(address, options);
"""


def test_a_save_that_cannot_be_done_does_not_stop_the_others_and_is_not_lost(drawn):
    page, cubes, _ = drawn
    page.driver.execute_script(REFUSE_ONE)
    page.drag((100, 100), (200, 180))
    wait_until(lambda: page.text("#saving") == "Not saved: no room for it", "the warning")
    page.press(Keys.PAGE_DOWN)
    page.wait_picture("image002")
    page.drag((100, 100), (200, 180))
    wait_until(lambda: cubes.saved("image002"), "the save of the second picture")
    assert cubes.saved("image001") is None
    page.driver.execute_script("window.diskHasRoom = true")
    page.wait_saved()
    assert len(cubes.saved("image001")) == len(cubes.saved("image002")) == 1


def test_a_picture_whose_name_is_not_utf_8_is_told_and_the_page_goes_on(page, make_cubes, serve):
    cubes = make_cubes(2)
    bad = cubes.images / os.fsdecode(b"a-bad\xff.png")
    bad.write_bytes((cubes.images / "image001.png").read_bytes())
    page.open(serve(cubes, proposes=False).url)
    page.press(Keys.HOME)
    page.press(Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    wait_until(lambda: "not UTF-8" in page.text("#stage-note"), "the reason")
    page.press(Keys.ARROW_RIGHT)
    page.wait_picture("image001")
