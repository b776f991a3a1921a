"""The road of the tutorial, on a small SSD from scratch: from nothing to a detector, and back in.

One project is walked once, by the verbs as a user calls them; each test looks at one of its stages.
"""

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("tensorflow", exc_type=ImportError)

from tod_ros.cli import main
from tod_ros.detector import load_detector
from tod_ros.errors import TrainingError
from tod_ros.forecast import free_memory, run_trial
from tod_ros.images import read_image

SOURCES = Path(__file__).resolve().parents[2] / "src"
NETWORK = "ssd_tiny"
STEPS = 160
UNTRIED = ("--forecast", "never")  # whether it tries depends on the memory that is free


def tod(*arguments):
    """Exit status, stdout and stderr of one verb."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main([str(argument) for argument in arguments])
    return status, out.getvalue(), err.getvalue()


def walked(*arguments):
    status, out, err = tod(*arguments)
    assert status == 0, f"tod {' '.join(map(str, arguments))}\n{out}\n{err}"
    return out, err


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = tmp_path_factory.mktemp("work") / "cubes"
    walked("init", root, "--class", "one", "--class", "two")
    walked("synth", root, "-n", "120", "--seed", "7")
    walked("split", root, "--test", "0.1", "--seed", "7")
    walked("convert", root)
    return root


@pytest.fixture(scope="module")
def training(project):
    """stdout and stderr of `tod train`."""
    walked("configure", project, "--network", NETWORK, "--steps", STEPS, "--batch-size", 8)
    return walked("train", project, "--network", NETWORK, "--evaluate-every", STEPS // 2, *UNTRIED)


@pytest.fixture(scope="module")
def network_dir(project, training):
    return project / "training" / NETWORK


@pytest.fixture(scope="module")
def exported(project, network_dir):
    out, _ = walked("export", project, "--min-score", "0.3", "--json")
    return json.loads(out[out.index("{") :])


def test_training_shows_its_first_step_and_its_end(training):
    out, err = training
    assert f"step 1 of {STEPS}: loss" in err and "the first step took" in err
    assert f"finished: step {STEPS} of {STEPS}, loss" in out
    assert "tensorflow" not in err.lower().replace("building", "")


def test_events_are_where_the_course_looks_for_them(network_dir):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(network_dir / "checkpoint1/train"), {"tensors": 0})
    events.Reload()
    tags = events.Tags()["tensors"]
    assert {"Loss/total_loss", "learning_rate", "steps_per_sec", "train_input_images"} <= set(tags)
    steps = [event.step for event in events.Tensors("Loss/total_loss")]
    assert steps[:3] == [1, 2, 3] and steps[-1] == STEPS


def test_a_checkpoint_is_there_whatever_the_number_of_steps(network_dir):
    from tod_ros.checkpoints import last_trained

    assert last_trained(network_dir / "checkpoint1")[1] == STEPS


def test_the_best_checkpoint_is_kept(network_dir):
    best = json.loads((network_dir / "checkpoint1/best/best.json").read_text())
    assert best["metric"].endswith("mAP") and best["value"] > 0
    assert (network_dir / f"checkpoint1/best/ckpt-{best['step']}.index").is_file()


def test_finished_already_is_said_and_changes_nothing(project, network_dir):
    before = sorted(path.name for path in (network_dir / "checkpoint1").glob("ckpt-*"))
    out, _ = walked("train", project, *UNTRIED)
    assert f"finished already: step {STEPS} of {STEPS}" in out and "--steps" in out
    assert sorted(path.name for path in (network_dir / "checkpoint1").glob("ckpt-*")) == before


def test_the_export_holds_what_the_node_reads(exported, network_dir):
    folder = network_dir / "saved_model1"
    card = json.loads((folder / "model.json").read_text())
    best = json.loads((network_dir / "checkpoint1/best/best.json").read_text())
    assert card["classes"] == ["one", "two"]
    assert card["steps"] == best["step"] and card["figures"]["best"] == best
    assert card["input_size_hw"] == [192, 256]
    assert len(card["data_sha256"]) == 64 and card["versions"]["tensorflow"]
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert set(card["files"]) == names - {"model.json"}
    assert {
        "label_map.pbtxt",
        "pipeline.config",
        "model.tflite",
        "checkpoint/ckpt-0.index",
    } <= names


def test_every_runtime_is_what_the_unfrozen_original_was(exported):
    tensorflow, litert = (exported["differences"][name] for name in ("tensorflow", "litert"))
    assert tensorflow["boxes"] > 0 and litert["boxes"] > 0
    assert tensorflow["pixels"] < 0.01 and tensorflow["score"] < 1e-4 and not tensorflow["other"]
    assert litert["pixels"] < 1.0 and litert["score"] < 0.01 and not litert["other"]
    assert exported["found"] > 0


def test_the_export_can_be_trained_on(exported, network_dir):
    import tensorflow as tf

    prefix = tf.train.latest_checkpoint(str(network_dir / "saved_model1/checkpoint"))
    assert prefix.endswith("ckpt-0")
    names = [name for name, _ in tf.train.list_variables(prefix)]
    assert any(name.startswith("model/_feature_extractor") for name in names)


def test_evaluate_and_detect_take_the_export(project, exported, network_dir, tmp_path):
    model = network_dir / "saved_model1"
    page = tmp_path / "page"
    out, _ = walked("evaluate", project, "-m", model, "-t", "0.3", "-o", page, "--json")
    figures = json.loads(out)
    assert figures["pictures"] == 12 and figures["coco"] and (page / "index.html").is_file()
    pictures = sorted((project / "images/test").glob("*.png"))
    out, _ = walked("detect", "-m", model, "-i", project / "images/test", "-t", "0.3", "--json")
    found = json.loads(out)
    assert [entry["image"] for entry in found] == [str(path) for path in pictures]
    seen = [entry for entry in found if entry["labels"]]
    assert seen and all(
        box == sorted(box, key=lambda b: b[0] + b[2]) for box in (entry["boxes"] for entry in seen)
    )


def test_a_changed_model_folder_is_refused(exported, network_dir, tmp_path):
    from tod_ros.errors import ModelError

    folder = tmp_path / "model"
    shutil.copytree(network_dir / "saved_model1", folder)
    graph = folder / "saved_model/saved_model.pb"
    graph.write_bytes(graph.read_bytes() + b"\0")
    with pytest.raises(ModelError, match="is not the file that model.json describes"):
        load_detector(folder, runtime="tensorflow")
    image = read_image(sorted((network_dir.parents[1] / "images/test").glob("*.png"))[0])
    load_detector(folder, runtime="litert").detect(image)


def test_an_export_that_finds_nothing_is_reported(project, network_dir):
    status, _, err = tod("export", project, "--to", "saved_model2", "--min-score", "1.0")
    assert status == 1
    last = err.splitlines()[-1]
    assert last.startswith("tod export: ") and "finds nothing of score 1 or more" in last
    assert (network_dir / "saved_model2/model.json").is_file()


def test_an_export_that_fails_leaves_the_old_one_and_no_rest(project, exported, network_dir):
    config = network_dir / "pipeline.config"
    kept, before = config.read_text(), (network_dir / "saved_model1/model.json").read_bytes()
    config.write_text(kept.replace("depth: 48", "depth: 32"))
    try:
        status, _, err = tod("export", project)
    finally:
        config.write_text(kept)
    assert status == 1
    assert "does not fit the network of its pipeline.config" in err.splitlines()[-1]
    assert (network_dir / "saved_model1/model.json").read_bytes() == before
    assert [path.name for path in network_dir.glob(".*")] == []


def test_a_run_goes_on_with_its_own_network_only(project, network_dir):
    config = network_dir / "pipeline.config"
    kept = config.read_text()
    config.write_text(
        kept.replace("depth: 48", "depth: 32").replace(f"num_steps: {STEPS}", "num_steps: 999")
    )
    try:
        status, _, err = tod("train", project, *UNTRIED)
    finally:
        config.write_text(kept)
    assert status == 1
    assert "was started with another network than pipeline.config has now" in err.splitlines()[-1]
    assert "train in a new --run" in err


@pytest.mark.parametrize(
    "content, message",
    [
        (None, "no checkpoint there; `tod train` writes them"),
        (0, "holds only the untrained network of step 0; train first"),
    ],
)
def test_what_was_not_trained_is_not_exported(project, network_dir, content, message):
    import tensorflow as tf

    run = network_dir / f"empty{content}"
    run.mkdir()
    if content is not None:
        step = tf.Variable(content, dtype=tf.int64)
        manager = tf.train.CheckpointManager(tf.train.Checkpoint(step=step), str(run), 3)
        manager.save()
    status, _, err = tod("export", project, "--run", run.name)
    assert status == 1 and err.splitlines()[-1] == f"tod export: {run}: {message}"


def test_tensorboard_listens_to_this_machine_only(project, training):
    from tod_ros.dataset import Project
    from tod_ros.verbs.tensorboard import command_for

    command = command_for(Project(project), 6011)
    assert command[command.index("--host") + 1] == "localhost"
    assert command[command.index("--logdir") + 1] == str(project / "training")


def test_nan_stops_the_run_with_advice_and_saves_nothing(project, network_dir):
    config = network_dir / "pipeline.config"
    kept = config.read_text()
    changed = kept.replace("learning_rate_base: 0.003", "learning_rate_base: 1e+30").replace(
        "warmup_learning_rate: 0.001", "warmup_learning_rate: 1e+30"
    )
    assert changed != kept
    config.write_text(changed)
    try:
        status, _, err = tod("train", project, "--run", "hot", *UNTRIED)
    finally:
        config.write_text(kept)
    assert status == 1
    last = err.splitlines()[-1]
    assert "the loss is no number any more at step" in last
    assert "no checkpoint was written yet" in last and "lower rate" in last
    assert not list((network_dir / "hot").glob("ckpt-*"))


def one_picture_a_step(project):
    from tod_ros.dataset import Project
    from tod_ros.pipeline import read_pipeline
    from tod_ros.starting import with_whole_paths

    config = read_pipeline(project / "training" / NETWORK / "pipeline.config")
    config.train_config.batch_size = 1
    return with_whole_paths(config, Project(project))


def test_trial_steps_tell_the_memory_and_the_time_of_one(project, training):
    trial = run_trial(one_picture_a_step(project), free_memory())
    assert 0.3e9 < trial.bytes_1 < 3e9
    assert 0.001 < trial.seconds_1 < 30


def test_trial_steps_that_take_too_much_are_ended(project, training):
    with pytest.raises(TrainingError, match="not even one picture a step fits into the 0.1 GB"):
        run_trial(one_picture_a_step(project), 0.1e9)


def test_a_signal_saves_and_starting_again_goes_on(project, network_dir):
    command = [sys.executable, "-c", "import sys; from tod_ros.cli import main; sys.exit(main())"]
    command += ["train", str(project), "--network", NETWORK, "--run", "broken", *UNTRIED]
    environ = dict(os.environ, PYTHONPATH=str(SOURCES))
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        lines, deadline = [], time.monotonic() + 300
        for line in child.stderr:
            lines.append(line)
            if line.startswith("step 1 of"):
                child.send_signal(signal.SIGINT)
            assert time.monotonic() < deadline
        assert child.wait(120) == 130, lines
    assert "stopping after this step" in "".join(lines)
    assert lines[-1].startswith("stopped at step ") and "go on with: tod train" in lines[-1]
    log = (network_dir / "broken/training.log").read_text(errors="replace")
    assert "Reading record datasets" in log
    assert not any("tensorflow" in line.lower() for line in lines)
    stopped = int(lines[-1].split()[3])
    assert 1 <= stopped < STEPS
    walked("configure", project, "--network", NETWORK, "--steps", stopped + 2, "--batch-size", 8)
    out, err = walked("train", project, "--run", "broken", *UNTRIED)
    assert f"going on from step {stopped} (" in err
    assert f"step {stopped + 1} of {stopped + 2}" in err
    assert f"finished: step {stopped + 2} of {stopped + 2}" in out
