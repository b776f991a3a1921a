"""Questions to the master that are asked again and again, against masters that are made to fail."""

from __future__ import annotations

import contextlib
import socket
import threading
import xmlrpc.client

import pytest

pytest.importorskip("rospy")

from rosgraph.xmlrpc import ThreadingXMLRPCServer

from tod_ros.robot.master import MASTER_FAULTS
from tod_ros.robot.polling import MasterQuestions

KEY = ("getParam", "/inference", "/takeImage")


@contextlib.contextmanager
def rosmaster(params, port=0):
    """Parameters behind the server that rosmaster has too; yields its port."""
    server = ThreadingXMLRPCServer(("localhost", port), log_requests=0)
    accepted = []
    accept = server.get_request
    server.get_request = lambda: accepted.append(accept()) or accepted[-1]

    def get_param(_caller, name):
        return (1, "", params[name]) if name in params else (-1, "is not set", 0)

    server.register_function(get_param, "getParam")
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server.server_address[1], accepted
    server.shutdown()
    server.server_close()
    for connection, _ in accepted:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def serving(*behaviours):
    """A port where each connection in turn is treated as one behaviour says, the last one again."""
    with socket.create_server(("localhost", 0)) as listener:

        def accept():
            with contextlib.suppress(OSError):
                for number in range(100):
                    behave = behaviours[min(number, len(behaviours) - 1)]
                    arguments = (behave, listener.accept()[0])
                    threading.Thread(target=serve, args=arguments, daemon=True).start()

        def serve(behave, connection):
            with connection, contextlib.suppress(OSError):
                behave(connection)

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]


def read_request(connection):
    content = b""
    while not content.rstrip().endswith(b"</methodCall>"):
        part = connection.recv(65536)
        if not part:
            raise ConnectionError
        content += part


def answer(value, head="HTTP/1.1 200 OK\r\nContent-length: {}\r\n"):
    body = xmlrpc.client.dumps(((1, "", value),), methodresponse=True).encode()
    return (head.format(len(body)) + "\r\n").encode() + body


def always(content):
    def behave(connection):
        while True:
            read_request(connection)
            connection.sendall(content)

    return behave


@pytest.fixture
def questions_at(monkeypatch):
    made = []

    def connect(port, timeout_s=5.0):
        monkeypatch.setenv("ROS_MASTER_URI", f"http://localhost:{port}")
        made.append(MasterQuestions(timeout_s))
        return made[-1]

    yield connect
    for questions in made:
        questions.close()


def test_an_answer_is_read_again_only_where_it_differs(questions_at):
    params = {"/takeImage": [False]}
    with rosmaster(params) as (port, connections):
        questions = questions_at(port)
        first = questions.ask(*KEY)
        assert first[2] == [False] and questions.ask(*KEY) is first
        for value in ([True], [False], -1, -1.0, 1, True, {"a": ["ü", 2.5]}, "x" * 300_000):
            params["/takeImage"] = value
            told = questions.ask(*KEY)[2]
            assert (told, type(told)) == (value, type(value))
        del params["/takeImage"]
        assert questions.ask(*KEY)[0] == -1
        assert len(connections) == 1


@pytest.mark.parametrize("name", ["/a&b", "/a<b>", "/Würfel", "/ a ", '/"'])
def test_any_name_is_asked_for_as_it_is(questions_at, name):
    with rosmaster({name: 7, "/other": 8}) as (port, _):
        questions = questions_at(port)
        for _ in range(2):
            assert questions.ask("getParam", "/inference", name)[2] == 7
            assert questions.ask("getParam", "/inference", "/other")[2] == 8


def test_a_master_that_was_restarted_is_asked_again_without_a_word(questions_at):
    with rosmaster({"/takeImage": 1}) as (port, _):
        questions = questions_at(port)
        assert questions.ask(*KEY)[2] == 1
    with rosmaster({"/takeImage": 2}, port):
        assert questions.ask(*KEY)[2] == 2
    with pytest.raises(ConnectionError):
        questions.ask(*KEY)
    with rosmaster({"/takeImage": 3}, port):
        assert questions.ask(*KEY)[2] == 3


def test_an_answer_may_come_in_pieces(questions_at):
    def dribble(connection):
        for value in (5, 5, 6):
            read_request(connection)
            for byte in answer(value):
                connection.sendall(bytes([byte]))

    with serving(dribble) as port:
        questions = questions_at(port)
        assert [questions.ask(*KEY)[2] for _ in range(3)] == [5, 5, 6]


def test_an_answer_that_comes_too_late_is_not_taken_for_the_next_ones(questions_at):
    given_up, answered = threading.Event(), threading.Event()

    def be_late(connection):
        read_request(connection)
        given_up.wait(30)
        with contextlib.suppress(OSError):  # nobody listens any more
            connection.sendall(answer("late"))
        answered.set()
        always(answer("late"))(connection)

    with serving(be_late, always(answer("new"))) as port:
        questions = questions_at(port, 1.0)
        with pytest.raises(socket.timeout):
            questions.ask(*KEY)
        given_up.set()
        assert answered.wait(30)
        assert questions.ask("getParam", "/inference", "/other")[2] == "new"


@pytest.mark.parametrize(
    "head",
    [
        "HTTP/1.0 200 OK\r\nContent-Length: {}\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n",
    ],
)
def test_a_master_that_ends_each_connection_is_understood(questions_at, head):
    def answer_once(connection):
        read_request(connection)
        connection.sendall(answer(4, head))

    with serving(answer_once) as port:
        questions = questions_at(port)
        assert [questions.ask(*KEY)[2] for _ in range(3)] == [4, 4, 4]


def test_an_answer_of_another_kind_is_left_to_pythons_own_client(questions_at):
    body = answer(9).split(b"\r\n\r\n")[1]
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunked += b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    with serving(always(chunked)) as port:
        questions = questions_at(port)
        assert [questions.ask(*KEY)[2] for _ in range(2)] == [9, 9]


FAULT = xmlrpc.client.dumps(xmlrpc.client.Fault(1, "no such method")).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(FAULT), FAULT),
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<no>",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n<no>",
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ],
    ids=["an error", "a fault", "no XML", "cut short", "no HTTP"],
)
def test_whatever_else_holds_the_port_is_a_fault_of_the_master(questions_at, content):
    with serving(always(content)) as port:
        questions = questions_at(port, 0.2)
        for _ in range(2):
            with pytest.raises(MASTER_FAULTS):
                questions.ask(*KEY)
