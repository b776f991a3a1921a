"""Four clicks on a sheet in the page calibrate the camera."""

import numpy as np
from browsing import wait_until

from tod_ros.images.image_file import write_image
from tod_ros.place.calibration import read_calibration
from tod_ros.simulation.desk import Desk


def test_four_clicks_calibrate_and_draw_no_box(page, make_cubes, serve):
    cubes, desk = make_cubes(1), Desk(seed=2)
    view = desk.view(0, 0, "plain", tilt_deg=0.0, with_sheet=True)
    write_image(cubes.images / "image002.png", view.bgr)
    page.open(serve(cubes, proposes=False).url)
    page.press("\ue00f")  # page down
    page.wait_picture("image002")
    page.click("#tab-place")
    assert "near left" in page.text("#place-next")
    facts = desk.facts()
    for x, y in facts["corners_px"]:
        page.click_at((x, y))
    wait_until(lambda: "All four" in page.text("#place-next"), "four corners")
    for field, value in zip(("sheet-width", "sheet-depth"), facts["sheet_wh_m"]):
        page.find(f"#{field}").clear()
        page.find(f"#{field}").send_keys(f"{value * 1000:g}")
    page.click("#place-save")
    wait_until(lambda: "Saved in" in page.text("#place-result"), "the calibration")
    stored = read_calibration(cubes.project.place_path)
    off = np.subtract(stored.camera.position_m, facts["position_m"])
    assert np.hypot(*off[:2]) < 0.05 and abs(off[2]) < 0.03
    assert page.box_names() == [] and cubes.saved("image002") is None


def test_a_corner_can_be_taken_back_and_french_says_the_same(page, make_cubes, serve):
    page.open(serve(make_cubes(1), proposes=False).url)
    page.click("#tab-place")
    page.click_at((100, 300))
    assert "near right" in page.text("#place-next")
    page.click("#place-back")
    assert "near left" in page.text("#place-next")
    assert not page.find("#place-save").is_enabled()
    page.click("#language")
    assert "proche à gauche" in page.text("#place-next")
    page.click("#language")
    page.click("#tab-picture")
    page.drag((100, 100), (200, 200))  # clicks draw boxes again
    wait_until(lambda: len(page.box_names()) == 1, "a box")
