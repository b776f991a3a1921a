"""The OD API's test is a process: its end, its failure and its hanging are told apart."""

import sys

import pytest

from tod_ros.doctor.od_api import check_od_api


@pytest.mark.parametrize(
    "program, status, part",
    [
        ("print('noise'); print('Ran 47 tests in 30s'); print('OK')", "ok", "Ran 47 tests in 30s"),
        ("raise ImportError('no slim')", "wrong", "fails: ImportError: no slim"),
        ("print('Ran 0 tests in 0.000s'); print('OK')", "wrong", "ran nothing"),
        ("raise SystemExit(1)", "wrong", "fails: it said nothing"),
    ],
)
def test_the_end_of_the_test_is_told(program, status, part):
    finding = check_od_api([sys.executable, "-c", program])
    assert (finding.status, part in finding.text) == (status, True)


def test_a_test_that_hangs_is_ended():
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    finding = check_od_api(command, timeout_s=0.2)
    assert "did not end within 0.2 s" in finding.text
