"""Somebody else changes the same files: another tab, another program, another language."""

from __future__ import annotations

import pytest
from browsing import Page, Server, browsing, wait_until
from selenium.webdriver.common.keys import Keys

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.pascal_voc import write_voc

THEIRS = Box("two", 31, 118, 180, 270)


@pytest.fixture
def opened(page, make_cubes, serve):
    cubes = make_cubes(3)
    server = serve(cubes, proposes=False)
    page.open(server.url)
    page.wait_picture("image001")
    return page, cubes, server


def write_theirs(cubes, name="image001"):
    write_voc(cubes.xml(name), Annotation(f"{name}.png", (640, 480), (THEIRS,)))


def stop_looking(page):
    """Let the page not notice by itself, as if both changes came at the same moment."""
    page.driver.execute_script("Object.defineProperty(document, 'hidden', {value: true})")


@pytest.fixture
def in_conflict(opened):
    page, cubes, _ = opened
    stop_looking(page)
    page.driver.execute_async_script("setTimeout(arguments[0], 1600)")  # a poll on its way
    write_theirs(cubes)
    page.drag((300, 90), (420, 200))
    wait_until(lambda: page.find_all("#conflict-dialog[open]"), "the question")
    assert cubes.saved("image001") == [(THEIRS.name, THEIRS.xyxy)]  # not overwritten
    return page, cubes


def test_a_conflict_is_resolved_for_the_other_one(in_conflict):
    page, cubes = in_conflict
    assert "1 boxes there, 1 here" in page.text("#conflict-text")
    page.click("#conflict-theirs")
    wait_until(lambda: page.box_names() == ["two"], "their box")
    assert cubes.saved("image001") == [(THEIRS.name, THEIRS.xyxy)]


def test_a_conflict_is_resolved_for_mine(in_conflict):
    page, cubes = in_conflict
    page.click("#conflict-mine")
    page.wait_saved()
    ((name, corners),) = cubes.saved("image001")
    assert (name, corners == THEIRS.xyxy) == ("one", False)
    assert page.box_names() == ["one"]


def test_a_file_changed_by_another_program_is_shown_as_it_is_now(opened):
    page, cubes, _ = opened
    write_theirs(cubes)
    wait_until(lambda: page.box_names() == ["two"], "the new box")
    assert "changed elsewhere" in page.text("#toast")


def test_two_tabs_see_each_other(opened):
    page, cubes, server = opened
    first = page.driver.current_window_handle
    page.driver.switch_to.new_window("window")
    page.open(server.url)
    page.wait_picture("image001")
    page.drag((100, 100), (200, 180))
    page.wait_saved()
    page.driver.close()
    page.driver.switch_to.window(first)
    wait_until(lambda: page.box_names() == ["one"], "the other tab's box")
    page.drag((300, 100), (400, 180))
    page.wait_saved()
    assert len(cubes.saved("image001")) == 2


def test_a_new_picture_in_the_folder_appears_in_the_strip(opened):
    page, cubes, _ = opened
    picture = cubes.images / "image001.png"
    (cubes.images / "image004.png").write_bytes(picture.read_bytes())
    wait_until(lambda: "All 4" in page.text("#filters"), "the fourth picture")


def test_a_broken_xml_is_said_and_kept_aside_when_it_is_replaced(opened):
    page, cubes, _ = opened
    cubes.xml("image002").write_text("<annotation><object>")
    page.press(Keys.ARROW_RIGHT)
    wait_until(lambda: "broken XML" in page.text("#stage-note"), "the fault")
    page.drag((100, 100), (200, 180))
    page.wait_saved()
    assert len(cubes.saved("image002")) == 1
    assert (cubes.images / "image002.xml.broken").read_text() == "<annotation><object>"


def test_a_second_server_on_the_same_project_is_refused(opened):
    _, cubes, _ = opened
    second = Server(cubes.project.root)
    with pytest.raises(AssertionError, match="did not start"):
        second.start()
    assert second.end() not in (0, None)


def test_the_page_is_french_where_the_browser_is(make_cubes, serve):
    cubes = make_cubes(2)
    server = serve(cubes)
    with browsing("fr-FR") as driver:
        page = Page(driver).open(server.url)
        page.wait_picture("image001")
        assert page.find("html").get_attribute("lang") == "fr"
        assert page.text("#accept-text").startswith("Accepter")
        page.press(Keys.ENTER)
        page.wait_picture("image002")
        page.wait_saved("Enregistré")
        page.click("#language")
        assert page.text("#accept-text").startswith("Accept ")
        assert cubes.saved("image001") == cubes.true("image001")
