"""Networks as the OD API's own exporter writes them, made once and kept in .cache/bench."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Callable

from bench.measuring import REPOSITORY, quiet_environment

sys.path.insert(0, str(REPOSITORY / "test" / "slow"))


def course_network(cache: Path, say: Callable[[str], None]) -> Path:
    """Faster R-CNN ResNet50 640x640 of two classes, as the zoo configures it; random weights."""
    return _made(cache / "faster_rcnn_resnet50_640", "course", say)


def unfrozen(model: Path, cache: Path, say: Callable[[str], None]) -> Path:
    """The network of a model folder, from its checkpoint/ and pipeline.config."""
    if not (model / "checkpoint" / "ckpt-0.index").is_file():
        raise SystemExit(f"{model}: has no checkpoint/ckpt-0, there is nothing to compare with")
    content = (model / "checkpoint" / "ckpt-0.index").read_bytes()
    name = f"unfrozen-{hashlib.sha256(content).hexdigest()[:12]}"
    return _made(cache / name, str(model), say)


def _made(folder: Path, what: str, say: Callable[[str], None]) -> Path:
    """In a process of its own: building a network takes memory that is not given back."""
    if not (folder / "saved_model" / "saved_model.pb").is_file():
        say(f"making {folder}, once: a minute or two")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as draft:
            program = [sys.executable, "-m", "bench.networks", what, f"{draft}/made"]
            with open(f"{draft}/log", "wb") as log:
                done = subprocess.run(
                    program,
                    env=quiet_environment(),
                    cwd=REPOSITORY,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            if done.returncode:
                raise SystemExit(Path(draft, "log").read_text(errors="replace")[-3000:])
            os.rename(f"{draft}/made", folder)
    return folder


def main() -> None:
    what, folder = sys.argv[1], Path(sys.argv[2])
    from tod_ros.training import od_api

    od_api.prepare()
    import tensorflow as tf
    from object_detection import exporter_lib_v2
    from object_detection.builders import model_builder

    from tod_ros.dataset.label_map import LabelMap, write_label_map
    from tod_ros.pipeline.config_file import parse_pipeline, read_pipeline

    folder.mkdir(parents=True)
    if what == "course":
        from zoo_archive import FASTER_RCNN_CONFIG

        config = parse_pipeline(FASTER_RCNN_CONFIG.replace("num_classes: 90", "num_classes: 2"))
        write_label_map(folder / "label_map.pbtxt", LabelMap.from_names(["one", "two"]))
    else:
        config = read_pipeline(Path(what) / "pipeline.config")
        shutil.copy(Path(what) / "label_map.pbtxt", folder)
    tf.random.set_seed(1)
    model = model_builder.build(config.model, is_training=False)
    module = exporter_lib_v2.DetectionFromImageModule(model)
    function = module.__call__.get_concrete_function()
    if what != "course":
        checkpoint = tf.train.Checkpoint(model=model)
        checkpoint.restore(f"{what}/checkpoint/ckpt-0").expect_partial()
    tf.saved_model.save(module, str(folder / "saved_model"), signatures=function)


if __name__ == "__main__":
    main()
