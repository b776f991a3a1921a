"""Two machines that train together, here two processes on loopback."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("tensorflow", exc_type=ImportError)

from tod_ros.cli.command import main
from tod_ros.training.checkpoints import last_trained

SOURCES = Path(__file__).resolve().parents[2] / "src"
STEPS = 3


def free_ports(count):
    """Ports that were free a moment ago; all are held until the last one is known."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def start(project, index, ports):
    cluster = {"worker": [f"127.0.0.1:{port}" for port in ports]}
    tf_config = {"cluster": cluster, "task": {"type": "worker", "index": index}}
    environ = dict(os.environ, PYTHONPATH=str(SOURCES), TF_CONFIG=json.dumps(tf_config))
    program = "import sys; from tod_ros.cli import main; sys.exit(main())"
    return subprocess.Popen(
        [sys.executable, "-c", program, "train", str(project)],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def train_together(project):
    workers = [start(project, index, ports) for ports in [free_ports(2)] for index in range(2)]
    try:
        ended = [worker.communicate(timeout=500) for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
    return [(worker.returncode, *texts) for worker, texts in zip(workers, ended)]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = tmp_path_factory.mktemp("work") / "cubes"
    for arguments in (
        ["init", root, "--class", "one", "--class", "two"],
        ["synth", root, "-n", "16", "--seed", "3"],
        ["split", root, "--test", "0.25"],
        ["convert", root],
        ["configure", root, "--network", "ssd_tiny", "--steps", STEPS, "--batch-size", 2],
    ):
        assert main([str(argument) for argument in arguments]) == 0
    return root


def test_one_record_for_two_workers_is_refused_in_one_line(project):
    for status, out, err in train_together(project):
        assert (status, out) == (1, "")
        assert err.count("\n") == 1
        assert "1 file(s) for 2 workers; write more with `tod convert PROJECT --shards 2`" in err


def test_two_workers_train_one_network(project):
    assert main(["convert", str(project), "--shards", "2"]) == 0
    options = ["--network", "ssd_tiny", "--steps", str(STEPS), "--batch-size", "2"]
    assert main(["configure", str(project), *options]) == 0
    ended = train_together(project)
    run = project / "training/ssd_tiny/checkpoint1"
    logs = "\n".join(path.read_text(errors="replace")[-2000:] for path in run.glob("*.log"))
    losses = []
    for status, out, err in ended:
        assert status == 0, f"{err}\n{logs}"
        assert f"finished: step {STEPS} of {STEPS}" in out
        losses.append(out.split("loss ")[1].split()[0])
    assert losses[0] == losses[1], "the workers' losses are summed, both must tell the same"
    assert last_trained(run)[1] == STEPS
    assert sorted(path.name for path in run.glob("temp_worker*")) == []
    assert list((run / "train").glob("events.out.tfevents.*"))
