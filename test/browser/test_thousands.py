"""A folder of 5,000 pictures opens at once, scrolls, and takes little memory."""

from __future__ import annotations

import os
import time

import pytest
from browsing import wait_until
from selenium.webdriver.common.keys import Keys

COUNT = 5000
MOST_OPEN_S = 2.0
TRIES = 3  # on a loaded machine one may take longer
MOST_MEMORY_MB = 150.0


@pytest.fixture
def thousands(make_cubes, serve):
    cubes = make_cubes(40)
    for number in range(41, COUNT + 1):
        source = cubes.images / f"image{number % 40 + 1:03}.png"
        os.link(source, cubes.images / f"image{number:03}.png")
    return cubes, serve(cubes, proposes=False)


def test_thousands_open_fast_and_scroll_in_little_memory(page, thousands):
    cubes, server = thousands
    opened_s = min(opened_in_s(page, server.url) for _ in range(TRIES))
    assert f"of {COUNT} done" in page.text("#counts")
    for share in (0.25, 0.5, 0.75, 1.0):
        page.driver.execute_script(
            "const strip = document.getElementById('strip');"
            "strip.scrollLeft = arguments[0] * strip.scrollWidth",
            share,
        )
        wait_until(lambda: all_thumbnails_shown(page), "the thumbnails")
        assert len(page.find_all(".cell")) < 40
    last = f".cell[title^='image{COUNT}.png']"
    wait_until(lambda: page.find_all(last), "the last picture's cell")
    page.click(last)
    page.wait_picture(f"image{COUNT:03}")
    page.press("n", Keys.ARROW_LEFT)
    page.wait_saved()
    assert cubes.saved(f"image{COUNT:03}") == []
    memory_mb = server.memory_mb()
    print(f"{COUNT} pictures open in {opened_s:.2f} s; the server took {memory_mb:.0f} MB")
    assert opened_s < MOST_OPEN_S
    assert memory_mb < MOST_MEMORY_MB


def opened_in_s(page, url):
    started_s = time.monotonic()
    page.open(url)
    page.wait_picture("image001")
    return time.monotonic() - started_s


def all_thumbnails_shown(page):
    return page.driver.execute_script(
        "const images = [...document.querySelectorAll('.cell img')];"
        "return images.length > 0 && images.every((image) => image.naturalWidth > 0)"
    )
