"""However a verb ends, it leaves nothing half-written and says it in one line."""

import signal
import subprocess
import sys
import time

from tod_ros.cli.command import main

PROGRAM = "import sys; from tod_ros.cli import main; sys.exit(main())"


def test_a_verb_that_is_killed_leaves_no_half_of_a_file(tmp_path):
    project = tmp_path / "cubes"
    assert main(["init", str(project), "--class", "one"]) == 0
    command = [sys.executable, "-c", PROGRAM, "synth", str(project), "-n", "100000", "--quiet"]
    ended = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while not list(project.rglob("*.png")) and time.monotonic() < until:
        time.sleep(0.02)
    ended.send_signal(signal.SIGTERM)
    assert ended.communicate(timeout=60)[1] == "\ntod synth: interrupted\n"
    assert ended.returncode == 128 + signal.SIGTERM
    drawn = sorted(path.name for path in (project / "images").iterdir() if path.is_file())
    numbers = range(1, len(drawn) // 2 + 1)
    assert drawn == [f"synth{number:05d}.{kind}" for number in numbers for kind in ("png", "xml")]
