"""What a pipeline.config says, value by value: before and after, and what is still to be filled in.

A value is (path, text), such as ("train_config.batch_size", "4").
"""

from __future__ import annotations

from typing import Any, Iterable, List, Mapping, Tuple

from tod_ros.pipeline.config_file import TO_BE_CONFIGURED, architecture_name


def table(before: Any, after: Any) -> List[Tuple[str, str, str]]:
    """Rows of (name, as it was, as it is): the course's values, then whatever else changed."""
    old, new = dict(flat(before)), dict(flat(after))
    course = course_paths(after)
    changed = [path for path in _ordered(old, new) if old.get(path) != new.get(path)]
    rows = course + [path for path in changed if path not in course]
    return [(path, old.get(path, "-"), new.get(path, "-")) for path in rows]


def course_paths(config: Any) -> List[str]:
    """The course's table for this architecture, in its order."""
    kind = architecture_name(config)
    model = f"model.{kind}"
    if kind == "center_net":
        most = [f"{model}.object_center_params.max_box_predictions"]
    else:
        group = "second_stage_post_processing" if kind == "faster_rcnn" else "post_processing"
        suppression = f"{model}.{group}.batch_non_max_suppression"
        most = [f"{suppression}.max_detections_per_class", f"{suppression}.max_total_detections"]
    train = [
        f"train_config.{name}"
        for name in (
            "batch_size",
            "num_steps",
            "fine_tune_checkpoint",
            "fine_tune_checkpoint_type",
            "max_number_of_boxes",
            "use_bfloat16",
        )
    ]
    readers = [
        f"{reader}.{name}"
        for reader in ("train_input_reader", "eval_input_reader[0]")
        for name in ("label_map_path", "tf_record_input_reader.input_path[0]")
    ]
    return [f"{model}.num_classes", *most, *train, *readers]


def flat(config: Any, prefix: str = "") -> Iterable[Tuple[str, str]]:
    """Every value that is set, as (path, text), in the order of the protobuf."""
    for field, value in config.ListFields():
        path = f"{prefix}{field.name}"
        items: Mapping[str, Any] = {path: value}
        if field.label == field.LABEL_REPEATED:
            items = {f"{path}[{place}]": item for place, item in enumerate(value)}
        for name, item in items.items():
            if field.message_type is not None:
                inner = list(flat(item, f"{name}."))
                yield from inner or [(name, "{}")]
            else:
                yield name, _as_text(field, item)


def unfinished(config: Any) -> List[str]:
    """The paths that still say PATH_TO_BE_CONFIGURED."""
    return [path for path, text in flat(config) if TO_BE_CONFIGURED in text]


def _as_text(field: Any, value: Any) -> str:
    if field.enum_type is not None:
        return str(field.enum_type.values_by_number[value].name)
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _ordered(old: Mapping[str, str], new: Mapping[str, str]) -> List[str]:
    return [*old, *(path for path in new if path not in old)]
