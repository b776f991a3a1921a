"""docs/tutorial.md is true: its commands, in its order, do what it says."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("tensorflow", exc_type=ImportError)

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs/tutorial.md"
TOD = [sys.executable, "-c", "import sys; from tod_ros.cli import main; sys.exit(main())"]
# Figures differ a little from machine to machine; names, counts of pictures and paths do not.
FIGURES = re.compile(r"loss|apart|finds something|\d\.\d|taken for|^(one|two) ")


def steps():
    """Each command of the tutorial with the lines printed under it."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), re.S):
        command, *printed = block.splitlines()
        assert command.startswith("$ tod "), command
        found.append((shlex.split(command)[2:], printed))
    return found


def test_the_tutorials_commands_print_what_it_shows(tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), *sys.path])}
    walked = steps()
    verbs = [words[0] for words, _ in walked]
    assert verbs == "init synth split convert configure train export evaluate detect".split()
    for words, printed in walked:
        done = subprocess.run(
            [*TOD, *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, f"tod {' '.join(words)}\n{done.stdout}\n{done.stderr}"
        lines = done.stdout.splitlines()
        expected = [line for line in printed if line != "..." and not FIGURES.search(line)]
        missing = [line for line in expected if line not in lines]
        assert not missing, f"tod {' '.join(words)} does not print {missing}\n{done.stdout}"
    pictures = sorted(path.name for path in (tmp_path / "annotated").iterdir())
    assert pictures == sorted(p.name for p in (tmp_path / "cubes/images/test").glob("*.png"))
    assert (tmp_path / "cubes/evaluation/index.html").is_file()
