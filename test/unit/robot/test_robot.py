"""The robot over ROS, against a master and cameras that are made to fail."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from io import BytesIO
from xmlrpc.server import SimpleXMLRPCServer

import pytest
import rosgraph.network
from poppy_controllers.srv import GetImage, GetImageResponse
from sensor_msgs.msg import Image

from tod_ros.errors import CameraError
from tod_ros.robot.image_client import ImageClient
from tod_ros.robot.master import MASTER_FAULTS, is_node_alive
from tod_ros.robot.parameters import SETTLE_S, RosParams

HANGS_S, IN_TIME_S = 30.0, 10.0  # far apart, and far from the time limit: the machine may be loaded
PICTURE = Image(height=2, width=3, encoding="bgr8", step=9, data=bytes(range(18)))


class Master:
    """As much of a ROS master as these tests ask: parameters, and where the camera is."""

    def __init__(self, port=0):
        self.params = {}
        self.nodes = {}
        self.camera_port = None
        self._server = SimpleXMLRPCServer(
            ("localhost", port), logRequests=False, allow_none=True, bind_and_activate=False
        )
        self._server.allow_reuse_address = True
        self._server.server_bind()
        self._server.server_activate()
        self.port = self._server.server_address[1]
        for method in (
            *(self.getParam, self.setParam, self.deleteParam),
            *(self.lookupService, self.lookupNode),
        ):
            self._server.register_function(method)
        self._server.register_multicall_functions()
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def getParam(self, _caller, name):  # noqa: N802 (the master's own names)
        return (1, "", self.params[name]) if name in self.params else (-1, "unset", 0)

    def setParam(self, _caller, name, value):  # noqa: N802
        self.params[name] = value
        return 1, "", 0

    def deleteParam(self, _caller, name):  # noqa: N802
        return (1, "", 0) if self.params.pop(name, None) is not None else (-1, "unset", 0)

    def lookupService(self, _caller, name):  # noqa: N802
        if self.camera_port is None:
            return -1, f"no provider for {name}", ""
        return 1, "", f"rosrpc://localhost:{self.camera_port}"

    def lookupNode(self, _caller, name):  # noqa: N802
        uri = self.nodes.get(name)
        return (1, "", uri) if uri else (-1, f"unknown node {name}", "")

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def master(monkeypatch):
    started = Master()
    monkeypatch.setenv("ROS_MASTER_URI", f"http://localhost:{started.port}")
    yield started
    with contextlib.suppress(OSError):
        started.stop()


@pytest.fixture
def camera(master):
    """A function that starts a camera which does `behave(connection)` with each caller."""
    listeners = []

    def start(behave):
        listener = socket.create_server(("localhost", 0))
        listeners.append(listener)
        master.camera_port = listener.getsockname()[1]

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection, contextlib.suppress(OSError):
                        behave(connection)

        threading.Thread(target=serve, daemon=True).start()

    yield start
    for listener in listeners:
        listener.close()


def greet(connection, **extra):
    """Read the caller's header and answer one."""
    caller = rosgraph.network.read_ros_handshake_header(connection, BytesIO(), 4096)
    header = {"callerid": "/camera", "md5sum": GetImage._md5sum, "type": GetImage._type, **extra}
    connection.sendall(rosgraph.network.encode_ros_handshake_header(header))
    return caller


def request(connection):
    greet(connection)
    assert connection.recv(4) == struct.pack("<I", 0)


def sound(connection):
    request(connection)
    content = BytesIO()
    GetImageResponse(PICTURE).serialize(content)
    answer = content.getvalue()
    connection.sendall(b"\x01" + struct.pack("<I", len(answer)) + answer)


def test_a_sound_camera_answers_its_picture(camera):
    camera(sound)
    picture = ImageClient("/get_image", 5.0)()
    assert (picture.width, picture.encoding, bytes(picture.data)) == (3, "bgr8", bytes(range(18)))


def hang(connection):
    request(connection)
    time.sleep(HANGS_S)


def hang_before_the_header(connection):
    time.sleep(HANGS_S)


def dribble(connection):
    request(connection)
    connection.sendall(b"\x01" + struct.pack("<I", 1000))
    for _ in range(int(HANGS_S / 0.1)):
        connection.sendall(b"x")
        time.sleep(0.1)


def break_off(connection):
    request(connection)
    connection.sendall(b"\x01" + struct.pack("<I", 1000) + b"half")


def fail(connection):
    request(connection)
    connection.sendall(b"\x00" + struct.pack("<I", 4) + b"boom")


def refuse(connection):
    greet(connection, error="wrong md5sum")


def answer_garbage(connection):
    request(connection)
    connection.sendall(b"\x01" + struct.pack("<I", 9) + b"\xff" * 9)


def be_no_ros_service(connection):
    connection.recv(10)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def announce_too_much(connection):
    request(connection)
    connection.sendall(b"\x01" + struct.pack("<I", 0xFFFFFFFF))


@pytest.mark.parametrize(
    "behave, words",
    [
        (hang, "no answer within 0.5 s"),
        (hang_before_the_header, "no answer within 0.5 s"),
        (dribble, "no answer within 0.5 s"),
        (break_off, "ended in the middle"),
        (fail, "boom"),
        (refuse, "wrong md5sum"),
        (answer_garbage, "garbage"),
        (be_no_ros_service, "bytes"),
        (announce_too_much, "announces 4294967295 bytes"),
    ],
)
def test_a_faulty_camera_is_given_up_in_time_with_the_reason(camera, behave, words):
    camera(behave)
    timeout_s = 0.5 if "no answer" in words else IN_TIME_S
    threads, started = threading.active_count(), time.monotonic()
    with pytest.raises(CameraError, match=words) as caught:
        ImageClient("/get_image", timeout_s)()
    assert time.monotonic() - started < IN_TIME_S
    assert "\n" not in str(caught.value)
    assert threading.active_count() <= threads


def test_an_absent_camera_and_an_absent_master_are_told_apart(master):
    client = ImageClient("/get_image", 1.0)
    with pytest.raises(CameraError, match="start the robot"):
        client()
    assert not client.is_there()
    with socket.socket() as free:
        free.bind(("localhost", 0))
        master.camera_port = free.getsockname()[1]
    with pytest.raises(CameraError, match="refused"):
        client()
    assert not client.is_there()
    master.stop()
    with pytest.raises(CameraError, match="cannot be called"):
        client()


def test_a_camera_that_is_there_is_not_called_to_see_it(camera):
    callers = []
    camera(lambda connection: callers.append(greet(connection)))
    assert ImageClient("/get_image", 5.0).is_there()
    until = time.monotonic() + 5
    while not callers and time.monotonic() < until:
        time.sleep(0.01)
    assert callers[0]["probe"] == "1"


def test_parameters_are_a_mapping(master):
    params = RosParams()
    with pytest.raises(KeyError):
        params["/label"]
    assert params.get("/label", -1) == -1
    params["/label"] = {"odd": [1, "two"]}
    assert params["/label"] == master.params["/label"] == {"odd": [1, "two"]}
    params["/label"]["odd"].append(3)
    assert params["/label"] == {"odd": [1, "two"]}


def test_reading_and_writing_wait_for_a_master_that_is_gone(master, caplog):
    sleeps, back = [], []

    def sleep(seconds):
        sleeps.append(seconds)
        if len(sleeps) == 3:
            back.append(Master(master.port))

    params = RosParams(sleep)
    params["/label"] = 1
    master.stop()
    params["/label"] = 2
    assert back[0].params == {"/label": 2}
    said = [record.getMessage() for record in caplog.records]
    assert len([line for line in said if "is gone" in line]) == 1
    back[0].stop()


def test_the_wait_for_a_master_ends_when_sleep_says_so(master):
    class Ending(Exception):
        pass

    def sleep(_seconds):
        raise Ending

    params = RosParams(sleep)
    master.stop()
    with pytest.raises(Ending):
        params["/label"]


@pytest.mark.parametrize(
    "is_done, seen_and_undone, expected",
    [(False, None, [2]), (True, None, [2]), (True, -1, [2, -1])],
)
def test_a_write_whose_answer_is_lost_has_its_effect_once(
    master, monkeypatch, is_done, seen_and_undone, expected
):
    """The controller may have taken the label before the node hears that it was written."""
    master.params["/label"] = -1.0
    written = []
    real = master._server.funcs["setParam"]

    def set_and_lose_the_answer(caller, name, value):
        master._server.funcs["setParam"] = record
        if is_done:
            record(caller, name, value)
        if seen_and_undone is not None:
            record("/controller", name, seen_and_undone)
        raise ConnectionError("lost")

    def record(caller, name, value):
        written.append(value)
        return real(caller, name, value)

    master._server.funcs["setParam"] = set_and_lose_the_answer
    RosParams().exchange("/label", -1.0, 2)
    assert written == expected
    assert master.params["/label"] == expected[-1]


WRITES = (("/handover", {"cube": 1}), ("/result", None), ("/takeImage", False))
WRITTEN = [("setParam", "/handover"), ("deleteParam", "/result"), ("setParam", "/takeImage")]


def recorded(master):
    """The names of what is written from now on, in its order."""
    written = []

    def recording(method):
        real = master._server.funcs[method]

        def write(caller, name, *values):
            written.append((method, name))
            return real(caller, name, *values)

        master._server.funcs[method] = write

    recording("setParam")
    recording("deleteParam")
    return written


@pytest.mark.parametrize("old", [{}, {"/result": 1}])
@pytest.mark.parametrize("knows_multicall", [True, False])
def test_several_writes_come_in_their_order(master, old, knows_multicall):
    """Also where the master knows no call of several calls."""
    master.params.update(old)
    if not knows_multicall:
        del master._server.funcs["system.multicall"]
    written = recorded(master)
    RosParams().write_all(WRITES)
    assert written == WRITTEN
    assert master.params == {"/handover": {"cube": 1}, "/takeImage": False}


def test_several_writes_whose_answer_is_lost_are_written_again_after_a_while(master, caplog):
    master.params["/result"] = 1
    written, sleeps = recorded(master), []
    real = master._server.funcs["system.multicall"]

    def be_slow(calls):
        master._server.funcs["system.multicall"] = real
        answer = real(calls)
        time.sleep(0.4)
        return answer

    master._server.funcs["system.multicall"] = be_slow
    RosParams(sleeps.append, timeout_s=0.3).write_all(WRITES)
    assert written == WRITTEN * 2
    assert SETTLE_S in sleeps
    assert "/handover, /result, /takeImage may not have been set" in caplog.text


def test_writing_several_waits_for_a_master_that_is_gone(master):
    back = []

    def sleep(_seconds):
        back[:] = back or [Master(master.port)]

    params = RosParams(sleep)
    params["/label"] = 1
    master.stop()
    params.write_all(WRITES)
    assert back[0].params == {"/handover": {"cube": 1}, "/takeImage": False}
    back[0].stop()


def test_an_impatient_write_of_several_tells_the_fault(master):
    params = RosParams(is_patient=False)
    master.stop()
    with pytest.raises(MASTER_FAULTS):
        params.write_all(WRITES)


def test_a_node_is_alive_when_it_answers_under_its_own_name(master):
    port_of_another = Master()
    port_of_another._server.register_function(lambda _caller: (1, "", "/other"), "getName")
    with socket.socket() as free:
        free.bind(("localhost", 0))
        nobody = f"http://localhost:{free.getsockname()[1]}"
    master.nodes.update({"/killed": nobody, "/reused": f"http://localhost:{port_of_another.port}"})
    master.nodes["/other"] = master.nodes["/reused"]
    alive = {name: is_node_alive(name, 1.0) for name in ("/killed", "/reused", "/other", "/no")}
    assert alive == {"/killed": False, "/reused": False, "/other": True, "/no": False}
    port_of_another.stop()


def test_a_node_that_holds_its_port_without_an_answer_counts_as_alive(master):
    with socket.create_server(("localhost", 0)) as silent:
        master.nodes["/hung"] = f"http://localhost:{silent.getsockname()[1]}"
        assert is_node_alive("/hung", 0.2)
