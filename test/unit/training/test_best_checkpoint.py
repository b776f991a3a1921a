import pytest

from tod_ros.training.best_checkpoint import BestCheckpoint, read_best

MAP = "DetectionBoxes_Precision/mAP"


class Learner:
    """Gives the figures in turn, and remembers what it was asked to keep."""

    def __init__(self, run_dir, figures):
        self.run_dir, self._figures, self.kept = run_dir, list(figures), 0
        (run_dir / "best").mkdir(exist_ok=True)

    def measure(self):
        return self._figures.pop(0)

    def keep_as_best(self):
        self.kept += 1


def measured(run_dir, figures, patience=0):
    learner, said = Learner(run_dir, figures), []
    best = BestCheckpoint(learner, 100, patience, said.append)
    lost = []
    for number in range(len(figures)):
        best.measure(100 * (number + 1))
        lost.append(best.has_lost_patience)
    return learner, best, said, lost


def test_the_checkpoint_with_the_best_map_is_kept(tmp_path):
    figures = [{MAP: value, "Loss/total_loss": 1.0} for value in (0.2, 0.5, 0.4)]
    learner, best, said, _ = measured(tmp_path, figures)
    assert learner.kept == 2
    assert best.so_far == {"step": 200, "metric": MAP, "value": 0.5, "worse_since": 1}
    assert read_best(tmp_path) == best.so_far
    assert said[1] == "step 200: mAP 0.500 on the test set (the best so far, kept)"
    assert said[2] == "step 300: mAP 0.400 on the test set (best: step 200)"


def test_where_no_map_is_measured_the_lowest_loss_is_best(tmp_path):
    _, best, _, _ = measured(tmp_path, [{"Loss/total_loss": value} for value in (2.0, 1.0, 3.0)])
    assert (best.so_far["step"], best.so_far["value"]) == (200, 1.0)


def test_patience_counts_measurements_without_a_better_one_over_a_resume(tmp_path):
    _, _, _, lost = measured(tmp_path, [{MAP: 0.5}, {MAP: 0.4}], patience=3)
    assert lost == [False, False]
    _, _, _, lost = measured(tmp_path, [{MAP: 0.5}, {MAP: 0.4}], patience=3)
    assert lost == [False, True]


def test_it_is_measured_every_so_many_steps_and_at_the_end(tmp_path):
    best = BestCheckpoint(Learner(tmp_path, []), 100, 0, print)
    assert [step for step in range(1, 251) if best.is_due(step, 250)] == [100, 200, 250]


@pytest.mark.parametrize("content", [None, "", "[]", '{"step": 1}'])
def test_a_best_that_cannot_be_read_is_none(tmp_path, content):
    (tmp_path / "best").mkdir()
    if content is not None:
        (tmp_path / "best/best.json").write_text(content)
    assert read_best(tmp_path) is None
