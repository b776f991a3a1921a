"""The OD API's test is a process: its end, its failure and its hanging are told apart."""

import sys

import pytest

from tod_ros.doctor.od_api import PROGRAM, check_od_api


@pytest.mark.parametrize(
    "program, status, part",
    [
        (
            "print('noise'); print('Ran 24 tests in 30s'); print('OK (skipped=1)')",
            "ok",
            "passes: 24, 1 skipped (the course: 21, 1 skipped)",
        ),
        ("print('Ran 47 tests in 30s'); print('OK')", "ok", "passes: 47, 0 skipped"),
        ("raise ImportError('no slim')", "wrong", "fails: ImportError: no slim"),
        ("print('Ran 0 tests in 0.000s'); print('OK')", "wrong", "ran nothing"),
        ("raise SystemExit(1)", "wrong", "fails: it said nothing"),
    ],
)
def test_the_end_of_the_test_is_told(program, status, part):
    finding = check_od_api([sys.executable, "-c", program])
    assert (finding.status, part in finding.text) == (status, True)


def test_the_program_finds_what_it_imports_of_this_package():
    """Its modules' names stand in a string, which no linter reads."""
    pytest.importorskip("object_detection")
    prelude = PROGRAM.split("unittest.main")[0]
    finding = check_od_api([sys.executable, "-c", prelude])
    assert "ran nothing" in finding.text


def test_a_test_that_hangs_is_ended():
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    finding = check_od_api(command, timeout_s=0.2)
    assert "did not end within 0.2 s" in finding.text
