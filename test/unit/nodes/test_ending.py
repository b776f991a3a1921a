"""How a node ends, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

pytest.importorskip("rospy")

STUCK = """
import logging, os, signal, threading, time
from tod_ros.nodes.ending import Ending

class Stuck(logging.Handler):
    def flush(self):
        time.sleep(60)

logging.getLogger().addHandler(Stuck())
Ending(end_within_s=0.1).guard()
print("hangs", flush=True)
os.kill(os.getpid(), signal.SIGINT)
lock = threading.Lock()
lock.acquire()
lock.acquire()
"""


def test_a_signal_ends_the_process_though_it_hangs_and_cannot_say_so():
    with subprocess.Popen([sys.executable, "-c", STUCK], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"hangs\n"
        started = time.monotonic()
        assert process.wait(timeout=20) == 0
        assert time.monotonic() - started < 10
