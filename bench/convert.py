#!/usr/bin/env python3
"""`tod convert` against the course's two scripts, done plainly with pandas: a ratio, in one run.

    bench/convert.py [--pictures 2000]

Both sides are programs of their own, started in turn, three times each; the best of each counts.
The other side does what xml_to_csv_tt.py and generate_tfrecord_tt.py do, one pass each: no check,
nothing atomic. Here are all the checks. A ratio over 1 says that we are faster. Memory
is the most that `tod convert` ever held.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "src"))
ROUNDS = 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=2000)
    parser.add_argument("--as-the-course", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.as_the_course:
        convert_as_the_course(args.as_the_course)
        return 0
    with tempfile.TemporaryDirectory(prefix="bench-convert-") as folder:
        root = Path(folder) / "cubes"
        make_project(root, args.pictures)
        ours, theirs = [], []
        for _ in range(ROUNDS):
            theirs.append(timed([sys.executable, __file__, "--as-the-course", str(root)]))
            ours.append(
                timed([sys.executable, str(REPOSITORY / "scripts/tod"), "convert", str(root)])
            )
        compare_csv(root)
    peak_mb = peak_memory_mb(ours)
    result = {
        "pictures": args.pictures,
        "tod_s": round(min(seconds for seconds, _ in ours), 2),
        "course_s": round(min(seconds for seconds, _ in theirs), 2),
        "tod_peak_mb": round(peak_mb),
    }
    result["ratio"] = round(result["course_s"] / result["tod_s"], 2)
    print(json.dumps(result))
    return 0 if result["ratio"] >= 1 else 1


def make_project(root: Path, number: int) -> None:
    """Drawn pictures of the camera's size; a hundred are drawn, the rest differ by a comment."""
    from tod_ros import images
    from tod_ros.annotations import Annotation, write_voc
    from tod_ros.labels import LabelMap, write_label_map
    from tod_ros.scene import draw_scene

    write_label_map(root / "training/label_map.pbtxt", LabelMap.from_names(["one", "two"]))
    for split in ("train", "test"):
        (root / "images" / split).mkdir(parents=True)
    drawn = []
    for index in range(number):
        if index < 100:
            scene = draw_scene(index)
            drawn.append((images.encode(scene.image, "png"), scene.boxes))
        content, boxes = drawn[index % len(drawn)]
        folder = root / "images" / ("test" if index % 10 == 9 else "train")
        name = f"image{index:05d}.png"
        (folder / name).write_bytes(with_comment(content, name))
        write_voc(folder / f"image{index:05d}.xml", Annotation(name, (640, 480), tuple(boxes)))


def with_comment(png: bytes, text: str) -> bytes:
    """The same picture in other bytes: a tEXt chunk before IEND."""
    import struct
    import zlib

    body = b"tEXt" + b"Comment\0" + text.encode()
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return png[:-12] + chunk + png[-12:]


def timed(command) -> tuple:
    """Seconds and peak megabytes of a program that must succeed."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "src"), "TF_CPP_MIN_LOG_LEVEL": "3"}
    start = time.perf_counter()
    child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    child.returncode = status
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return seconds, usage.ru_maxrss / 1024


def peak_memory_mb(runs) -> float:
    return max(megabytes for _, megabytes in runs)


def compare_csv(root: Path) -> None:
    """Both sides found the same objects."""
    for split in ("train", "test"):
        ours = (root / "images" / f"{split}_labels.csv").read_text().splitlines()
        theirs = (root / f"course_{split}_labels.csv").read_text().splitlines()
        if sorted(ours) != sorted(theirs):
            raise SystemExit(f"{split}: the two sides did not find the same objects")


def convert_as_the_course(root: Path) -> None:
    """The work of the course's two scripts, re-implemented plainly."""
    import io
    import xml.etree.ElementTree as ElementTree

    import pandas
    from PIL import Image

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
    sys.exit(main())
