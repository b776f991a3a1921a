"""The browser, its page, and servers that end with their test."""

import signal

import pytest
from browsing import Cubes, Page, Server, browsing


@pytest.fixture(scope="session")
def browser():
    with browsing() as driver:
        yield driver


@pytest.fixture
def page(browser):
    """The page, in a tab without a past; an error in its console fails the test."""
    old = browser.window_handles
    browser.switch_to.new_window("tab")
    fresh = browser.current_window_handle
    for handle in old:
        browser.switch_to.window(handle)
        browser.close()
    browser.switch_to.window(fresh)
    browser.get_log("browser")
    yield Page(browser)
    errors = [entry["message"] for entry in browser.get_log("browser")]
    uncaught = [message for message in errors if "Uncaught" in message or "Security" in message]
    assert not uncaught


@pytest.fixture
def make_cubes(tmp_path):
    return lambda count=3: Cubes(tmp_path / "cubes", count)


@pytest.fixture
def serve():
    servers = []

    def start(cubes, proposes=True, **environment):
        server = Server(cubes.project.root, cubes.truth_path if proposes else "")
        servers.append(server)
        return server.start(**environment)

    yield start
    for server in servers:
        server.end(signal.SIGKILL)
