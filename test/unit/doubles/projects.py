"""A project that is ready to be configured, and a network of the zoo beside it."""

import zoo_configs

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.tfrecord import encode_example, write_record
from tod_ros.dataset.label_map import LabelMap, write_label_map
from tod_ros.dataset.project import Project
from tod_ros.pipeline.training_data import TrainingData

NETWORK = "ssd_mobilenet_v2_fpnlite_320x320_coco17_tpu-8"
LABELS = LabelMap.from_names(["one", "two"])

DATA = TrainingData(
    classes=2,
    pictures=30,
    most_boxes=4,
    label_map="cubes/training/label_map.pbtxt",
    train_records=("cubes/training/train.record",),
    test_records=("cubes/training/test.record",),
)
CHECKPOINT = "pre-trained/network/checkpoint/ckpt-0"


def write_records(path, *pictures, label_map=LABELS, masks=False):
    with open(path, "wb") as stream:
        for names in pictures:
            boxes = tuple(Box(name, 9 * i, 5, 9 * i + 8, 30) for i, name in enumerate(names))
            annotation = Annotation("a.png", (640, 480), boxes)
            pngs = [b"m"] * len(boxes) if masks else []
            example = encode_example(annotation, label_map, b"p", "png", masks=pngs)
            write_record(stream, example)


def make_project(tmp_path):
    """work/cubes with records of three pictures to train on and one to test."""
    root = tmp_path / "work" / "cubes"
    for folder in ("images/train", "images/test", "training"):
        (root / folder).mkdir(parents=True)
    write_label_map(root / "training/label_map.pbtxt", LABELS)
    write_records(root / "training/train.record", ["two", "one", "one"], [])
    write_records(root / "training/test.record", ["one"] * 5)
    return Project(root)


def install(project, name=NETWORK):
    folder = project.pre_trained_dir / name
    (folder / "checkpoint").mkdir(parents=True)
    (folder / "pipeline.config").write_text(zoo_configs.SSD)
    (folder / "checkpoint/ckpt-0.index").write_bytes(b"index")
    return folder
