"""tod train: learn from the project's records, with a way out and back in at any time.

It is long because each way in which a training ends has its words.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any, Callable, List, Optional, Tuple

from tod_ros.cli.arguments import add_json_argument, add_quiet_argument, add_run_arguments
from tod_ros.cli.interrupts import Stopper, watching_signals
from tod_ros.cli.progress import bar
from tod_ros.cli.terminal import Terminal, output_to
from tod_ros.cli.training_view import showing
from tod_ros.dataset.label_map import read_label_map
from tod_ros.dataset.project import Project, open_project
from tod_ros.errors import SettingError, TrainingError
from tod_ros.pipeline.config_file import read_pipeline
from tod_ros.pipeline.training_data import check_fits, read_data, record_files, with_whole_paths
from tod_ros.training import distribution
from tod_ros.training.forecast import MODES
from tod_ros.training.runs import Run, find_run
from tod_ros.training.session import SessionOptions, Tell, alone, run_session
from tod_ros.training.trainer import Progress, Result
from tod_ros.training.transfer.settings import FILE, FewPictures, read_transfer

SUMMARY = "Train the configured network; Ctrl-C saves, and the next start goes on from there."
EXAMPLE = "tod train cubes --network ssd_tiny --evaluate-every 200 --patience 5"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One statement for each option makes it long."""
    add_run_arguments(parser)
    parser.add_argument(
        "--checkpoint-every",
        type=float,
        default=3.0,
        metavar="MINUTES",
        help="minutes between checkpoints (default 3); the last step is always saved",
    )
    parser.add_argument(
        "--evaluate-every",
        type=int,
        default=0,
        metavar="STEPS",
        help="steps between evaluations on the test pictures, of which the best checkpoint is kept"
        " (default 0: no evaluation)",
    )
    parser.add_argument(
        "--patience",
        type=int,
        default=0,
        metavar="N",
        help="stop after N evaluations without an improvement (default 0: never)",
    )
    parser.add_argument(
        "--forecast",
        choices=MODES,
        default="auto",
        help="try a few steps first, to forecast memory and time. auto (the default) does so in a"
        " separate process if memory may be short, and not at all for fewer than 200 steps",
    )
    add_json_argument(parser, "how it ended")
    add_quiet_argument(parser)


def run(args: argparse.Namespace) -> int:
    _check(args)
    project = open_project(args.project)
    found = find_run(project, args.network, args.run_name)
    config = read_pipeline(found.config)
    data = read_data(project)
    check_fits(config, data, found.config)
    config = with_whole_paths(config, project)
    workers = _check_workers(args, config)
    helps = read_transfer(found.config.parent)
    if helps and workers > 1:
        raise TrainingError(
            f"{found.config.parent / FILE}: works on one machine only; configure with --alone"
        )
    with alone(found, workers), output_to(found.folder / _log_name(workers)) as terminal:
        with watching_signals(terminal.say_at_once) as stopper:
            result, config = _session(args, project, found, config, helps, (terminal, stopper))
        status = _report(args, project, found, result, terminal, stopper)
        if helps and result.how in ("finished", "patience") and not (args.json or args.quiet):
            sure = _judge_run(project, config, result, helps)
            print("\n".join(sure), file=terminal.out, flush=True)
        return status


def _session(
    args: argparse.Namespace,
    project: Project,
    found: Run,
    config: Any,
    helps: Optional[FewPictures],
    watch: Tuple[Terminal, Stopper],
) -> Tuple[Result, Any]:
    """The session with what it shows on the terminal.

    It is long because it names what the session may show.
    """
    terminal, stopper = watch
    say: Callable[[str], None] = (lambda text: None) if args.quiet else terminal.say
    say(f"building {found.network}; the API's own log is {found.folder / 'training.log'}")
    options = SessionOptions(
        args.checkpoint_every * 60, args.evaluate_every, args.patience, args.forecast, helps
    )
    with contextlib.ExitStack() as shown:
        drawing: List[Any] = []
        training: List[Callable[[Progress], None]] = []

        def show_drawing(done: int, total: Optional[int]) -> None:
            if not drawing:
                moving = bar(total, "drawing", quiet=args.quiet, stream=terminal.err)
                drawing.append(shown.enter_context(moving))
            drawing[0].update(done - drawing[0].n)

        def show_progress(now: Progress) -> None:
            stopper.has_learnt = True
            if not training:
                shown.close()  # the bar of the drawing
                training.append(shown.enter_context(showing(terminal, now.steps, args.quiet)))
            training[0](now)

        tell = Tell(say, show_progress, show_drawing, stopper)
        return run_session(project, found, config, options, tell)


def _log_name(workers: int) -> str:
    return f"training-{_index()}.log" if workers > 1 and _index() else "training.log"


def _judge_run(project: Project, config: Any, result: Result, helps: FewPictures) -> List[str]:
    """What the trained network makes of the project's test pictures."""
    from tod_ros.annotate.examine import lacks
    from tod_ros.training.checkpoint_evaluation import judge_run
    from tod_ros.training.checkpoints import choose_checkpoint

    chosen = choose_checkpoint(Path(str(result.checkpoint)).parent)
    label_map = read_label_map(project.label_map_path)
    return judge_run(project, label_map, config, chosen.prefix, lacks, settings=helps)


def _report(
    args: argparse.Namespace,
    project: Project,
    found: Run,
    result: Result,
    terminal: Terminal,
    stopper: Stopper,
) -> int:
    if args.json:
        print(json.dumps(asdict(result)), file=terminal.out)
    again = f"tod train {project.root} --network {found.network} --run {found.folder.name}"
    where = f"step {result.step} of {result.steps}"
    if result.how == "stopped":
        terminal.say(f"stopped at {where}, saved {result.checkpoint}; go on with: {again}")
        return stopper.exit_status
    if not args.json and not args.quiet:
        print("\n".join(_ending(project, found, result, where)), file=terminal.out, flush=True)
    return 0


def _ending(project: Project, found: Run, result: Result, where: str) -> Tuple[str, ...]:
    export = f"tod export {project.root} --network {found.network} --run {found.folder.name}"
    if result.how == "already finished":
        return (
            f"finished already: {where} ({result.checkpoint})",
            "to learn more, configure with more --steps, or train in a new --run",
            f"to export it: {export}",
        )
    how = "no better for a while, stopped" if result.how == "patience" else "finished"
    best = result.best
    kept = (f"best: step {best['step']}, {best['value']:.3f}",) if best else ()
    return (
        f"{how}: {where}, loss {result.loss:.3f} ({result.checkpoint})",
        *kept,
        f"next: {export}",
    )


def _check(args: argparse.Namespace) -> None:
    if not args.checkpoint_every > 0:  # nor nan
        raise SettingError(f"--checkpoint-every is {args.checkpoint_every}, must be more than 0")
    for name in ("evaluate_every", "patience"):
        if getattr(args, name) < 0:
            raise SettingError(f"--{name.replace('_', '-')} is negative, must be 0 or more")
    if args.patience and not args.evaluate_every:
        raise SettingError("--patience counts measurements: give --evaluate-every as well")


def _check_workers(args: argparse.Namespace, config: Any) -> int:
    workers = distribution.workers_of(os.environ)
    if workers > 1:
        records = record_files(config.train_input_reader.tf_record_input_reader.input_path)
        distribution.check_shares(workers, records, config.train_config.batch_size)
        if args.evaluate_every:
            raise TrainingError(
                "--evaluate-every works on one machine only; leave it out and run"
                " `tod evaluate` afterwards"
            )
    return workers


def _index() -> int:
    return distribution.worker_index(os.environ)
