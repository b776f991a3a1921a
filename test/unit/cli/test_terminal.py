import os
import subprocess
import sys
import textwrap

from rooms import SOURCES


def run(program):
    environ = dict(os.environ, PYTHONPATH=str(SOURCES))
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        env=environ,
        text=True,
    )


def test_what_is_written_past_python_goes_to_the_file_too(tmp_path):
    log = tmp_path / "folder/training.log"
    ended = run(f"""
        import os, sys
        from pathlib import Path
        from tod_ros.cli.terminal import output_to
        print("before")
        with output_to(Path({str(log)!r})) as terminal:
            print("by print")
            os.write(1, b"by write 1\\n")
            os.write(2, b"by write 2\\n")
            os.system("echo by a child")
            terminal.say("said")
            print("told", file=terminal.out)
        print("after")
        sys.exit("end")
    """)
    assert ended.stdout.split() == ["before", "told", "after"]
    assert ended.stderr.split() == ["said", "end"]
    lines = log.read_text().splitlines()
    assert sorted(lines) == ["by a child", "by print", "by write 1", "by write 2"]


def test_an_error_leaves_the_streams_as_they_were(tmp_path):
    ended = run(f"""
        from pathlib import Path
        from tod_ros.cli.terminal import output_to
        try:
            with output_to(Path({str(tmp_path / "log")!r})):
                raise ValueError
        except ValueError:
            print("seen")
    """)
    assert (ended.stdout, ended.stderr, ended.returncode) == ("seen\n", "", 0)


def test_a_signal_in_the_middle_of_saying_is_answered(tmp_path):
    ended = run(f"""
        import signal, sys
        from pathlib import Path
        from tod_ros.cli.terminal import output_to
        with output_to(Path({str(tmp_path / "log")!r})) as terminal:
            signal.signal(signal.SIGALRM, lambda *_: terminal.say_at_once("answered"))
            signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
            for number in range(3000):
                terminal.say(f"step {{number}}")
            signal.setitimer(signal.ITIMER_REAL, 0)
    """)
    assert ended.returncode == 0, ended.stderr[-500:]
    assert "answered" in ended.stderr and "step 2999" in ended.stderr


def test_the_file_is_added_to(tmp_path):
    log = tmp_path / "log"
    log.write_text("earlier\n")
    run(f"""
        from pathlib import Path
        from tod_ros.cli.terminal import output_to
        with output_to(Path({str(log)!r})):
            print("later")
    """)
    assert log.read_text() == "earlier\nlater\n"
