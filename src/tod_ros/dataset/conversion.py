"""From annotated pictures to what the Object Detection API trains on: CSV, TFRecords, label map.

Every picture is opened once: checked, and written into a hidden draft. Only when all are well do
the drafts take their places.

It is long because the drafts of all outputs take their places together.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Dict, List, Mapping, Optional, Tuple

from tod_ros.dataset.checks import Checked, check_pictures, mask_faults, sorted_faults
from tod_ros.dataset.formats.coco import to_coco
from tod_ros.dataset.formats.course_csv import to_csv
from tod_ros.dataset.formats.tfrecord import encode_example, shard_paths, write_record
from tod_ros.dataset.label_map import LabelMap, read_label_map, to_text
from tod_ros.dataset.locks import only_one
from tod_ros.dataset.project import SPLITS, Project, pictures
from tod_ros.dataset.samples import (
    Sample,
    Samples,
    count,
    read_project,
    reading_faults,
    without_masks,
)
from tod_ros.errors import (
    Faults,
    LabelMapError,
    ProjectBusy,
    ProjectError,
    ProjectNotWritable,
    SeveralErrors,
)
from tod_ros.files import flush_to_disk, make_folder, remove, replacing
from tod_ros.mask import Mask
from tod_ros.text import Watch, unwatched

PARTS = ("csv", "records", "label-map")
COCO = "coco"


@dataclass(frozen=True)
class Contents:
    """What one split holds."""

    pictures: int
    negatives: int
    boxes: Mapping[str, int]
    most_boxes: int
    masks: int = 0


@dataclass(frozen=True)
class Converted:
    """What was written, and what it holds."""

    label_map: LabelMap
    contents: Mapping[str, Contents]
    written: Tuple[Path, ...] = field(default=())


def convert(
    project: Project,
    *,
    only: Optional[str] = None,
    shards: int = 1,
    masks: bool = True,
    watch: Watch = unwatched,
) -> Converted:
    """Check everything, then write what is asked for (`only`: one of PARTS, or COCO).

    Raises SeveralErrors with every fault of every file, and leaves all as it was. The records get
    the masks of the objects where all have one; `masks` False leaves them out.

    It is long because all outputs are drafts until every picture was checked.
    """
    parts = PARTS if only is None else (only,)
    samples = read_project(project)
    if not masks:
        samples = without_masks(samples)
    _check_enough(project, samples, shards)
    faults = Faults()
    faults.add_all(reading_faults(samples))
    if "records" in parts:
        faults.add_all(mask_faults(samples))
    label_map = _label_map(project, samples, faults)
    try:
        make_folder(project.training_dir)
        busy = ProjectBusy(f"{project.root}: another `tod convert` is at work on it")
        with only_one(
            project.training_dir / ".convert.lock", busy
        ), contextlib.ExitStack() as drafts:
            _remove_leftovers(project)
            files = _Drafts(drafts)
            streams = _open_records(files, project, shards) if "records" in parts else {}
            turns = dict.fromkeys(SPLITS, 0)
            for checked in watch(check_pictures(samples, label_map), count(samples)):
                faults.add_all(checked.faults)
                if streams and not faults:
                    _write_picture(streams[checked.split], turns, checked, label_map)
            if faults:
                raise SeveralErrors(sorted_faults(faults))
            _write_texts(files, project, samples, label_map, parts)
            files.finish()
            if streams:
                _remove_other_records(project, files.targets)
    except OSError as error:
        raise ProjectNotWritable(
            f"{error.filename or project.training_dir}: cannot be written ({error.strerror})"
        ) from None
    contents = {split: contents_of(samples[split].good) for split in SPLITS}
    return Converted(label_map, contents, tuple(sorted(files.targets)))


def contents_of(samples: Tuple[Sample, ...]) -> Contents:
    sizes = [len(sample.annotation.boxes) for sample in samples]
    boxes = [box for sample in samples for box in sample.annotation.boxes]
    names = Counter(box.name for box in boxes)
    most, masks = max(sizes, default=0), sum(box.mask is not None for box in boxes)
    return Contents(len(sizes), sizes.count(0), dict(sorted(names.items())), most, masks)


class _Drafts:
    """Files that will take their places together, when `drafts` is left without an error."""

    def __init__(self, drafts: contextlib.ExitStack):
        self._stack = drafts
        self._open: List[Tuple[Path, BinaryIO]] = []
        self.targets: List[Path] = []

    def open(self, target: Path) -> BinaryIO:
        draft = self._stack.enter_context(replacing(target))
        stream = self._stack.enter_context(draft.open("wb"))
        self._open.append((draft, stream))
        self.targets.append(target)
        return stream

    def finish(self) -> None:
        """All of it on the disk: a disk that is full says so before anything is replaced."""
        for draft, stream in self._open:
            stream.close()
            flush_to_disk(draft)


def _check_enough(project: Project, samples: Mapping[str, Samples], shards: int) -> None:
    train = samples["train"]
    if not train.good and not train.faults:
        loose = pictures(project.images_root)
        mend = (
            f"run `tod split {project.root}`" if loose else "take some, or `tod synth` draws some"
        )
        raise ProjectError(f"{project.images_dir('train')}: no pictures to train on; {mend}")
    if shards > max(1, len(train.good)) and not train.faults:
        raise ProjectError(
            f"{project.images_dir('train')}: {len(train.good)} pictures cannot fill {shards}"
            f" shards; ask for --shards {len(train.good)} at most"
        )


def _label_map(project: Project, samples: Mapping[str, Samples], faults: Faults) -> LabelMap:
    """The project's own; else one made of the classes found, in their natural order."""
    if project.label_map_path.exists():
        try:
            return read_label_map(project.label_map_path)
        except LabelMapError as fault:  # reported with all the others
            faults.add(fault)
    good = [sample for split in SPLITS for sample in samples[split].good]
    names = sorted({b.name for s in good for b in s.annotation.boxes}, key=_natural)
    if not names and not faults:
        raise ProjectError(
            f"{project.label_map_path}: no such label map, and no annotation names a class;"
            f" `tod init {project.root} --class NAME` writes one"
        )
    return LabelMap.from_names(names)


def _natural(name: str) -> List[Tuple[int, str]]:
    """Sorts 2 before 10, and both before letters."""
    pieces = re.findall(r"[0-9]+|[^0-9]+", name)
    return [(int(piece), "") if piece[0] in "0123456789" else (2**63, piece) for piece in pieces]


def _open_records(files: _Drafts, project: Project, shards: int) -> Dict[str, List[BinaryIO]]:
    """Only training is shared out among machines: the test set stays one file."""
    return {
        split: [files.open(path) for path in shard_paths(project.record_path(split), number)]
        for split, number in (("train", shards), ("test", 1))
    }


def _write_picture(
    streams: List[BinaryIO], turns: Dict[str, int], checked: Checked, label_map: LabelMap
) -> None:
    picture = checked.picture
    assert picture is not None  # it has no faults
    content, kind, sha256 = picture.content, picture.format, checked.sha256
    if not picture.is_upright:  # TensorFlow's decoder would show it lying on its side
        content, kind, sha256 = _upright_png(checked.sample.picture), "png", ""
    annotation = checked.sample.annotation
    masks = [_mask_png(box.mask) for box in annotation.boxes if box.mask is not None]
    example = encode_example(annotation, label_map, content, kind, sha256, masks)
    write_record(streams[turns[checked.split] % len(streams)], example)
    turns[checked.split] += 1


def _mask_png(mask: Mask) -> bytes:
    from tod_ros.images.image_file import encode

    return encode(mask.pixels().astype("uint8"), "png")


def _upright_png(path: Path) -> bytes:
    # OpenCV's import costs more than converting many pictures
    from tod_ros.images.image_file import encode, read_image

    return encode(read_image(path), "png")


def _write_texts(
    files: _Drafts,
    project: Project,
    samples: Mapping[str, Samples],
    label_map: LabelMap,
    parts: Tuple[str, ...],
) -> None:
    if "csv" in parts:
        for split in SPLITS:
            annotations = (sample.annotation for sample in samples[split].good)
            files.open(project.csv_path(split)).write(to_csv(annotations).encode())
    if COCO in parts:
        for split in SPLITS:
            annotations = (sample.annotation for sample in samples[split].good)
            text = to_coco(annotations, label_map, folder=split)
            files.open(project.coco_path(split)).write(text.encode())
    # One that exists is the user's: it gave the ids, and may hold comments
    if "label-map" in parts and not project.label_map_path.exists():
        files.open(project.label_map_path).write(to_text(label_map).encode())


def _remove_leftovers(project: Project) -> None:
    """Drafts of records that a killed conversion left, as large as the data itself."""
    for draft in project.training_dir.glob(".draft-*.record*"):
        remove(draft)


def _remove_other_records(project: Project, written: List[Path]) -> None:
    """Records of another number of shards, which would be trained on as well."""
    for split in SPLITS:
        for path in project.record_files(split):
            if path not in written:
                remove(path)
