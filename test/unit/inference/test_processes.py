"""Several processes answer as one would, in the order of the items, and end with their parent."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tod_ros.errors import ImageError, ModelError
from tod_ros.inference.processes import AT_ONCE, in_order, process_count

ITEMS = range(5 * AT_ONCE + 1)


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_results_come_in_the_order_of_the_items(processes):
    seen = []

    def work(number):  # a closure: it cannot be pickled, the processes inherit it
        time.sleep(0.01 * (number % 3))
        seen.append(number)
        return number * number, os.getpid()

    results = list(in_order(work, ITEMS, processes))
    assert [square for square, _ in results] == [number * number for number in ITEMS]
    workers = {worker for _, worker in results}
    if processes == 1:
        assert workers == {os.getpid()} and seen == list(ITEMS)
    else:
        assert os.getpid() not in workers and 1 <= len(workers) <= processes and seen == []


def test_both_processes_work():
    def work(_):
        time.sleep(0.05)
        return os.getpid()

    assert len(set(in_order(work, ITEMS, 2))) == 2


def test_an_error_is_raised_where_the_results_are_read():
    def work(number):
        if number == 7:
            raise ImageError("7.png: is no picture")
        return number

    results = in_order(work, ITEMS, 2)
    with pytest.raises(ImageError, match=r"^7\.png: is no picture$"):
        list(results)


def test_the_processes_end_each_time_that_an_error_is_raised():
    """Handfuls that were taken back hung the end of the pool once in some hundred times."""
    program = (
        "from tod_ros.errors import ImageError\n"
        "from tod_ros.inference.processes import in_order\n"
        "def work(number):\n"
        "    if number == 7:\n"
        "        raise ImageError('7.png: is no picture')\n"
        "for _ in range(150):\n"
        "    try:\n"
        "        list(in_order(work, range(21), 2))\n"
        "    except ImageError:\n"
        "        continue\n"
        "    raise SystemExit('no error')\n"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=120).returncode == 0


def test_items_are_read_only_a_little_ahead():
    """A stream of a million pictures needs no more memory than a hundred."""
    taken = []

    def stream():
        for number in range(10_000):
            taken.append(number)
            yield number

    results = in_order(lambda number: number, stream(), 2)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    assert len(taken) < 50
    results.close()


def test_a_process_killed_from_outside_is_told():
    def work(number):
        if number == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    with pytest.raises(ModelError, match="was ended from outside: is there enough memory"):
        list(in_order(work, ITEMS, 2))


def test_the_processes_end_with_their_parent(tmp_path):
    program = (
        "import os, sys, time\n"
        "from tod_ros.inference.processes import in_order\n"
        "def work(number):\n"
        "    open(os.path.join(sys.argv[1], str(os.getpid())), 'w').close()\n"
        "    time.sleep(60)\n"
        "list(in_order(work, range(40), 2))\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)])
    try:
        wait_until(lambda: len(list(tmp_path.iterdir())) == 2)
    finally:
        parent.kill()
        parent.wait()
    workers = [int(path.name) for path in tmp_path.iterdir()]
    wait_until(lambda: not any(is_alive(worker) for worker in workers))


def wait_until(condition, timeout_s=60):
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def is_alive(process):
    """A zombie waits for nobody but its new parent: it works no more."""
    try:
        with open(f"/proc/{process}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    "runtime, pictures, count",
    [("litert", 0, 1), ("litert", 19, 1), ("litert", 20, 2), ("tensorflow", 1000, 1)],
)
def test_few_pictures_and_tensorflow_stay_in_one_process(runtime, pictures, count):
    cores = len(os.sched_getaffinity(0))
    assert process_count(runtime, pictures) == min(count, cores)
