"""The road of the tutorial, on a small SSD from scratch: from nothing to a detector, and back in.

The tutorial's commands are run once, in its order; each test looks at one of the stages.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

pytest.importorskip("tensorflow", exc_type=ImportError)

from walking import ROOT, changed, tod, tutorial, walked

from tod_ros.dataset.project import Project
from tod_ros.errors import TrainingError
from tod_ros.images.image_file import read_image
from tod_ros.inference.detector import load_detector
from tod_ros.training.checkpoints import choose_checkpoint, is_settled, last_trained
from tod_ros.training.forecast import run_trial
from tod_ros.training.learner import Learner
from tod_ros.training.memory import free_memory

NETWORK = "ssd_tiny"
STEPS = 160
UNTRIED = ("--forecast", "never")  # whether it tries depends on the memory that is free
MIN_SCORE = 0.3
# Figures differ a little from machine to machine; names, counts of pictures and paths do not.
FIGURES = re.compile(
    r"loss|apart|finds something|\d\.\d|taken for|where nothing is|missed|^(one|two) "
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def walk(workspace):
    """What each verb of the tutorial printed: verb -> (stdout, stderr)."""
    with pytest.MonkeyPatch.context() as here:
        here.chdir(workspace)
        return {
            words[0]: walked(*words, *(UNTRIED if words[0] == "train" else ()))
            for words, _ in tutorial()
        }


@pytest.fixture(scope="module")
def project(workspace, walk):
    return workspace / "cubes"


@pytest.fixture(scope="module")
def network_dir(project):
    return project / "training" / NETWORK


@pytest.fixture(scope="module")
def model(network_dir):
    return network_dir / "saved_model1"


def test_the_tutorials_commands_print_what_it_shows(walk, workspace):
    assert list(walk) == "init synth split convert configure train export evaluate detect".split()
    for words, printed in tutorial():
        lines = walk[words[0]][0].splitlines()
        expected = [line for line in printed if line != "..." and not FIGURES.search(line)]
        if words[0] == "evaluate" and re.match(r"sequences right +(\d+) of \1 ", lines[0]):
            expected.remove("mistakes")  # what begins with random weights may make none
        missing = [line for line in expected if line not in lines]
        assert not missing, f"tod {' '.join(words)} does not print {missing}\n{lines}"
    pictures = sorted(path.name for path in (workspace / "annotated").iterdir())
    assert pictures == sorted(p.name for p in (workspace / "cubes/images/test").glob("*.png"))
    assert (workspace / "cubes/evaluation/index.html").is_file()


def test_training_shows_its_first_step_and_its_end(walk):
    out, err = walk["train"]
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
    assert last_trained(network_dir / "checkpoint1")[1] == STEPS


def test_the_best_checkpoint_is_kept(network_dir):
    best = json.loads((network_dir / "checkpoint1/best/best.json").read_text())
    assert best["metric"].endswith("mAP") and best["value"] > 0
    assert (network_dir / f"checkpoint1/best/ckpt-{best['step']}.index").is_file()


def test_what_is_exported_has_exact_statistics_of_its_batch_norms(network_dir):
    assert is_settled(choose_checkpoint(network_dir / "checkpoint1").prefix)


def test_finished_already_is_said_and_changes_nothing(project, network_dir):
    before = sorted(path.name for path in (network_dir / "checkpoint1").glob("ckpt-*"))
    out, _ = walked("train", project, *UNTRIED)
    assert f"finished already: step {STEPS} of {STEPS}" in out and "--steps" in out
    assert sorted(path.name for path in (network_dir / "checkpoint1").glob("ckpt-*")) == before


def test_the_export_holds_what_the_node_reads(model, network_dir):
    card = json.loads((model / "model.json").read_text())
    best = json.loads((network_dir / "checkpoint1/best/best.json").read_text())
    assert card["classes"] == ["one", "two"]
    assert card["steps"] == best["step"] and card["figures"]["best"] == best
    assert card["input_size_hw"] == [192, 256]
    assert len(card["data_sha256"]) == 64 and card["versions"]["tensorflow"]
    names = {path.relative_to(model).as_posix() for path in model.rglob("*") if path.is_file()}
    assert set(card["files"]) == names - {"model.json"}
    assert {
        "label_map.pbtxt",
        "pipeline.config",
        "model.tflite",
        "checkpoint/ckpt-0.index",
    } <= names


def test_the_export_can_be_trained_on(model):
    import tensorflow as tf

    prefix = tf.train.latest_checkpoint(str(model / "checkpoint"))
    assert prefix.endswith("ckpt-0")
    names = [name for name, _ in tf.train.list_variables(prefix)]
    assert any(name.startswith("model/_feature_extractor") for name in names)


def test_evaluate_and_detect_tell_programs_the_same(project, model, tmp_path):
    page = tmp_path / "page"
    out, _ = walked("evaluate", project, "-m", model, "-t", MIN_SCORE, "-o", page, "--json")
    figures = json.loads(out)
    assert figures["pictures"] == 12 and figures["coco"] and (page / "index.html").is_file()
    pictures = sorted((project / "images/test").glob("*.png"))
    found = detected(project / "images/test", model)
    assert [entry["image"] for entry in found] == [str(path) for path in pictures]
    seen = [entry for entry in found if entry["labels"]]
    assert seen and all(
        box == sorted(box, key=lambda b: b[0] + b[2]) for box in (entry["boxes"] for entry in seen)
    )


def detected(folder, model):
    return json.loads(walked("detect", "-m", model, "-i", folder, "-t", MIN_SCORE, "--json")[0])


def test_the_inference_node_serves_the_export(project, model, tmp_path):
    """The robot's camera shows the test pictures; the node reads them as `tod detect` does."""
    pytest.importorskip("rospy", exc_type=ImportError)
    import serving

    images = project / "images/test"
    looks = serving.looks(images, model, count=12, min_score=MIN_SCORE)
    for look in looks:
        serving.write_answer(look, images, to=tmp_path / f"{look.number:02}.png")
    found = detected(tmp_path, model)
    assert len(found) == len(looks)
    for look, entry in zip(looks, found):
        assert look.labels == entry["labels"], look.source
        for box, expected in zip(look.boxes, entry["boxes"]):
            assert box == pytest.approx(expected, abs=0.1), look.source
    assert any(look.labels for look in looks)  # how many are right is a matter of the 160 steps


def test_a_changed_model_folder_is_refused(model, project, tmp_path):
    from tod_ros.errors import ModelError

    folder = tmp_path / "model"
    shutil.copytree(model, folder)
    graph = folder / "saved_model/saved_model.pb"
    graph.write_bytes(graph.read_bytes() + b"\0")
    with pytest.raises(ModelError, match="is not the file that model.json describes"):
        load_detector(folder, runtime="tensorflow")
    image = read_image(sorted((project / "images/test").glob("*.png"))[0])
    load_detector(folder, runtime="litert").detect(image)


def test_an_export_that_finds_nothing_is_reported_and_judged_all_the_same(project, network_dir):
    options = ("--to", "saved_model2", "--min-score", "1.0", "--json")
    status, out, err = tod("export", project, *options)
    assert status == 1
    last = err.splitlines()[-1]
    assert last.startswith("tod export: ") and "finds nothing of score 1 or more" in last
    assert (network_dir / "saved_model2/model.json").is_file()
    differences = json.loads(out[out.index("{") :])["differences"]
    tensorflow, litert = (differences[name] for name in ("tensorflow", "litert"))
    assert tensorflow["boxes"] > 0 and litert["boxes"] > 0
    assert tensorflow["pixels"] < 0.01 and tensorflow["score"] < 1e-4 and not tensorflow["other"]
    assert litert["pixels"] < 1.0 and litert["score"] < 0.01 and not litert["other"]


def test_an_export_that_fails_leaves_the_old_one_and_no_rest(project, model, network_dir):
    before = (model / "model.json").read_bytes()
    with changed(network_dir / "pipeline.config", ("depth: 48", "depth: 32")):
        status, _, err = tod("export", project)
    assert status == 1
    assert "does not fit the network of its pipeline.config" in err.splitlines()[-1]
    assert (model / "model.json").read_bytes() == before
    assert [path.name for path in network_dir.glob(".*")] == []


def test_a_run_goes_on_with_its_own_network_only(project, network_dir):
    longer = (f"num_steps: {STEPS}", "num_steps: 999")
    with changed(network_dir / "pipeline.config", ("depth: 48", "depth: 32"), longer):
        status, _, err = tod("train", project, *UNTRIED)
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


def test_tensorboard_listens_to_this_machine_only(project):
    from tod_ros.cli.verbs.tensorboard import command_for

    command = command_for(Project(project), 6011)
    assert command[command.index("--host") + 1] == "localhost"
    assert command[command.index("--logdir") + 1] == str(project / "training")


def test_nan_stops_the_run_with_advice_and_saves_nothing(project, network_dir):
    hot = [
        ("learning_rate_base: 0.003", "learning_rate_base: 1e+30"),
        ("warmup_learning_rate: 0.001", "warmup_learning_rate: 1e+30"),
    ]
    with changed(network_dir / "pipeline.config", *hot):
        status, _, err = tod("train", project, "--run", "hot", *UNTRIED)
    assert status == 1
    last = err.splitlines()[-1]
    assert "the loss is no number any more at step" in last
    assert "no checkpoint was written yet" in last and "lower rate" in last
    assert not list((network_dir / "hot").glob("ckpt-*"))


def one_picture_a_step(project):
    from tod_ros.pipeline.config_file import read_pipeline
    from tod_ros.pipeline.training_data import with_whole_paths

    config = read_pipeline(project / "training" / NETWORK / "pipeline.config")
    config.train_config.batch_size = 1
    return with_whole_paths(config, Project(project))


def test_trial_steps_tell_the_memory_and_the_time_of_one(project):
    trial = run_trial(one_picture_a_step(project), free_memory())
    assert 0.3e9 < trial.bytes_1 < 3e9
    assert 0.001 < trial.seconds_1 < 30


def test_trial_steps_that_take_too_much_are_ended(project):
    with pytest.raises(TrainingError, match="not even one picture a step fits into the 0.1 GB"):
        run_trial(one_picture_a_step(project), 0.1e9)


@pytest.mark.parametrize("start", ["checkpoint1", "saved_model1/checkpoint"])
def test_a_full_start_begins_at_step_0(project, model, network_dir, tmp_path, start):
    config = one_picture_a_step(project)
    (index,) = sorted((network_dir / start).glob("ckpt-*.index"))[-1:]
    config.train_config.fine_tune_checkpoint = str(index.with_suffix(""))
    config.train_config.fine_tune_checkpoint_type = "full"
    config.train_config.fine_tune_checkpoint_version = 2  # V2
    learner = Learner(config, tmp_path)
    assert learner.restore() is None
    learner.network.model._training_step = learner.network.global_step  # as its first step does
    learner.close()
    assert learner.step == 0


def test_a_signal_saves_and_starting_again_goes_on(project, network_dir):
    with changed(network_dir / "pipeline.config", (f"num_steps: {STEPS}", "num_steps: 999")):
        status, lines = trained_until_a_step(project, "broken", signal.SIGINT, *UNTRIED)
        assert status == 130, lines
        stopped = stopped_at(lines)
        assert last_trained(network_dir / "broken")[1] == stopped >= 1
        log = (network_dir / "broken/training.log").read_text(errors="replace")
        assert "Reading record datasets" in log
        assert not any("tensorflow" in line.lower() for line in lines)

        status, lines = trained_until_a_step(project, "broken", signal.SIGTERM)
    assert status == 143, lines
    told = "".join(lines)
    assert f"going on from step {stopped} (" in told
    assert f"for {999 - stopped} steps" in told[: told.index(f"step {stopped + 1} of 999")]
    assert last_trained(network_dir / "broken")[1] == stopped_at(lines) > stopped


def trained_until_a_step(project, run, number, *options):
    """Train in a process that gets the signal when it tells of its first step."""
    command = [sys.executable, "-c", "import sys; from tod_ros.cli import main; sys.exit(main())"]
    command += ["train", str(project), "--network", NETWORK, "--run", run, *options]
    environ = dict(os.environ, PYTHONPATH=str(ROOT / "src"))
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        lines, has_learnt, deadline = [], False, time.monotonic() + 900
        with contextlib.ExitStack() as after:
            after.callback(child.kill)  # of no effect where it has ended by itself
            for line in child.stderr:
                lines.append(line)
                if line.startswith("step ") and not has_learnt:
                    has_learnt = True
                    child.send_signal(number)  # once: the second one ends it without saving
                assert time.monotonic() < deadline, lines
            return child.wait(120), lines


def stopped_at(lines):
    assert "stopping after this step" in "".join(lines)
    assert lines[-1].startswith("stopped at step ") and "go on with: tod train" in lines[-1]
    return int(lines[-1].split()[3])
