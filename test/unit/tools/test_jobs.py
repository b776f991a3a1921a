"""No test can vanish: whatever folder its file lies in, it is run or told."""

import shutil
import subprocess

import pytest
from collecting import PYTEST, collected
from jobs import (
    LONGEST,
    OWN_PROCESS,
    ROOT,
    faults_jobs,
    longest_first,
    rostest_jobs,
    slow_jobs,
    unit_jobs,
)
from jobs import tests_elsewhere as files_elsewhere

TEST = "def test_something():\n    pass\n"


@pytest.fixture
def tree(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(path, text=TEST):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    return write


def test_a_slow_test_in_a_folder_below_is_run_too(tree):
    tree("test/slow/test_road.py")
    tree("test/slow/deep/test_road.py")
    tree("test/slow/test_short.py")
    problems = []
    files = {job.name: job.command[-2:] for job in slow_jobs("", problems)}
    assert files["slow test_road"][1:] == ["test/slow/test_road.py"]
    assert files["slow others"] == ["test/slow/deep/test_road.py", "test/slow/test_short.py"]
    assert len(files) == 2 and problems == []
    assert [job.name for job in slow_jobs("deep_test_road", [])] == ["slow deep_test_road"]


def test_one_slow_file_alone_is_run_by_its_name_and_a_name_that_none_has_is_told(tree):
    tree("test/slow/test_road.py")
    tree("test/slow/test_path.py")
    problems = []
    assert [job.name for job in slow_jobs("test_road", problems)] == ["slow test_road"]
    assert problems == []
    assert slow_jobs("test_way", problems) == []
    assert problems == ["test/slow: no test_way.py"]


def test_tests_in_a_file_that_is_not_named_as_one_are_told(tree):
    tree("test/unit/room/check_it.py")
    tree("test/slow/deep/road.py")
    problems = []
    unit_jobs("", problems)
    slow_jobs("", problems)
    assert [problem.split(":")[0] for problem in problems] == [
        "test/unit/room/check_it.py",
        "test/slow/deep/road.py",
    ]


def test_a_file_in_a_folder_that_pytest_passes_over_is_run_all_the_same(tree):
    tree("test/unit/test_there.py")
    tree("test/unit/build/test_here.py")
    jobs = {job.name: job.command for job in unit_jobs("", [])}
    assert jobs["unit a-l"][-1] == "test/unit/build/test_here.py"
    assert jobs["unit m-z"][-1] == "test/unit/test_there.py"


def test_of_several_files_of_a_job_the_one_without_a_test_has_failed(tree, tmp_path):
    tree("test/unit/room/test_here.py")
    tree("test/unit/room/test_gone.py", "")
    (job,) = unit_jobs("", [])
    (tmp_path / "collected.json").write_text('{"test/unit/room/test_here.py": 1}')
    (tmp_path / "pytest.xml").write_text("<testsuite><testcase name='a'/></testsuite>")
    judged = job.judge(0, tmp_path)
    assert judged.problems == ("test/unit/room/test_gone.py: pytest finds no test in it",)
    (tmp_path / "pytest.xml").write_text("<testsuite></testsuite>")
    assert "unit m-z: 0 of 1 tests ran" in job.judge(0, tmp_path).problems


def test_a_run_that_ended_before_its_tests_were_counted_has_failed(tree, tmp_path):
    tree("test/unit/room/test_here.py")
    (job,) = unit_jobs("", [])
    (problem,) = job.judge(3, tmp_path).problems
    assert problem == (
        "test/unit/room/test_here.py: its runner ended with status 3 before it began"
    )


def test_a_rostest_in_a_folder_below_is_a_job(tree):
    test = '<launch><test test-name="a" pkg="tod_ros" type="a_test.py" /></launch>'
    tree("test/rostest/deep/a.test", test)
    tree("test/rostest/deep/a_test.py")
    problems = []
    assert [job.name for job in rostest_jobs("", problems)] == ["rostest a"]
    assert problems == []


def test_a_test_where_nothing_looks_is_told(tree):
    tree("test/more/test_it.py")
    assert files_elsewhere() == ["test/more/test_it.py: nothing runs it"]


def test_the_longest_jobs_are_begun_first_and_each_of_them_exists():
    makers = (slow_jobs, unit_jobs, faults_jobs, rostest_jobs)
    jobs = [job for make in makers for job in make("", [])]
    ordered = [job.name for job in longest_first(jobs)]
    assert ordered[: len(LONGEST)] == list(LONGEST)
    rest = [job.name for job in jobs if job.name not in LONGEST]
    assert set(OWN_PROCESS) <= set(rest)
    assert ordered[len(LONGEST) :] == rest


def test_only_what_computes_for_minutes_gives_way():
    assert {job.niceness for job in slow_jobs("", [])} == {10}
    assert not any(job.waits for job in slow_jobs("", []) + unit_jobs("", []))
    assert all(job.waits and not job.niceness for job in faults_jobs("", []))


def test_a_run_tells_the_tests_of_each_file_before_the_first_one_ends_it(tree, tmp_path):
    tree("test/slow/test_a.py", "import os\n\n\ndef test_end():\n    os._exit(5)\n\n\n" + TEST)
    tree("test/slow/test_b.py", TEST + TEST.replace("thing", "more"))
    tree("test/slow/test_none.py", "")
    files = sorted(map(str, tmp_path.glob("test/slow/*.py")))
    shutil.copy(ROOT / "test/conftest.py", tmp_path / "test")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")  # the root of the files' names
    done = subprocess.run([*PYTEST, f"--junitxml={tmp_path}/results/pytest.xml", *files])
    assert done.returncode == 5
    counts = {"test/slow/test_a.py": 2, "test/slow/test_b.py": 2}
    assert collected(tmp_path / "results") == counts
