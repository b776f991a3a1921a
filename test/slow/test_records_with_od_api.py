"""The Object Detection API's own decoder reads from the records what was annotated."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.conversion import convert
from tod_ros.dataset.formats.masks_json import masks_path, to_masks_text
from tod_ros.dataset.formats.pascal_voc import write_voc
from tod_ros.dataset.formats.tfrecord import write_record
from tod_ros.dataset.label_map import LabelMap, write_label_map
from tod_ros.dataset.project import Project
from tod_ros.mask import from_pixels
from tod_ros.training import od_api

BOXES = {
    "image001": (Box("two", 60, 10, 90, 40), Box("one", 5, 8, 30.5, 48, difficult=True)),
    "image002": (),
    "image003": (Box("drei", 0, 0, 96, 48),),
}


@pytest.fixture(scope="module")
def tensorflow():
    od_api.prepare()
    return pytest.importorskip("tensorflow")


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path / "cubes")
    write_label_map(project.label_map_path, LabelMap({5: "one", 2: "two", 300: "drei"}))
    rng = np.random.default_rng(0)
    for split, names in {"train": ["image001", "image002"], "test": ["image003"]}.items():
        project.images_dir(split).mkdir(parents=True)
        for name in names:
            picture = project.images_dir(split) / f"{name}.png"
            assert cv2.imwrite(str(picture), rng.integers(0, 255, (48, 96, 3), np.uint8))
            write_voc(picture.with_suffix(".xml"), Annotation(picture.name, (96, 48), BOXES[name]))
    return project


def test_classes_boxes_and_pictures_come_back(project, tensorflow):
    from object_detection.data_decoders.tf_example_decoder import TfExampleDecoder

    convert(project)
    decoder = TfExampleDecoder(label_map_proto_file=str(project.label_map_path))
    seen = {}
    for split in ("train", "test"):
        for record in tensorflow.data.TFRecordDataset(str(project.record_path(split))):
            decoded = {key: value.numpy() for key, value in decoder.decode(record).items()}
            seen[decoded["filename"].decode()] = decoded
            name = decoded["filename"].decode()
            picture = cv2.imread(str(project.images_dir(split) / name))
            assert (decoded["image"] == picture[:, :, ::-1]).all()
    assert sorted(seen) == ["image001.png", "image002.png", "image003.png"]
    first = seen["image001.png"]
    assert first["groundtruth_classes"].tolist() == [2, 5]
    expected = [[10 / 48, 60 / 96, 40 / 48, 90 / 96], [8 / 48, 5 / 96, 1, 30.5 / 96]]
    np.testing.assert_allclose(first["groundtruth_boxes"], expected, rtol=1e-6)
    assert first["groundtruth_difficult"].tolist() == [False, True]
    assert seen["image002.png"]["groundtruth_boxes"].shape == (0, 4)
    assert seen["image003.png"]["groundtruth_classes"].tolist() == [300]
    assert seen["image003.png"]["groundtruth_boxes"].tolist() == [[0, 0, 1, 1]]


def test_masks_come_back_pixel_by_pixel(project, tensorflow):
    from object_detection.data_decoders.tf_example_decoder import TfExampleDecoder
    from object_detection.protos.input_reader_pb2 import PNG_MASKS

    expected = {}
    for path in project.images_root.rglob("*.xml"):
        masks = []
        for number, box in enumerate(BOXES[path.stem]):
            pixels = np.zeros((48, 96), bool)
            pixels[round(box.ymin) : round(box.ymax) - 2, round(box.xmin) + number :][:, :25] = True
            masks.append(pixels)
        if path.stem == "image003":
            masks = [np.ones((48, 96), bool)]
        expected[path.stem] = masks
        boxes = [replace(box, mask=from_pixels(mask)) for box, mask in zip(BOXES[path.stem], masks)]
        annotation = Annotation("", (96, 48), tuple(boxes))
        if boxes:
            masks_path(path).write_text(to_masks_text(annotation))
    convert(project)
    decoder = TfExampleDecoder(load_instance_masks=True, instance_mask_type=PNG_MASKS)
    for split in ("train", "test"):
        for record in tensorflow.data.TFRecordDataset(str(project.record_path(split))):
            decoded = decoder.decode(record)
            masks = decoded["groundtruth_instance_masks"].numpy()
            wanted = expected[decoded["filename"].numpy().decode().split(".")[0]]
            assert masks.shape == (len(wanted), 48, 96)
            assert all((mask == pixels).all() for mask, pixels in zip(masks, wanted))


def test_records_are_framed_to_the_byte_as_tensorflow_does(tmp_path, tensorflow):
    records = [b"abc", b"", bytes(range(256)) * 999]
    with tensorflow.io.TFRecordWriter(str(tmp_path / "theirs")) as writer:
        for record in records:
            writer.write(record)
    with open(tmp_path / "ours", "wb") as stream:
        for record in records:
            write_record(stream, record)
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()
    assert (tmp_path / "ours").read_bytes()[:19].hex() == "0300000000000000b099490e6162636e57f121"
