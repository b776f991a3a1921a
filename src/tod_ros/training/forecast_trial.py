"""Trial steps for a forecast, a program of its own.

    python -m tod_ros.training.forecast_trial CONFIG BATCH FOLDER

FOLDER/taken.json gets {"bytes": the most memory the process took, "seconds": of a step}.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tod_ros.pipeline.config_file import read_pipeline
from tod_ros.training.learner import Learner
from tod_ros.training.memory import most_memory

STEPS = 4


def main(config_path: str, batch_size: str, folder: str) -> None:
    config = read_pipeline(config_path)
    config.train_config.ClearField("fine_tune_checkpoint")  # as large with any weights
    config.train_config.batch_size = int(batch_size)
    learner = Learner(config, Path(folder) / "run")
    seconds = [learner.take_step().seconds for _ in range(STEPS)]
    taken = {"bytes": most_memory(), "seconds": min(seconds[1:])}
    (Path(folder) / "taken.json").write_text(json.dumps(taken), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
