"""Proposals are accepted, corrected and rejected, and are no truth before that."""

from __future__ import annotations

import pytest
from browsing import wait_until
from selenium.webdriver.common.keys import Keys

COUNT_PRESSES = """
window.presses = 0;
for (const kind of ["keydown", "pointerdown", "wheel"]) {
  addEventListener(kind, () => { window.presses += 1; }, true);
}
"""

HOLD_NEXT_ANSWER = """
const real = window.fetch;
window.answers = 0;
window.counts = [];
const counts = document.querySelector("#counts");
const note = () => window.counts.push(counts.textContent);
new MutationObserver(note).observe(counts, {childList: true});
const held = new Promise((release) => { window.release = release; });
window.fetch = async (address, options) => {
  if (!String(address).includes("/api/changes")) return real(address, options);
  if (window.asked) return real(address, options).finally(() => { window.answers += 1; });
  window.asked = true;
  const answer = await real("/api/changes?since=0", options); // a row of every picture
  window.holding = true;
  await held;
  return answer;
};
"""


@pytest.fixture
def proposed(page, make_cubes, serve):
    cubes = make_cubes(3)
    server = serve(cubes)
    page.open(server.url)
    page.wait_picture("image001")
    return page, cubes, server


def middle(box):
    _, (xmin, ymin, xmax, ymax) = box
    return (xmin + xmax) / 2, (ymin + ymax) / 2


def test_proposals_are_shown_and_not_written(proposed):
    page, cubes, _ = proposed
    assert len(page.find_all(".box.proposal")) == len(cubes.true("image001"))
    assert page.box_names() == [name for name, _ in cubes.true("image001")]
    wait_until(lambda: "3 proposed" in page.text("#counts"), "all proposals")
    assert not list(cubes.images.glob("*.xml"))


def test_enter_accepts_all_and_goes_on(proposed):
    page, cubes, _ = proposed
    page.press(Keys.ENTER)
    page.wait_picture("image002")
    page.wait_saved()
    assert cubes.saved("image001") == cubes.true("image001")
    assert cubes.saved("image002") is None


def test_a_proposal_is_corrected(proposed):
    """Its class by a digit and its place by an arrow, and the others accepted."""
    page, cubes, _ = proposed
    (name, (xmin, ymin, xmax, ymax)), *others = cubes.true("image001")
    other_class = {"one": "2", "two": "1"}[name]
    page.press("s", other_class, Keys.ARROW_RIGHT)
    page.wait_saved()
    corrected = ({"one": "two", "two": "one"}[name], (xmin + 1, ymin, xmax + 1, ymax))
    assert cubes.saved("image001") == [corrected]
    assert len(page.find_all(".box.proposal")) == len(others)
    page.press(Keys.ENTER)
    page.wait_picture("image002")
    page.wait_saved()
    assert cubes.saved("image001") == [corrected, *others]


def test_a_rejected_proposal_stays_rejected(proposed):
    page, cubes, server = proposed
    first, *others = cubes.true("image001")
    page.click_at(middle(first))
    page.press(Keys.DELETE)
    page.wait_saved()
    assert cubes.saved("image001") is None
    server.end()
    server.start()
    page.reload()
    assert len(page.find_all(".box.proposal")) == len(others)
    page.press(Keys.ENTER)
    page.wait_picture("image002")
    page.wait_saved()
    assert cubes.saved("image001") == others


def test_one_accepted_leaves_the_others_to_be_decided_after_a_reload(proposed):
    page, cubes, _ = proposed
    first, *others = cubes.true("image001")
    page.click_at(middle(first))
    page.press("a")
    page.wait_saved()
    page.reload()
    assert cubes.saved("image001") == [first]
    assert len(page.find_all(".box.proposal")) == len(others)
    assert page.text("#caption-state") == "proposed"


def test_undo_of_an_acceptance_makes_them_proposals_again(proposed):
    page, cubes, _ = proposed
    page.press(Keys.ENTER)
    page.wait_picture("image002")
    page.press((Keys.CONTROL, "z"))
    page.wait_picture("image001")
    page.wait_saved()
    assert cubes.saved("image001") is None
    assert len(page.find_all(".box.proposal")) == len(cubes.true("image001"))


def test_an_answer_that_a_save_overtook_sets_nothing_back(proposed):
    page, cubes, _ = proposed
    page.driver.execute_script(HOLD_NEXT_ANSWER)
    wait_until(lambda: page.driver.execute_script("return window.holding"), "the question")
    page.press(Keys.ENTER)
    page.wait_picture("image002")
    page.wait_saved()
    page.driver.execute_script("window.counts.length = 0; window.release()")
    wait_until(lambda: page.driver.execute_script("return window.answers > 1"), "two answers more")
    counts = page.driver.execute_script("return window.counts")
    assert counts and all("2 proposed" in one for one in counts)
    page.press((Keys.CONTROL, "z"))
    page.wait_picture("image001")
    page.wait_saved()
    assert cubes.saved("image001") is None


def test_twenty_pictures_with_proposals_take_one_key_each(page, make_cubes, serve):
    cubes = make_cubes(20)
    page.open(serve(cubes).url)
    page.driver.execute_script(COUNT_PRESSES)
    for number in range(1, 21):
        page.wait_picture(f"image{number:03}")
        page.press(Keys.ENTER)
    page.wait_toast("20 of 20 pictures are done")
    page.wait_saved()
    for name in cubes.boxes:
        assert cubes.saved(name) == cubes.true(name)
    presses = page.driver.execute_script("return window.presses")
    print(f"{presses / 20} presses a picture with proposals")
    assert presses <= 2 * 20


def test_without_proposals_a_picture_takes_a_drag_and_a_key_for_each_box(page, make_cubes, serve):
    """A drag a box, a digit where the class changes, and one key to go on."""
    cubes = make_cubes(20)
    page.open(serve(cubes, proposes=False).url)
    page.driver.execute_script(COUNT_PRESSES)
    chosen = "one"
    for name in sorted(cubes.boxes):
        page.wait_picture(name)
        for box_name, (xmin, ymin, xmax, ymax) in cubes.true(name):
            if box_name != chosen:
                page.press(Keys.ESCAPE, {"one": "1", "two": "2"}[box_name])
                chosen = box_name
            page.drag((xmin, ymin), (xmax, ymax), shift=False)
        page.press(Keys.ENTER)
    page.wait_toast("20 of 20 pictures are done")
    page.wait_saved()
    for name in cubes.boxes:
        assert [one for one, _ in cubes.saved(name)] == [one for one, _ in cubes.true(name)]
    presses = page.driver.execute_script("return window.presses")
    print(f"{presses / 20} presses a picture without proposals")
    assert presses <= 10 * 20
