"""The work of the course's two scripts, done plainly: `python -m bench.course.convert PROJECT`.

One pass each, as xml_to_csv_tt.py and generate_tfrecord_tt.py do it: no check, nothing atomic.
"""

from __future__ import annotations

import io
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pandas
from PIL import Image


def main() -> None:
    to_csv(Path(sys.argv[1]))
    to_record(Path(sys.argv[1]))


def to_csv(root: Path) -> None:
    for split in ("train", "test"):
        rows = []
        for path in sorted((root / "images" / split).glob("*.xml")):
            tree = ElementTree.parse(path).getroot()
            size = tree.find("size")
            for member in tree.findall("object"):
                box = member.find("bndbox")
                corners = [int(float(box.find(s).text)) for s in ("xmin", "ymin", "xmax", "ymax")]
                rows.append(
                    (
                        tree.find("filename").text,
                        int(size.find("width").text),
                        int(size.find("height").text),
                        member.find("name").text,
                        *corners,
                    )
                )
        columns = ["filename", "width", "height", "class", "xmin", "ymin", "xmax", "ymax"]
        frame = pandas.DataFrame(rows, columns=columns)
        frame.to_csv(root / f"course_{split}_labels.csv", index=None)


def to_record(root: Path) -> None:
    import tensorflow as tf

    ids = {"one": 1, "two": 2}
    for split in ("train", "test"):
        frame = pandas.read_csv(root / f"course_{split}_labels.csv")
        with tf.io.TFRecordWriter(str(root / f"course_{split}.record")) as writer:
            for filename, group in frame.groupby("filename"):
                with tf.io.gfile.GFile(str(root / "images" / split / filename), "rb") as opened:
                    encoded = opened.read()
                width, height = Image.open(io.BytesIO(encoded)).size
                writer.write(example(tf, filename, encoded, width, height, group, ids))


def example(tf, filename, encoded, width, height, group, ids) -> bytes:
    train = tf.train

    def texts(*values):
        return train.Feature(bytes_list=train.BytesList(value=values))

    def integers(*values):
        return train.Feature(int64_list=train.Int64List(value=values))

    def floats(values):
        return train.Feature(float_list=train.FloatList(value=list(values)))

    features = {
        "image/height": integers(height),
        "image/width": integers(width),
        "image/filename": texts(filename.encode()),
        "image/source_id": texts(filename.encode()),
        "image/encoded": texts(encoded),
        "image/format": texts(b"png"),
        "image/object/bbox/xmin": floats(row["xmin"] / width for _, row in group.iterrows()),
        "image/object/bbox/xmax": floats(row["xmax"] / width for _, row in group.iterrows()),
        "image/object/bbox/ymin": floats(row["ymin"] / height for _, row in group.iterrows()),
        "image/object/bbox/ymax": floats(row["ymax"] / height for _, row in group.iterrows()),
        "image/object/class/text": texts(*(name.encode() for name in group["class"])),
        "image/object/class/label": integers(*(ids[name] for name in group["class"])),
    }
    return train.Example(features=train.Features(feature=features)).SerializeToString()


if __name__ == "__main__":
    main()
