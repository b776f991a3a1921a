"""One call of `tod train`: the forecast, what is drawn for few pictures, the training itself."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, replace
from typing import Any, Callable, Iterator, Optional, Tuple

from tod_ros.dataset.locks import only_one
from tod_ros.dataset.project import Project
from tod_ros.errors import TrainingError
from tod_ros.files import make_folder
from tod_ros.training import distribution
from tod_ros.training.forecast import as_text, forecast
from tod_ros.training.memory import free_memory, most_memory
from tod_ros.training.runs import Run
from tod_ros.training.trainer import Listener, Progress, Result, TrainOptions, train
from tod_ros.training.transfer.prediction_head import Transfer
from tod_ros.training.transfer.settings import FewPictures, TransferSettings


@dataclass(frozen=True)
class SessionOptions:
    """What was asked for on the command line; `forecast` is one of forecast.MODES."""

    checkpoint_every_s: float = 180.0
    evaluate_every: int = 0
    patience: int = 0
    forecast: str = "auto"
    transfer: Optional[FewPictures] = None


@dataclass(frozen=True)
class Tell:
    """Who hears of a session, and may stop it; `drawing` is told how many pictures are drawn."""

    say: Callable[[str], None]
    progress: Callable[[Progress], None]
    drawing: Callable[[int, Optional[int]], None]
    stop: Callable[[], bool]


def run_session(
    project: Project, run: Run, config: Any, options: SessionOptions, tell: Tell
) -> Tuple[Result, Any]:
    """Train `run` by `config`, whose paths are whole; also the config that it was trained by."""
    if options.transfer is None:
        return _train(run, config, options, tell, None), config
    with _prepared(project, run, config, options.transfer, tell) as (prepared, transfer):
        return _train(run, prepared, options, tell, transfer), prepared


@contextlib.contextmanager
def alone(run: Run, workers: int) -> Iterator[None]:
    """Two trainings of one run would write over each other's checkpoints; workers share theirs."""
    if workers > 1:
        yield
        return
    refusal = TrainingError(
        f"{run.folder}: another `tod train` is at it; wait for its end, or name another --run"
    )
    make_folder(run.folder)
    with only_one(run.folder / ".train.lock", refusal):
        yield


@contextlib.contextmanager
def _prepared(
    project: Project, run: Run, config: Any, settings: FewPictures, tell: Tell
) -> Iterator[Tuple[Any, Optional[Transfer]]]:
    """What helps to learn from few pictures; TensorFlow is loaded while the first are drawn."""
    from tod_ros.training import od_api
    from tod_ros.training.transfer.preparation import prepare

    loading = threading.Thread(target=od_api.prepare, daemon=True)
    loading.start()
    prepared, transfer, drawing = prepare(
        project, config, run.folder, settings, say=tell.say, progress=tell.drawing
    )
    try:
        loading.join()
        yield prepared, transfer
    finally:
        drawing.close()


def _train(
    run: Run, config: Any, options: SessionOptions, tell: Tell, transfer: Optional[Transfer]
) -> Result:
    # before anything else of TensorFlow
    strategy = distribution.choose_strategy(config.train_config.batch_size)
    free, told = free_memory(), None
    if strategy is None:
        # a network of marks is small, and a trial would take as long as its training
        is_small = isinstance(options.transfer, TransferSettings)
        mode = "never" if is_small and options.forecast == "auto" else options.forecast
        told = forecast(config, run.folder, tell.say, mode, free)

    def tell_forecast(step_s: float, steps: int) -> None:
        tell.say(as_text(most_memory(), free, step_s, steps))

    listener = Listener(tell.progress, tell.say, tell.stop)
    if options.forecast == "auto" and told is None and transfer is None:
        # a transfer is short, and building it twice would take a good part of its time
        listener = replace(listener, forecast=tell_forecast)
    asked = TrainOptions(
        options.checkpoint_every_s, options.evaluate_every, options.patience, strategy, transfer
    )
    return train(config, run.folder, asked, listener)
