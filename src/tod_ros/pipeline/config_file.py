"""pipeline.config through the OD API's protobufs: read, written, one value at a time.

A value's path is its fields with dots between, as they stand in the file:
`train_config.batch_size`, `model.ssd.image_resizer.fixed_shape_resizer.height`,
`eval_input_reader[0].tf_record_input_reader.input_path[0]`.

It is long because it turns protobuf's errors into words.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any, List, Tuple

from tod_ros.errors import PipelineError, RuntimeMissingError
from tod_ros.files import PathLike, make_folder, read_bounded, write_text
from tod_ros.pipeline.api_protos import accept_old_files
from tod_ros.pipeline.api_source import check_source
from tod_ros.shipped import how_to_add
from tod_ros.text import did_you_mean, one_line

TO_BE_CONFIGURED = "PATH_TO_BE_CONFIGURED"
MAX_BYTES = 1_000_000  # the zoo's are under 20 kB
MOST_SHOWN = 300  # of what the parser says, which may repeat the file


def read_pipeline(path: PathLike) -> Any:
    """A TrainEvalPipelineConfig; PipelineError names the file, the line and the fault."""
    if not os.path.lexists(path):
        raise PipelineError(f"{path}: no such pipeline.config, write it with `tod configure`")
    too_large = f"{MAX_BYTES // 1_000_000} MB, this is no pipeline.config"
    content = read_bounded(path, MAX_BYTES, PipelineError, too_large)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PipelineError(f"{path}: cannot be read ({error})") from None
    return parse_pipeline(text, source=str(path))


def parse_pipeline(text: str, source: str = "pipeline.config") -> Any:
    """Parse the text of a pipeline.config; `source` is what messages call it.

    The zoo's own configs name readers that only Google has; those readers are left out.
    """
    text_format, new_config = _protobufs()
    config = new_config()
    try:
        text_format.Parse(_without_google_readers(text), config)
    except (text_format.ParseError, RecursionError, ValueError) as error:
        fault = one_line(error, MOST_SHOWN)
        raise PipelineError(f"{source}: no pipeline.config of the OD API ({fault})") from None
    if config.model.WhichOneof("model") is None:
        raise PipelineError(f"{source}: names no network (model {{ ... }})")
    return config


def write_pipeline(path: PathLike, config: Any) -> None:
    text_format, _ = _protobufs()
    make_folder(Path(path).parent)
    write_text(path, text_format.MessageToString(config))


def architecture(config: Any) -> Any:
    """The part of the config that is the network: its ssd, faster_rcnn or center_net."""
    return getattr(config.model, architecture_name(config))


def architecture_name(config: Any) -> str:
    return str(config.model.WhichOneof("model"))


def input_size_hw(config: Any) -> Tuple[int, int]:
    """The largest picture the network is shown."""
    resizer = architecture(config).image_resizer
    kind = resizer.WhichOneof("image_resizer_oneof")
    if kind == "fixed_shape_resizer":
        return resizer.fixed_shape_resizer.height, resizer.fixed_shape_resizer.width
    if kind == "keep_aspect_ratio_resizer":
        size = resizer.keep_aspect_ratio_resizer
        if size.pad_to_max_dimension:
            return size.max_dimension, size.max_dimension
        return size.min_dimension, size.max_dimension
    return 0, 0


def get_value(config: Any, path: str) -> Any:
    message, field, index = _find(config, path)
    value = getattr(message, field.name)
    return value if index is None else value[index]


def set_value(config: Any, path: str, text: str) -> None:
    """Set one value from its text; PipelineError tells what the field would take."""
    message, field, index = _find(config, path)
    if field.message_type is not None:
        known = [f.name for f in field.message_type.fields]
        raise PipelineError(f"{path} is a group, name a value in it ({', '.join(known)})")
    value = _from_text(field, text, path)
    if field.label != field.LABEL_REPEATED:
        setattr(message, field.name, value)
        return
    values = getattr(message, field.name)
    if index is None:
        del values[:]
        values.append(value)
    else:
        values[index] = value


def _protobufs() -> Tuple[Any, Any]:
    """Imported when a config is read, so that `tod --help` works without the OD API."""
    if "object_detection" not in sys.modules:
        check_source()
    try:
        from google.protobuf import text_format

        accept_old_files()
        from object_detection.protos import pipeline_pb2
    except (ImportError, TypeError) as error:  # protobuf answers files too old with a TypeError
        raise RuntimeMissingError(
            f"the Object Detection API's protobufs cannot be imported ({error});"
            f" {how_to_add(needs_training=True)}"
        ) from None
    return text_format, pipeline_pb2.TrainEvalPipelineConfig


def _find(config: Any, path: str) -> Tuple[Any, Any, Any]:
    """The message that holds the value, the value's field, and its place in a list or None."""
    message = config
    steps = _steps(path)
    for number, (name, index) in enumerate(steps):
        field = message.DESCRIPTOR.fields_by_name.get(name)
        if field is None:
            known = [f.name for f in message.DESCRIPTOR.fields]
            raise PipelineError(f"{path}: no value {name!r} there{did_you_mean(name, known)}")
        _check_index(message, field, index, path)
        if number == len(steps) - 1:
            return message, field, index
        if field.message_type is None:
            raise PipelineError(f"{path}: {name!r} is a value, nothing is inside it")
        message = _inside(message, field, index, path)
    raise PipelineError("an empty path; write it as in train_config.batch_size=4")


def _steps(path: str) -> List[Tuple[str, Any]]:
    steps = []
    for part in path.split("."):
        match = re.fullmatch(r"(\w+)(?:\[(\d+)\])?", part)
        if match is None:
            raise PipelineError(f"{path!r} is no path; write it as in train_config.batch_size")
        steps.append((match.group(1), None if match.group(2) is None else int(match.group(2))))
    return steps


def _check_index(message: Any, field: Any, index: Any, path: str) -> None:
    if index is None:
        return
    if field.label != field.LABEL_REPEATED:
        raise PipelineError(f"{path}: {field.name!r} is no list, leave [{index}] out")
    count = len(getattr(message, field.name))
    if index >= count:
        raise PipelineError(f"{path}: {field.name!r} has {count} entries, counted from [0]")


def _inside(message: Any, field: Any, index: Any, path: str) -> Any:
    if field.label != field.LABEL_REPEATED:
        return getattr(message, field.name)
    values = getattr(message, field.name)
    if index is None and len(values) != 1:
        raise PipelineError(f"{path}: {field.name!r} has {len(values)} entries, say which: [0]")
    return values[index or 0]


def _from_text(field: Any, text: str, path: str) -> Any:
    kind = field.cpp_type
    if kind == field.CPPTYPE_STRING:
        return text
    if kind == field.CPPTYPE_BOOL:
        if text.lower() in ("true", "false"):
            return text.lower() == "true"
        raise PipelineError(f"{path}={text}: must be true or false")
    if kind == field.CPPTYPE_ENUM:
        known = field.enum_type.values_by_name
        if text in known:
            return known[text].number
        raise PipelineError(f"{path}={text}: unknown{did_you_mean(text, known)}")
    if kind in (field.CPPTYPE_FLOAT, field.CPPTYPE_DOUBLE):
        try:
            return float(text)
        except ValueError:
            raise PipelineError(f"{path}={text}: must be a number") from None
    least = 0 if kind in (field.CPPTYPE_UINT32, field.CPPTYPE_UINT64) else -(2**31)
    if not re.fullmatch(r"[-+]?\d{1,10}", text) or not least <= int(text) < 2**31:
        raise PipelineError(f"{path}={text}: must be a whole number from {least}")
    return int(text)


def _without_google_readers(text: str) -> str:
    """The text without its `external_input_reader { [object_detection...] {...} }`."""
    kept: List[str] = []
    position = 0
    while True:
        start = re.compile(r"external_input_reader\s*:?\s*\{").search(text, position)
        if start is None:
            return "".join([*kept, text[position:]])
        kept.append(text[position : start.start()])
        depth, position = 1, start.end()
        while depth and position < len(text):
            depth += {"{": 1, "}": -1}.get(text[position], 0)
            position += 1


def shown_size_hw(config: Any, picture_wh: Tuple[int, int]) -> Tuple[int, int]:
    """The size a picture has when the network sees it, before any padding.

    Networks that keep the aspect ratio get a LiteRT twin for pictures of the project's shape.
    """
    resizer = architecture(config).image_resizer
    if resizer.WhichOneof("image_resizer_oneof") != "keep_aspect_ratio_resizer":
        return input_size_hw(config)
    limits = resizer.keep_aspect_ratio_resizer
    width, height = picture_wh
    scale = limits.min_dimension / min(width, height)
    if round(max(width, height) * scale) > limits.max_dimension:
        scale = limits.max_dimension / max(width, height)
    return round(height * scale), round(width * scale)
