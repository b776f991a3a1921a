"""A run is green only where every test that exists has run and passed."""

from __future__ import annotations

import pytest
from results import (
    Results,
    RosTest,
    against_sources,
    count_collected,
    judge_ros_test,
    left_out,
    read_junit,
    read_ros_tests,
)

GOOD, BAD, ERROR = "", "<failure message='no'/>", "<error message='no'/>"
SKIPPED = "<skipped message='no camera'/>"


def junit(*cases):
    inside = "".join(
        f"<testcase classname='t' name='{n}'>{c}</testcase>" for n, c in enumerate(cases)
    )
    return f"<testsuites><testsuite tests='99' failures='0'>{inside}</testsuite></testsuites>"


@pytest.fixture
def capture_test(tmp_path):
    path = tmp_path / "capture.test"
    path.write_text(
        "<launch><node name='n' pkg='p' type='t'/>"
        "<test test-name='capture' pkg='tod_ros' type='capture_test.py'/></launch>"
    )
    return path


@pytest.fixture
def results(tmp_path):
    folder = tmp_path / "results"
    (folder / "tod_ros").mkdir(parents=True)
    return folder


def judge(path, results, **expected):
    return judge_ros_test(path, results, {f"{name}.py": n for name, n in expected.items()})


class TestOneResultFile:
    @pytest.mark.parametrize(
        "cases, counts",
        [
            ((), (0, 0, 0)),
            ((GOOD, GOOD), (2, 0, 0)),
            ((GOOD, BAD, ERROR), (1, 2, 0)),
            ((SKIPPED, GOOD), (1, 0, 1)),
        ],
    )
    def test_counts_its_cases_and_not_its_totals(self, tmp_path, cases, counts):
        path = tmp_path / "result.xml"
        path.write_text(junit(*cases))
        found = read_junit(path)
        assert (found.passed, found.failed, found.skipped) == counts

    def test_that_is_missing_is_a_failure(self, tmp_path):
        assert read_junit(tmp_path / "none.xml").failed == 1

    @pytest.mark.parametrize("text", ["", "<testsuite><testcase", "PASSED"])
    def test_that_is_broken_is_a_failure(self, tmp_path, text):
        path = tmp_path / "result.xml"
        path.write_text(text)
        assert read_junit(path).failed == 1

    def test_says_which_test_failed_and_why_one_was_skipped(self, tmp_path):
        path = tmp_path / "result.xml"
        path.write_text(junit(BAD, SKIPPED))
        assert read_junit(path).problems == ("t.0: failed", "t.1: skipped: no camera")


class TestAgainstTheSources:
    @pytest.mark.parametrize(
        "ran, expected, failed",
        [(Results(3), 3, 0), (Results(2), 3, 1), (Results(), 3, 3), (Results(), 0, 1)],
    )
    def test_a_test_that_did_not_run_has_failed(self, ran, expected, failed):
        assert against_sources(ran, expected, "test/unit").failed == failed

    def test_more_cases_than_expected_are_no_fault(self):
        assert against_sources(Results(4), 3, "test/unit").failed == 0

    def test_a_skipped_test_is_not_missing(self):
        assert against_sources(Results(1, 0, 1), 2, "test/unit").failed == 0


class TestRosTest:
    def test_the_tests_of_a_file_are_read(self, capture_test):
        assert read_ros_tests(capture_test) == [RosTest("capture", "capture_test.py")]

    def test_an_empty_folder_of_results_fails_for_each_test_there_is(self, capture_test, results):
        assert judge(capture_test, results, capture_test=4).failed == 4

    def test_a_folder_that_is_not_there_fails_too(self, capture_test, tmp_path):
        assert judge(capture_test, tmp_path / "none", capture_test=4).failed == 4

    def test_a_failed_test_fails(self, capture_test, results):
        (results / "tod_ros" / "rosunit-capture.xml").write_text(junit(GOOD, BAD))
        found = judge(capture_test, results, capture_test=2)
        assert (found.passed, found.failed) == (1, 1)

    def test_a_missing_test_fails(self, capture_test, results):
        (results / "tod_ros" / "rosunit-capture.xml").write_text(junit(GOOD, GOOD))
        assert judge(capture_test, results, capture_test=3).closing_line() == "2 passed, 1 failed"

    def test_every_test_passed_passes(self, capture_test, results):
        (results / "tod_ros" / "rosunit-capture.xml").write_text(junit(GOOD, GOOD))
        found = judge(capture_test, results, capture_test=2)
        assert (found.closing_line(), found.problems) == ("2 passed, 0 failed", ())

    def test_the_result_of_another_test_does_not_count(self, capture_test, results):
        (results / "tod_ros" / "rosunit-other.xml").write_text(junit(GOOD, GOOD))
        assert judge(capture_test, results, capture_test=2).passed == 0

    def test_nodes_that_did_not_start_fail_though_the_tests_pass(self, capture_test, results):
        (results / "tod_ros" / "rosunit-capture.xml").write_text(junit(GOOD))
        (results / "tod_ros" / "rostest-capture.xml").write_text(junit(BAD))
        found = judge(capture_test, results, capture_test=1)
        assert (found.passed, found.failed) == (1, 1)

    def test_a_file_that_starts_no_test_fails(self, tmp_path, results):
        path = tmp_path / "empty.test"
        path.write_text("<launch/>")
        assert judge(path, results, capture_test=1).failed == 1

    def test_a_test_whose_source_is_not_there_fails(self, capture_test, results):
        assert judge(capture_test, results, another_test=1).failed == 1


class TestSources:
    def test_the_collected_tests_are_counted_by_file(self):
        output = (
            "test/a.py::test_x[1-2]\ntest/a.py::T::test_y\ntest/b.py::test_z\n\n3 tests collected"
        )
        assert count_collected(output) == {"test/a.py": 2, "test/b.py": 1}

    def test_a_file_with_tests_that_nothing_starts_is_a_problem(self, tmp_path):
        for name, text in [
            ("capture_test.py", "class T:\n    def test_x(self): pass\n"),
            ("reload_test.py", "def test_y(): pass\n"),
            ("waiting.py", "def wait_until(): pass\n"),
        ]:
            (tmp_path / name).write_text(text)
        (problem,) = left_out(tmp_path.glob("*.py"), ["capture_test.py"])
        assert "reload_test.py" in problem


@pytest.mark.parametrize(
    "results, line",
    [
        (Results(12), "12 passed, 0 failed"),
        (Results(3, 2), "3 passed, 2 failed"),
        (Results(3, 0, 1), "3 passed, 0 failed, 1 skipped"),
    ],
)
def test_the_closing_line(results, line):
    assert results.closing_line() == line
