"""However a verb ends, it leaves nothing half-written and says it in one line."""

import signal
import subprocess
import sys
import time

import pytest

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


@pytest.mark.parametrize(
    "words",
    [["detect", "--min-score=--"], ["init", "p", "--class=--"], ["synth", "p", "-n--"]],
)
def test_dashes_are_no_value_of_an_option(words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    assert capsys.readouterr().err.endswith(f"{words[-1]}: -- is no value\n")
    assert list(tmp_path.iterdir()) == []


LONG = "n" * 300
NAMES_A_FOLDER = {
    "init": ["init", LONG, "--class", "one"],
    "split": ["split", LONG],
    "convert": ["convert", LONG],
    "convert from": ["convert", "p", "--from", "coco", LONG],
    "synth": ["synth", LONG, "-n", "1"],
    "resize": ["resize", LONG, "--to", "320"],
    "annotate": ["annotate", LONG],
    "configure": ["configure", "p", "--network", LONG],
    "train": ["train", "p", "--network", LONG],
    "train run": ["train", "p", "--run", LONG],
    "export": ["export", "p", "--from-saved-model", LONG],
    "detect model": ["detect", "-m", LONG, "-i", "p"],
    "detect pictures": ["detect", "-m", "m", "-i", LONG],
    "evaluate": ["evaluate", LONG, "-m", "m"],
    "tensorboard": ["tensorboard", LONG],
    "doctor": ["doctor", LONG],
    "zoo workspace": ["zoo", "get", "ssd_tiny", "--workspace", LONG],
    "zoo from": ["zoo", "get", "ssd_tiny", "--from", LONG],
    "place": ["place", LONG, "--corners", "8,42", "56,43", "47,22", "16,21", "-o", LONG],
}


@pytest.mark.parametrize("case", NAMES_A_FOLDER)
def test_a_name_that_no_disk_takes_is_one_line_in_every_verb(case, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["init", "p", "--class", "one"]) == 0
    capsys.readouterr()
    assert main(NAMES_A_FOLDER[case]) in (1, 2)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"tod {NAMES_A_FOLDER[case][0]}: ")
