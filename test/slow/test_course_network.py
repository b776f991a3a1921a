"""The course's own network and values, from the zoo's archive to detections."""

import contextlib
import functools
import http.server
import json
import threading

import pytest

pytest.importorskip("tensorflow", exc_type=ImportError)

import zoo_archive
from walking import tod, walked

from tod_ros.pipeline.config_file import read_pipeline

NAME = zoo_archive.FASTER_RCNN
RATE = "train_config.optimizer.momentum_optimizer.learning_rate.cosine_decay_learning_rate"
ANY_SCORE = ("-t", 0)  # what weights at random and two steps give is luck


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextlib.contextmanager
def served(folder):
    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A workspace whose project is converted, and the network fetched from a server."""
    work, zoo = tmp_path_factory.mktemp("work"), tmp_path_factory.mktemp("zoo")
    project = work / "cube_faces"
    walked("init", project, "--class", "one", "--class", "two")
    walked("synth", project, "-n", "10", "--seed", "5")
    walked("split", project, "--test", "0.2", "--seed", "5")
    walked("convert", project)
    (zoo / f"{NAME}.tar.gz").write_bytes(zoo_archive.build(zoo))
    with pytest.MonkeyPatch.context() as here, served(zoo) as url:
        here.chdir(work)
        walked("zoo", "get", NAME, "--from", f"{url}/{NAME}.tar.gz")
    return work


def test_the_road_of_the_course_to_the_letter(workspace, monkeypatch):
    monkeypatch.chdir(workspace)
    # Random weights at the zoo's rate are all background after two steps: a rate of next to none.
    slow = [
        word
        for name in ("warmup_learning_rate", "learning_rate_base")
        for word in ("--set", f"{RATE}.{name}=1e-7")
    ]
    course = ["--as-in-the-course", "--steps", 2]
    out, _ = walked("configure", "cube_faces", "--network", NAME, *course, *slow)
    rows = {line.split()[0]: line.split()[1:3] for line in out.splitlines() if "." in line}
    suppression = "model.faster_rcnn.second_stage_post_processing.batch_non_max_suppression"
    assert rows["model.faster_rcnn.num_classes"] == ["90", "2"]
    assert rows[f"{suppression}.max_detections_per_class"] == ["100", "4"]
    assert rows[f"{suppression}.max_total_detections"] == ["300", "4"]
    assert rows["train_config.use_bfloat16"] == ["true", "false"]
    folder = workspace / "cube_faces/training" / NAME
    config = read_pipeline(folder / "pipeline.config")
    assert config.train_config.fine_tune_checkpoint == f"pre-trained/{NAME}/checkpoint/ckpt-0"
    assert config.train_input_reader.label_map_path == "cube_faces/training/label_map.pbtxt"

    out, _ = walked("train", "cube_faces", "--network", NAME, "--forecast", "never")
    assert "finished: step 2 of 2, loss" in out

    status, out, err = tod("export", "cube_faces", "--network", NAME, "--json", *ANY_SCORE)
    assert status == 0, err
    told = json.loads(out[out.index("{") :])
    assert told["differences"]["tensorflow"]["pixels"] < 0.01
    assert "faster_rcnn" in told["without"]["litert"]
    assert not (folder / "saved_model1/model.tflite").exists()

    model = folder / "saved_model1"
    pictures = workspace / "cube_faces/images/test"
    out, _ = walked("detect", "-m", model, "-i", pictures, *ANY_SCORE, "--json")
    found = json.loads(out)
    assert len(found) == 2 and any(entry["boxes"] for entry in found)
    assert {name for entry in found for name in entry["names"]} <= {"one", "two"}
