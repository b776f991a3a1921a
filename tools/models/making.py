"""What the tools that make the shipped networks share: stages, a training shown, a place."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any, Callable, Dict, Mapping, Optional, Sequence

from tod_ros.cli.progress import bar
from tod_ros.dataset.formats.tfrecord import read_records
from tod_ros.dataset.label_map import LabelMap
from tod_ros.dataset.synthetic_records import TrainingSet
from tod_ros.errors import TodError
from tod_ros.files import write_text
from tod_ros.training import od_api
from tod_ros.training.allocator import restart_keeping_memory

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
Stage = Callable[[argparse.Namespace, Path], None]


def run(tool: str, make: Callable[[], None]) -> int:
    """The exit status of a tool; a user's mistake and a Ctrl-C are one line."""
    try:
        make()
    except TodError as error:
        print(f"{tool}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\n{tool}: interrupted; the same command goes on from here", file=sys.stderr)
        return 130
    return 0


def make(
    tool: str,
    parser: argparse.ArgumentParser,
    stages: Callable[[argparse.Namespace], Mapping[str, Stage]],
    argv: Optional[Sequence[str]],
) -> int:
    """The exit status of a tool that makes a network, stage by stage."""
    if argv is None:  # this is the whole program
        restart_keeping_memory()
    args = parser.parse_args(argv)
    work = CACHE / tool / f"seed-{args.seed}"
    return run(tool, lambda: run_stages(args, work, stages(args)))


def new_parser(description: str, seed: int, folder: Path) -> argparse.ArgumentParser:
    """The options of every tool that makes a network."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--seed", type=int, default=seed, help="of the pictures and the network (%(default)s)"
    )
    parser.add_argument("--to", type=Path, default=folder, help="the model folder to make")
    parser.add_argument("--processes", type=int, default=2, help="that draw (%(default)s)")
    return parser


def run_stages(args: argparse.Namespace, work: Path, stages: Mapping[str, Stage]) -> None:
    """All stages, timed; their times are kept, so that the card can tell what a model costs."""
    work.mkdir(parents=True, exist_ok=True)
    spent = read_json(work / "seconds.json")
    for name, stage in stages.items():
        print(f"== {name}", flush=True)
        started = time.monotonic()
        try:
            stage(args, work)
        finally:
            spent[name] = round(spent.get(name, 0.0) + time.monotonic() - started, 1)
            write_text(work / "seconds.json", json.dumps(spent) + "\n")


def minutes_spent(work: Path) -> Dict[str, float]:
    spent = read_json(work / "seconds.json")
    return {stage: round(seconds / 60, 1) for stage, seconds in spent.items()}


def train_shown(
    config: Any, config_path: Path, run_dir: Path, seed: int, transfer: Optional[Any] = None
) -> None:
    """Train to the end of the config's steps; a line every hundred where nobody watches a bar."""
    od_api.prepare()
    import tensorflow as tf

    from tod_ros.training.trainer import Listener, Progress, TrainOptions, train

    tf.random.set_seed(seed)
    steps = config.train_config.num_steps
    with bar(steps, "training", unit="step") as shown:

        def progress(now: Progress) -> None:
            shown.update(now.step - shown.n)
            shown.set_postfix_str(f"loss {now.loss:.3f}")
            if shown.disable and now.step % 100 == 0:
                left = f"{now.left_s / 60:.0f} min left"
                print(f"step {now.step} of {steps}, loss {now.loss:.3f}, {left}", flush=True)

        train(config, run_dir, TrainOptions(transfer=transfer), Listener(progress, print))


def begin_anew(
    config: Any, steps: int, rate: float, warmup_steps: int, falls_in: Optional[int] = None
) -> None:
    """So many steps, after a short way up from this rate down to 0, reached in `falls_in` steps."""
    config.train_config.num_steps = steps
    schedule = config.train_config.optimizer.adam_optimizer.learning_rate.cosine_decay_learning_rate
    schedule.learning_rate_base, schedule.warmup_learning_rate = rate, rate / 10
    schedule.total_steps, schedule.warmup_steps = falls_in or steps, min(warmup_steps, steps // 10)


def export_run(config: Any, run_dir: Path, folder: Path, classes: Sequence[str]) -> None:
    """The model folder of a run's last checkpoint, if it is not there yet."""
    od_api.prepare()
    from tod_ros.export.from_checkpoint import ExportRequest, export_model

    if (folder / "model.json").exists():
        return
    label_map = LabelMap.from_names(classes)
    request = ExportRequest(
        config,
        last_checkpoint(run_dir),
        label_map,
        learnt_from_wh=TrainingSet.size_wh,
        half_weights=True,  # the repository is to stay small
    )
    export_model(request, folder, print)


def last_checkpoint(run_dir: Path) -> str:
    import tensorflow as tf

    return str(tf.train.latest_checkpoint(str(run_dir)))


def count_pictures(folder: Path) -> int:
    return sum(1 for path in folder.glob("train.record-*") for _ in read_records(path))


def read_from(config: Any, label_map: Path, records: Sequence[Path]) -> None:
    """Let a config's training read these records, by this label map."""
    config.train_input_reader.label_map_path = str(label_map)
    config.train_input_reader.tf_record_input_reader.input_path[:] = list(map(str, records))


def write_checkpoint(prefix: str, tensors: Mapping[str, Any]) -> None:
    """Tensors under the names that another checkpoint of the same network gives them."""
    import tensorflow as tf

    tf.raw_ops.SaveV2(
        prefix=prefix,
        tensor_names=list(tensors),
        shape_and_slices=[""] * len(tensors),
        tensors=[tf.constant(value) for value in tensors.values()],
    )


def put_in_place(draft: Path, folder: Path) -> None:
    """Move a finished folder to where it belongs, in place of the one there."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    old = folder.with_name(f".{folder.name}-old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    shutil.move(str(draft), str(folder))
    shutil.rmtree(old, ignore_errors=True)


def read_json(path: Path) -> Dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
