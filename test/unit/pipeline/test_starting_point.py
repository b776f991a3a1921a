import pytest
import zoo_configs
from projects import NETWORK, install, make_project, write_records

from tod_ros.dataset.label_map import LabelMap, write_label_map
from tod_ros.errors import PipelineError, ProjectError, ZooError
from tod_ros.pipeline.config_file import parse_pipeline
from tod_ros.pipeline.configuring import Options, configure
from tod_ros.pipeline.starting_point import find_start, templates
from tod_ros.pipeline.training_data import check_fits, in_workspace, read_data, with_whole_paths

pytest.importorskip("object_detection", reason="needs the OD API", exc_type=ImportError)


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path)


class TestFindStart:
    def test_an_installed_network_starts_from_its_checkpoint(self, project):
        folder = install(project)
        start = find_start(project, NETWORK)
        assert start.config == folder / "pipeline.config"
        assert start.checkpoint == folder / "checkpoint/ckpt-0"

    def test_a_template_learns_from_scratch(self, project):
        assert "ssd_tiny" in templates()
        start = find_start(project, "ssd_tiny")
        assert start.config.name == "ssd_tiny.config" and start.checkpoint is None

    @pytest.mark.parametrize(
        "name, message",
        [
            (NETWORK, f"`tod zoo get {NETWORK}` fetches it"),
            ("ssd_tini", "no network 'ssd_tini', did you mean 'ssd_tiny'?"),
            ("mark", "no network 'mark', did you mean 'marks'?"),
            (NETWORK[:-1], f"did you mean {NETWORK!r}?"),
        ],
    )
    def test_what_is_not_there_is_told_with_the_way_to_get_it(self, project, name, message):
        with pytest.raises(ZooError) as error:
            find_start(project, name)
        assert message in str(error.value)


class TestReadData:
    def test_paths_are_from_the_workspace_as_in_the_course(self, project):
        data = read_data(project)
        assert data.label_map == "cubes/training/label_map.pbtxt"
        assert data.train_records == ("cubes/training/train.record",)
        assert (data.classes, data.pictures, data.most_boxes) == (2, 2, 5)

    def test_shards_are_named_by_a_pattern(self, project):
        project.record_path("train").unlink()
        for number in range(2):
            shard = project.training_dir / f"train.record-{number:05d}-of-00002"
            write_records(shard, ["one"])
        data = read_data(project)
        assert data.train_records == ("cubes/training/train.record-?????-of-00002",)
        assert data.pictures == 2

    @pytest.mark.parametrize("split", ["train", "test"])
    def test_a_missing_record_asks_for_convert(self, project, split):
        project.record_path(split).unlink()
        with pytest.raises(ProjectError, match="no such record; `tod convert .*` writes it"):
            read_data(project)

    def test_pictures_without_any_box_teach_nothing(self, project):
        write_records(project.record_path("train"), [], [])
        with pytest.raises(ProjectError, match="holds no box to learn from"):
            read_data(project)

    def test_a_label_map_with_a_gap_is_refused(self, project):
        write_label_map(project.label_map_path, LabelMap({1: "one", 3: "two"}))
        with pytest.raises(ProjectError, match="ids must run from 1 to 2 without a gap"):
            read_data(project)

    def test_a_record_with_more_classes_than_the_label_map_is_refused(self, project):
        three = LabelMap.from_names(["one", "two", "three"])
        write_records(project.record_path("train"), ["three"], label_map=three)
        with pytest.raises(ProjectError, match="has class 3, the label map ends at 2"):
            read_data(project)


def test_records_have_masks_where_each_box_has_one(project):
    assert not read_data(project).masks
    for split in ("train", "test"):
        write_records(project.record_path(split), ["one", "two"], [], masks=True)
    assert read_data(project).masks
    write_records(project.record_path("test"), ["one"])
    assert not read_data(project).masks


class TestWholePaths:
    def configured(self, project):
        start = find_start(project, NETWORK)
        checkpoint = in_workspace(project, start.checkpoint)
        config = parse_pipeline(zoo_configs.SSD)
        return configure(config, read_data(project), checkpoint, Options())

    def test_every_path_becomes_absolute_wherever_one_stands(self, project, monkeypatch, tmp_path):
        folder = install(project)
        monkeypatch.chdir(tmp_path)
        config = with_whole_paths(self.configured(project), project)
        assert config.train_config.fine_tune_checkpoint == str(folder / "checkpoint/ckpt-0")
        assert config.train_input_reader.label_map_path == str(project.label_map_path)
        record = config.eval_input_reader[0].tf_record_input_reader.input_path[0]
        assert record == str(project.record_path("test"))

    @pytest.mark.parametrize(
        "path, message",
        [
            ("training/label_map.pbtxt", "train_input_reader.label_map_path: no such file"),
            ("training/train.record", "train_input_reader.tf_record_input_reader.input_path: no"),
            ("training/test.record", "eval_input_reader[0].tf_record_input_reader.input_path: no"),
            (f"../pre-trained/{NETWORK}/checkpoint/ckpt-0.index", "fine_tune_checkpoint: no check"),
        ],
    )
    def test_a_path_that_is_not_there_is_named(self, project, path, message):
        install(project)
        config = self.configured(project)
        (project.root / path).unlink()
        with pytest.raises(PipelineError) as error:
            with_whole_paths(config, project)
        assert message in str(error.value)

    def test_a_checkpoint_that_tensorflow_could_not_read_is_refused(self, project, tmp_path):
        install(project)
        other = tmp_path / "nets[2]"
        other.mkdir()
        (other / "ckpt-0.index").write_bytes(b"index")
        config = self.configured(project)
        config.train_config.fine_tune_checkpoint = str(other / "ckpt-0")
        with pytest.raises(PipelineError, match=r"cannot read checkpoints there; rename nets\[2\]"):
            with_whole_paths(config, project)

    def test_what_is_still_to_be_configured_is_named(self, project):
        with pytest.raises(PipelineError, match="fine_tune_checkpoint is still to be configured"):
            with_whole_paths(parse_pipeline(zoo_configs.SSD), project)

    @pytest.mark.parametrize(
        "change, message",
        [
            ("model.ssd.num_classes=90", "made for 90 classes, the label map has 2"),
            ("train_input_reader.max_number_of_boxes=4", "is 4, a picture has 5 boxes"),
            ("eval_input_reader[0].max_number_of_boxes=3", "is 3, a picture has 5 boxes"),
            ("train_input_reader.load_instance_masks=true", "the records have no masks"),
        ],
    )
    def test_a_config_at_odds_with_the_data_is_refused(self, project, change, message, tmp_path):
        install(project)
        data = read_data(project)
        config = configure(parse_pipeline(zoo_configs.SSD), data, None, Options(values=(change,)))
        with pytest.raises(PipelineError) as error:
            check_fits(config, data, tmp_path / "pipeline.config")
        assert message in str(error.value)
