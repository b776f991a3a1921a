"""The fault campaign's controller asks again where others were at it, and never dies of it."""

import threading
from xmlrpc.server import SimpleXMLRPCServer

import pytest
from party import HANDOVER, LABEL, READY, RESULT, TAKE, Again, Party


@pytest.fixture
def params(monkeypatch):
    """A master's parameters, as they stand while request 3 is being handed over."""
    held = {TAKE: False, READY: -1, LABEL: -1, HANDOVER: handover("offered", 1)}

    def get(_caller, name):
        return [1, "", held[name]] if name in held else [-1, "not set", 0]

    def put(_caller, name, value):
        held[name] = value
        return [1, "", 0]

    with SimpleXMLRPCServer(("localhost", 0), logRequests=False) as server:
        server.register_function(get, "getParam")
        server.register_function(put, "setParam")
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setenv("ROS_MASTER_URI", f"http://localhost:{server.server_address[1]}")
        yield held
        server.shutdown()


@pytest.fixture
def party(params, tmp_path):
    return Party(str(tmp_path / "seen"), is_once=False)


def handover(state, cube=0, request=3):
    return {"request": request, "state": state, "cube": cube}


@pytest.mark.parametrize(
    "result", ["odd", -7.5, [1, "two"], {"a": 1}, {"request": "x"}, {"request": 3.5}, True]
)
def test_a_result_that_the_node_never_writes_is_no_answer(params, party, result):
    params[RESULT] = result
    with pytest.raises(Again, match="result is "):
        party._result(3)


def test_a_result_that_is_gone_is_not_waited_for(params, party):
    with pytest.raises(Again, match="the result is gone"):
        party._result(3)


def test_the_result_of_a_later_request_serves_too(params, party):
    params[RESULT] = {"request": 4, "status": "ok", "labels": [2, 1]}
    assert party._result(3)["labels"] == [2, 1]


@pytest.mark.parametrize(
    "left, label, why",
    [
        (handover("offered", 2), 1, "another controller is at it"),
        (handover("looking", request=4), 1, "not of request 3"),
        (handover("over"), -1, "another controller has taken the labels"),
        (handover("offered", 1), "odd", "label is 'odd'"),
    ],
)
def test_a_label_is_taken_only_for_its_own_cube(params, party, left, label, why):
    params.update({HANDOVER: left, LABEL: label})
    with pytest.raises(Again, match=why):
        party._label(3, 1)
    assert params[LABEL] == label


def test_a_label_of_its_cube_is_taken(params, party):
    params[LABEL] = 2
    assert party._label(3, 1) == 2
    assert params[LABEL] == -1
