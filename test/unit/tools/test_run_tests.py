"""Each job is told with what it took, also where it ends in another way than it should."""

import sys

import pytest
import run_tests
from jobs import Job
from results import Results, failure


def told(monkeypatch, capsys, tmp_path, program, timeout_s=60.0, waits=False):
    monkeypatch.setattr(run_tests, "RESULTS", tmp_path / "results")

    def judge(status, _folder):
        return failure(f"status {status}") if status else Results(passed=1)

    job = Job("one", [sys.executable, "-c", program], judge, timeout_s, waits)
    run_tests.run(job, set())
    return capsys.readouterr().out.splitlines()


def test_a_job_is_told_with_the_time_that_it_and_what_it_started_computed(
    monkeypatch, capsys, tmp_path
):
    compute = "import time\\nwhile time.process_time() < 0.4: pass"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', '{compute}'])"
    (line,) = told(monkeypatch, capsys, tmp_path, program)
    assert line.startswith("ok      one: 1 passed, 0 failed (")
    assert float(line.split()[-5]) >= 0.4 and line.endswith(" s of a processor)")


def test_status_signal_and_timeout_are_told_apart(monkeypatch, capsys, tmp_path):
    def problem(program, timeout_s=60.0):
        lines = told(monkeypatch, capsys, tmp_path / program[-9:], program, timeout_s)
        return lines[1].strip()

    assert problem("raise SystemExit(3)") == "status 3"
    assert problem("import os; os.kill(os.getpid(), 15)") == "status -15"
    assert problem("import time; time.sleep(60)", timeout_s=0.3) == "status -1"


@pytest.mark.parametrize("waits", [True, False])
def test_two_that_compute_share_the_cores_and_one_that_waits_is_run_as_by_a_user(
    monkeypatch, capsys, tmp_path, waits
):
    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS", raising=False)
    monkeypatch.setattr(run_tests.os, "cpu_count", lambda: 6)
    program = "import os; raise SystemExit(int(os.environ.get('TF_NUM_INTRAOP_THREADS', 9)))"
    lines = told(monkeypatch, capsys, tmp_path, program, waits=waits)
    assert lines[1].strip() == f"status {9 if waits else 3}"
