"""The gate sees each write of the node, also where several come together."""

import contextlib
import threading
import xmlrpc.client
from xmlrpc.server import SimpleXMLRPCServer

import pytest
from gate import AFTER, BEFORE, Gate


@pytest.fixture
def master():
    server = SimpleXMLRPCServer(("localhost", 0), logRequests=False, allow_none=True)
    server.values = {}

    def set_param(_caller, name, value):
        server.values[name] = value
        return 1, "", 0

    server.register_function(set_param, "setParam")
    server.register_multicall_functions()
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def write_three(gate):
    calls = xmlrpc.client.MultiCall(xmlrpc.client.ServerProxy(gate.uri))
    for number, name in enumerate("abc"):
        calls.setParam("/inference", f"/{name}", number)
    return [code for code, _, _ in calls()]


@pytest.fixture
def gate(master):
    reached = []
    gate = Gate(master.server_address[1], lambda: reached.append(set(master.values)))
    gate.reached_when_killed = reached
    yield gate
    gate.close()


def test_writes_that_come_together_are_seen_each(gate, master):
    assert write_three(gate) == [1, 1, 1]
    assert [(write.name, write.value) for write in gate.writes] == [("/a", 0), ("/b", 1), ("/c", 2)]
    assert master.values == {"/a": 0, "/b": 1, "/c": 2}


@pytest.mark.parametrize(("when", "reached"), [(BEFORE, {"/a"}), (AFTER, {"/a", "/b"})])
def test_the_node_can_be_killed_between_two_of_them(gate, when, reached):
    gate.arm(lambda call: call.name == "/b", when)
    with contextlib.suppress(OSError, xmlrpc.client.Error):
        write_three(gate)  # this node lives on, and tries again
    assert gate.reached_when_killed == [reached]
