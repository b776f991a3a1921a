"""The controller and the navigator of docs/integration.md sort a scene with the real protocol.

The page's commands are run by test/rostest/integration_test.py.
"""

import ast
import re
import sys
import threading
import time
import types
from pathlib import Path

import numpy as np
import pytest

from tod_ros.detection import Detection
from tod_ros.frame import Frame
from tod_ros.protocol.labeller import Labeller
from tod_ros.settings import InferenceSettings

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs"
EXAMPLES = ("manipulation", "navigation", "with_service")
PICTURE = np.zeros((48, 64, 3), np.uint8)
TIMEOUT_S = 30.0


class Ended(Exception):
    """The scene is over, the nodes stop."""


class Params(dict):
    """The parameter server: every node sees the same names, with or without the slash."""

    def __init__(self):
        super().__init__()
        self.history = []

    def __setitem__(self, name, value):
        name = "/" + name.lstrip("/")
        self.history.append((name, value))
        super().__setitem__(name, value)

    def __getitem__(self, name):
        return super().__getitem__("/" + name.lstrip("/"))

    def __delitem__(self, name):
        super().__delitem__("/" + name.lstrip("/"))

    def get(self, name, *default):
        return super().get("/" + name.lstrip("/"), *default)


def rospy_double(params, said, is_over):
    """The part of rospy that the page's programs call."""

    def sleep(_):
        if is_over():
            raise Ended
        time.sleep(0.001)

    def get_param(name, *default):
        name = "/" + name.lstrip("/")
        return params.get(name, *default) if default else params[name]

    module = types.ModuleType("rospy")
    module.init_node = lambda name: None
    module.is_shutdown = is_over
    module.sleep = sleep
    module.get_param = get_param
    module.set_param = params.__setitem__
    module.has_param = lambda name: "/" + name.lstrip("/") in params
    module.loginfo = lambda text, *values: said.append(text % values)
    return module


def blocks(page):
    return re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)


def programs(page):
    return [compile(block, page.name, "exec") for block in blocks(page)]


def without_words(program):
    """What it does, without its docstring and its comments, which are translated."""
    tree = ast.parse(program)
    assert ast.get_docstring(tree)
    return [ast.dump(part) for part in tree.body[1:]]


def cube(label, x):
    return Detection(label, {1: "one", 2: "two"}[label], 0.9, x, 5, x + 10, 15)


@pytest.mark.parametrize("page", ["integration.md", "fr/integration.md"])
def test_the_page_shows_the_examples_as_they_are(page):
    shown = [without_words(block) for block in blocks(PAGES / page)]
    files = [ROOT / "examples" / f"{name}.py" for name in EXAMPLES]
    assert shown == [without_words(path.read_text("utf-8")) for path in files]


@pytest.mark.parametrize("page", ["integration.md", "fr/integration.md"])
def test_the_three_nodes_sort_a_scene(page, monkeypatch):
    path = PAGES / page
    controller, navigator, *_ = programs(path)
    params, said, over = Params(), [], threading.Event()
    deadline = time.monotonic() + TIMEOUT_S

    def is_over():
        return over.is_set() or time.monotonic() > deadline

    monkeypatch.setitem(sys.modules, "rospy", rospy_double(params, said, is_over))
    ended = []

    def run(name, act):
        try:
            act()
            ended.append(name)
        except Ended:
            pass

    def sleep(seconds):
        if is_over():
            raise Ended
        time.sleep(min(seconds, 0.005))

    labeller = Labeller(
        params,
        lambda: Frame(PICTURE),
        lambda _: [cube(2, 1), cube(1, 20), cube(2, 40)],
        InferenceSettings(ready_hold_s=0.01),
        result_param="/inference/result",
        handover_param="/inference/handover",
        sleep=sleep,
    )
    others = [
        threading.Thread(target=run, args=("inference", labeller.run), daemon=True),
        threading.Thread(target=run, args=("navigator", lambda: exec(navigator, {})), daemon=True),
    ]
    for thread in others:
        thread.start()
    run("controller", lambda: exec(controller, {}))
    over.set()
    for thread in others:
        thread.join(5)
    assert "controller" in ended
    assert [v for n, v in params.history if n == "/target" and v > 0] == [2, 1, 2]
    assert len(said) == 1 + 3 * 1 + 3 * 2  # the result; a movement and two drives for each cube
