"""A training starts again in place of itself, with an allocator that keeps its memory."""

import os
import subprocess
import sys

import pytest

from tod_ros.training import allocator
from tod_ros.training.allocator import VARIABLE, restart_keeping_memory

PROGRAM = """
import os, sys
from tod_ros.training.allocator import VARIABLE, restart_keeping_memory
before = os.environ.get(VARIABLE)
restart_keeping_memory()
print(os.getpid(), sys.argv[1:], before)
"""


@pytest.mark.parametrize("is_file", [True, False])
def test_the_same_process_goes_on_with_the_same_words_and_the_settings(tmp_path, is_file):
    if allocator.platform.libc_ver()[0] != "glibc":
        pytest.skip("another C library")
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    env = {name: value for name, value in os.environ.items() if name != VARIABLE}
    words = [str(program)] if is_file else ["-c", PROGRAM]
    started = subprocess.Popen(
        [sys.executable, *words, "two words", "--x"], env=env, stdout=subprocess.PIPE
    )
    out = started.communicate()[0].decode()
    assert started.returncode == 0
    assert out.startswith(f"{started.pid} ['two words', '--x'] glibc.malloc.hugetlb=1:")


def test_what_a_user_has_set_and_another_c_library_stay(monkeypatch):
    started = []
    restart_keeping_memory({VARIABLE: ""}, lambda *given: started.append(given))
    monkeypatch.setattr(allocator.platform, "libc_ver", lambda: ("", ""))
    restart_keeping_memory({}, lambda *given: started.append(given))
    assert started == []
