"""A real server, a real browser, and drawn pictures of which every true box is known."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tod_ros.dataset.formats.pascal_voc import read_voc
from tod_ros.dataset.label_map import LabelMap, write_label_map
from tod_ros.dataset.project import Project
from tod_ros.images.image_file import write_image
from tod_ros.scene.compose import draw_scene

PATIENCE_S = 30.0  # the machine may be busy; waiting ends as soon as it can
WINDOW = (1366, 768)


def wait_until(condition, what, timeout_s=PATIENCE_S, instead=lambda: ""):
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"waited {timeout_s:g} s for {what}{instead()}"
        time.sleep(0.05)


class Cubes:
    """A project of drawn pictures train/image001.png..., with their true boxes."""

    def __init__(self, root, count):
        self.project = Project(root)
        self.images = self.project.images_dir("train")
        self.images.mkdir(parents=True)
        self.project.training_dir.mkdir()
        write_label_map(self.project.label_map_path, LabelMap.from_names(["one", "two"]))
        self.truth_path = Path(f"{root}.truth.json")
        self.boxes = {}
        truth = {}
        for number in range(1, count + 1):
            scene = draw_scene(100 + number, cubes=3 + number % 2)
            name = f"image{number:03}"
            write_image(self.images / f"{name}.png", scene.image)
            self.boxes[name] = scene.boxes
            digest = hashlib.sha256(scene.image.tobytes()).hexdigest()
            truth[digest] = [[box.name, 0.9, *box.xyxy] for box in scene.boxes]
        self.truth_path.write_text(json.dumps(truth))

    def xml(self, name):
        return self.images / f"{name}.xml"

    def saved(self, name):
        """[(class, corners)] of the XML, None without one."""
        if not self.xml(name).exists():
            return None
        return [(box.name, box.xyxy) for box in read_voc(self.xml(name)).boxes]

    def true(self, name):
        return [(box.name, box.xyxy) for box in self.boxes[name]]


class Server:
    """`tod annotate` as a process that can be killed and started again on its port."""

    def __init__(self, root, truth=""):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.command = [sys.executable, str(Path(__file__).with_name("server")), str(root)]
        self.command += [str(self.port), *([str(truth)] if truth else [])]
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    def start(self, **environment):
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
        )
        assert self.process.stdout.readline().startswith("http://"), "the server did not start"
        return self

    def end(self, kind=signal.SIGTERM):
        if self.process is not None:
            self.process.send_signal(kind)
            status = self.process.wait(PATIENCE_S)
            self.process.stdout.close()
            self.process = None
            return status
        return None

    def memory_mb(self):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
        raise AssertionError("no VmHWM")


class Page:
    """What a person does with the page, and sees of it."""

    def __init__(self, driver):
        self.driver = driver

    def open(self, url):
        self.driver.get(url)
        return self.settle()

    def settle(self):
        ready = "return document.body && document.body.dataset.ready === 'yes'"
        wait_until(lambda: self.driver.execute_script(ready), "the page")
        return self

    def reload(self):
        self.driver.refresh()
        return self.settle()

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def find_all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.driver.execute_script(
            "return document.querySelector(arguments[0]).textContent", selector
        )

    def click(self, selector):
        self.find(selector).click()

    def press(self, *keys):
        actions = ActionChains(self.driver, duration=0)
        for key in keys:
            if isinstance(key, tuple):
                *held, last = key
                for one in held:
                    actions.key_down(one)
                actions.send_keys(last)
                for one in reversed(held):
                    actions.key_up(one)
            else:
                actions.send_keys(key)
        actions.perform()

    def drag(self, start, end, shift=False):
        """From one pixel of the picture to another."""
        (x0, y0), (x1, y1) = self._on_screen(start), self._on_screen(end)
        # by itself: keys and mouse in one chain would act side by side
        if shift:
            ActionChains(self.driver).key_down(Keys.SHIFT).perform()
        actions = ActionChains(self.driver, duration=0)
        mouse = actions.w3c_actions.pointer_action
        mouse.move_to_location(x0, y0)
        mouse.pointer_down()
        mouse.move_to_location((x0 + x1) // 2, (y0 + y1) // 2)
        mouse.move_to_location(x1, y1)
        mouse.pointer_up()
        actions.perform()
        if shift:
            ActionChains(self.driver).key_up(Keys.SHIFT).perform()

    def click_at(self, point):
        x, y = self._on_screen(point)
        actions = ActionChains(self.driver, duration=0)
        actions.w3c_actions.pointer_action.move_to_location(x, y)
        actions.w3c_actions.pointer_action.pointer_down()
        actions.w3c_actions.pointer_action.pointer_up()
        actions.perform()

    def wait_saved(self, saved="Saved"):
        wait_until(lambda: self.text("#saving") == saved, "the save")

    def wait_picture(self, name):
        wait_until(lambda: self.shows(name), f"picture {name}")

    def shows(self, name):
        return (
            self.text("#caption").endswith(f"/{name}.png")
            and self.find("#stage").get_attribute("aria-busy") == "false"
        )

    def box_names(self):
        """Read at once: the list may be drawn anew at any time."""
        shown = "return [...document.querySelectorAll('#boxes li')].map((item) => item.innerText)"
        return [text.split()[0] for text in self.driver.execute_script(shown)]

    def wait_toast(self, words):
        wait_until(
            lambda: words in self.text("#toast"),
            f"the words {words!r}",
            instead=lambda: f", the page says {self.text('#toast')!r}",
        )

    def scale(self):
        wait_until(self._natural_width, "the picture")
        return self._photo()["width"] / self._natural_width()

    def _natural_width(self):
        """0 until the picture is there."""
        return self.driver.execute_script("return document.getElementById('photo').naturalWidth")

    def _photo(self):
        return self.driver.execute_script(
            "return document.getElementById('photo').getBoundingClientRect().toJSON()"
        )

    def _on_screen(self, point):
        photo, scale = self._photo(), self.scale()
        return round(photo["x"] + point[0] * scale), round(photo["y"] + point[1] * scale)


@contextmanager
def browsing(language="en"):
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in (
        "headless=new",
        "no-sandbox",
        "disable-gpu",
        "disable-dev-shm-usage",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        "no-first-run",
        "disable-quic",
        "window-size={},{}".format(*WINDOW),
        f"lang={language}",
    ):
        options.add_argument(f"--{argument}")
    options.add_experimental_option("prefs", {"intl.accept_languages": language})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    try:
        yield driver
    finally:
        driver.quit()
