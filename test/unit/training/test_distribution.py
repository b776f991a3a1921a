import json

import pytest

from tod_ros.errors import TrainingError
from tod_ros.training.distribution import check_shares, worker_index, workers_of


def tf_config(workers=("a:1", "b:1"), **task):
    task = {"type": "worker", "index": 1, **task}
    return {"TF_CONFIG": json.dumps({"cluster": {"worker": list(workers)}, "task": task})}


def test_without_tf_config_one_machine_trains():
    assert (workers_of({}), worker_index({})) == (1, 0)


def test_tf_config_names_the_workers():
    assert (workers_of(tf_config()), worker_index(tf_config())) == (2, 1)


@pytest.mark.parametrize(
    "environ",
    [
        {"TF_CONFIG": "{"},
        {"TF_CONFIG": "[]"},
        {"TF_CONFIG": '{"cluster": {}}'},
        tf_config(index=2),
        tf_config(index=-1),
        tf_config(index="0"),
        tf_config(type="chief"),
    ],
)
def test_a_tf_config_that_is_wrong_is_shown_a_right_one(environ):
    with pytest.raises(TrainingError) as error:
        workers_of(environ)
    assert str(error.value).startswith("TF_CONFIG is not as it must be, for example {")


@pytest.mark.parametrize(
    "workers, records, batch, message",
    [
        (
            2,
            ["train.record"],
            4,
            "1 file(s) for 2 workers; write more with `tod convert PROJECT --shards 2`",
        ),
        (4, ["a", "b", "c"], 4, "3 file(s) for 4 workers"),
        (
            2,
            ["a", "b"],
            5,
            "batch_size is 5, it cannot be shared by 2; configure again with --batch-size 4",
        ),
        (2, ["a", "b"], 1, "--batch-size 2"),
    ],
)
def test_too_few_shards_or_an_odd_batch_are_refused(workers, records, batch, message):
    with pytest.raises(TrainingError) as error:
        check_shares(workers, records, batch)
    assert message in str(error.value)
    check_shares(workers, [str(n) for n in range(workers)], 4 * workers)
