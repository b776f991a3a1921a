"""tod train: learn from the project's records, with a way out and back in at any time."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any, Iterator, List, Optional, Tuple

from tod_ros.cli.interrupts import Stopper, watching_signals
from tod_ros.cli.progress import add_quiet_argument, bar
from tod_ros.cli.run_arguments import add_run_arguments
from tod_ros.cli.terminal import Terminal, output_to
from tod_ros.cli.training_view import showing
from tod_ros.dataset.label_map import read_label_map
from tod_ros.dataset.project import Project, open_project
from tod_ros.errors import SettingError, TrainingError
from tod_ros.files import only_one
from tod_ros.pipeline.config_file import read_pipeline
from tod_ros.pipeline.training_data import check_fits, read_data, record_files, with_whole_paths
from tod_ros.training import distribution
from tod_ros.training.forecast import MODES, as_text, forecast
from tod_ros.training.memory import free_memory, most_memory
from tod_ros.training.runs import Run, find_run
from tod_ros.training.transfer.settings import FILE, TransferSettings, read_transfer

SUMMARY = "Train the network that `tod configure` fitted; Ctrl-C saves, starting again goes on."
EXAMPLE = "tod train cubes --network ssd_tiny --evaluate-every 200 --patience 5"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run_arguments(parser)
    parser.add_argument(
        "--checkpoint-every",
        type=float,
        default=3.0,
        metavar="MINUTES",
        help="save a checkpoint so often (default 3), and always at the end",
    )
    parser.add_argument(
        "--evaluate-every",
        type=int,
        default=0,
        metavar="STEPS",
        help="measure the test set so often and keep the best checkpoint (default 0: never)",
    )
    parser.add_argument(
        "--patience",
        type=int,
        default=0,
        metavar="N",
        help="stop after N measurements without a better one (default 0: never)",
    )
    parser.add_argument(
        "--forecast",
        choices=MODES,
        default="auto",
        help="try a few steps first, to tell memory and time: auto (the default) tries in a process"
        " of its own where they might not fit, and no trainings under 200 steps; always; never",
    )
    parser.add_argument("--json", action="store_true", help="print how it ended as JSON")
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
    log = found.folder / (
        f"training-{_index()}.log" if workers > 1 and _index() else "training.log"
    )
    with _alone(found, workers), output_to(log) as terminal:
        if not args.quiet:
            terminal.say(f"building {found.network}; the API's own log is {log}")
        transfer = drawing = None
        with watching_signals(terminal.say_at_once) as stopper:
            if helps:
                config, transfer, drawing = _prepare(args, project, found, config, helps, terminal)
            try:
                result = _train(args, found, config, terminal, stopper, transfer)
            finally:
                if drawing:
                    drawing.close()
        status = _report(args, project, found, result, terminal, stopper)
        if helps and result.how in ("finished", "patience") and not (args.json or args.quiet):
            sure = _judge_run(project, config, result)
            print("\n".join(sure), file=terminal.out, flush=True)
        return status


@contextlib.contextmanager
def _alone(found: Run, workers: int) -> Iterator[None]:
    """Two trainings of one run would write over each other's checkpoints; workers share theirs."""
    if workers > 1:
        yield
        return
    refusal = TrainingError(
        f"{found.folder}: another `tod train` is at it; wait for its end, or name another --run"
    )
    found.folder.mkdir(parents=True, exist_ok=True)
    with only_one(found.folder / ".train.lock", refusal):
        yield


def _prepare(
    args: argparse.Namespace,
    project: Project,
    found: Run,
    config: Any,
    helps: TransferSettings,
    terminal: Terminal,
) -> Tuple[Any, Any, Any]:
    """What helps to learn from few pictures; TensorFlow is loaded while the first are drawn."""
    from tod_ros.training import od_api
    from tod_ros.training.transfer.preparation import prepare

    loading = threading.Thread(target=od_api.prepare, daemon=True)
    loading.start()
    say = (lambda text: None) if args.quiet else terminal.say
    with bar(None, "drawing", quiet=args.quiet, stream=terminal.err) as shown:

        def progress(done: int, total: int) -> None:
            shown.total = total
            shown.update(done - shown.n)

        prepared = prepare(project, config, found.folder, helps, say=say, progress=progress)
    loading.join()
    return prepared


def _judge_run(project: Project, config: Any, result: Any) -> List[str]:
    """What the trained network makes of the project's test pictures."""
    from tod_ros.training.checkpoint_evaluation import judge_run
    from tod_ros.training.checkpoints import choose_checkpoint

    chosen = choose_checkpoint(Path(result.checkpoint).parent)
    from tod_ros.annotate.examine import lacks

    return judge_run(project, read_label_map(project.label_map_path), config, chosen.prefix, lacks)


def _train(
    args: argparse.Namespace,
    found: Run,
    config: Any,
    terminal: Terminal,
    stopper: Stopper,
    transfer: Optional[Any] = None,
) -> Any:
    from tod_ros.training import trainer as training

    batch = config.train_config.batch_size
    strategy = distribution.choose_strategy(batch)  # before anything else of TensorFlow
    say = (lambda text: None) if args.quiet else terminal.say
    free, told = free_memory(), None
    if strategy is None:
        # such a network is small, and a trial would take as long as its training
        mode = "never" if transfer and args.forecast == "auto" else args.forecast
        told = forecast(config, found.folder, say, mode, free)

    def tell_forecast(step_s: float, steps: int) -> None:
        say(as_text(most_memory(), free, step_s, steps))

    with showing(terminal, config.train_config.num_steps, args.quiet) as show:

        def progress(now: Any) -> None:
            stopper.has_learnt = True
            show(now)

        return training.train(
            found.config,
            found.folder,
            progress=progress,
            say=say,
            stop=stopper,
            checkpoint_every_s=args.checkpoint_every * 60,
            evaluate_every=args.evaluate_every,
            patience=args.patience,
            strategy=strategy,
            config=config,
            # a transfer is short, and building it twice would take a good part of its time
            forecast=tell_forecast
            if args.forecast == "auto" and told is None and transfer is None
            else None,
            transfer=transfer,
        )


def _report(
    args: argparse.Namespace,
    project: Project,
    found: Run,
    result: Any,
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


def _ending(project: Project, found: Run, result: Any, where: str) -> Tuple[str, ...]:
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
