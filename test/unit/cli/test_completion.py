"""The Tab key completes `tod` in a shell that has sourced the workspace."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def complete(tmp_path):
    """What bash offers for a line that ends where Tab is pressed."""
    tod = tmp_path / "tod"
    tod.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{ROOT}/scripts/tod" "$@"\n')
    tod.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "PYTHONPATH": f"{ROOT}/src"}

    def complete(line):
        script = f"""
            source {ROOT}/env-hooks/50.tod_ros.bash
            COMP_LINE="$1" COMP_POINT=${{#1}} COMP_TYPE=9 _tod_ros_complete tod
            printf '%s\\n' "${{COMPREPLY[@]}}"
        """
        run = subprocess.run(
            ["bash", "-c", script, "bash", line], env=env, stdout=subprocess.PIPE, text=True
        )
        return [word.strip() for word in run.stdout.splitlines()]

    return complete


@pytest.mark.parametrize(
    "line, words",
    [("tod ev", ["evaluate"]), ("tod zo", ["zoo"]), ("tod s", ["split", "synth"])],
)
def test_a_verb_is_completed(complete, line, words):
    assert sorted(complete(line)) == words


def test_an_option_of_the_verb_is_completed(complete):
    assert "--help" in complete("tod detect --he")


def test_nonsense_is_left_alone(complete):
    assert complete("tod quite_unlike") == [""]
