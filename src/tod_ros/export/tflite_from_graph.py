"""A model.tflite from nothing but the graph of a frozen SavedModel of the OD API.

Where the network itself is at hand, freezing.save_tflite is the better way. Here the graph is cut
where its boxes are decoded and their overlaps not yet suppressed (an SSD exports those arrays too),
or at its end (a CenterNet suppresses nothing). Its input is fixed to the size of the network, and
of the loop over the pictures of a batch only what it does with one picture is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, Mapping, Optional, Sequence, Tuple

from tod_ros.errors import ModelError
from tod_ros.export.tflite import convert
from tod_ros.training.od_api_private import graph_of_function

SSD = ("raw_detection_boxes", "raw_detection_scores")
CENTER_NET = ("detection_boxes", "detection_scores", "detection_classes")
SECOND_STAGE = ("NonMaxSuppression", "CombinedNonMaxSuppression", "CropAndResize")
SizeHw = Tuple[int, int]


@dataclass(frozen=True)
class Loop:
    """Shows the network each picture of a batch at its size.

    Batches go in, and come out: the pictures, and their shapes, which not every network uses. In
    its body a picture goes in, and the same two come out.
    """

    batch_in: str
    batch_out: Mapping[Any, str]
    body: Any
    picture_in: str
    picture_out: Mapping[Any, str]


def save_tflite_of_graph(
    frozen: Any,
    names: Sequence[str],
    classes: int,
    path: Path,
    shown_hw: Optional[SizeHw] = None,
    padded_hw: Optional[SizeHw] = None,
) -> Tuple[SizeHw, Dict[str, int]]:
    """Convert for LiteRT; returns the size (height, width) it takes, and the outputs' places.

    `frozen` is flat, `names` are those of its outputs. Where no pipeline.config has told the size
    that pictures are shown in, and padded to, it is read from the graph. ModelError says why it
    cannot be.

    It is long because each step of the conversion can fail in its own words.
    """
    import tensorflow as tf

    outputs = dict(zip(names, (tensor.name for tensor in frozen.outputs)))
    wanted = SSD if all(name in outputs for name in SSD) else CENTER_NET
    graph = _sub_graph(frozen.graph.as_graph_def(), [outputs[name] for name in wanted])
    (given,) = frozen.inputs
    loop = _batch_loop(graph)
    size_hw = shown_hw or _fixed_hw(given) or _resized_hw(graph)
    larger_hw = padded_hw or size_hw
    _refuse_a_second_stage(graph)

    @tf.function(input_signature=[tf.TensorSpec([1, *size_hw, 3], tf.float32, name="image")])
    def run(image: Any) -> Dict[str, Any]:
        picture = image if given.dtype.is_floating else tf.cast(tf.round(image), given.dtype)
        fed = {given.name: picture}
        if loop is not None:
            fed.update(_body_alone(graph, loop, fed, larger_hw))
        boxes, scores, *labels = tf.graph_util.import_graph_def(
            graph, fed, [outputs[name] for name in wanted]
        )
        if labels:
            return _one_score_a_class(boxes, scores, labels[0], classes)
        scale = [whole / part for whole, part in zip(larger_hw, size_hw)]
        return _without_background(boxes, scores, classes, scale)

    return size_hw, convert(run.get_concrete_function(), path)


def _sub_graph(graph: Any, outputs: Sequence[str]) -> Any:
    """What the outputs depend on; without the control inputs, which tie them to every check."""
    import tensorflow as tf

    for node in graph.node:
        node.input[:] = [name for name in node.input if not name.startswith("^")]
    ends = [name.split(":")[0] for name in outputs]
    return tf.compat.v1.graph_util.extract_sub_graph(graph, ends)


def _without_background(boxes: Any, scores: Any, classes: int, scale: Any) -> Dict[str, Any]:
    import tensorflow as tf

    background = scores.shape[-1] - classes
    if background not in (0, 1):
        raise ModelError(
            f"the network scores {scores.shape[-1]} classes, the label map has {classes}"
        )
    boxes = boxes * tf.constant(scale * 2, tf.float32)
    return {"boxes": tf.reshape(boxes, [1, -1, 4]), "scores": scores[:, :, background:]}


def _one_score_a_class(boxes: Any, scores: Any, labels: Any, classes: int) -> Dict[str, Any]:
    import tensorflow as tf

    columns = tf.one_hot(tf.cast(labels, tf.int32) - 1, classes)
    return {"boxes": boxes, "scores": columns * scores[..., tf.newaxis]}


def _batch_loop(graph: Any) -> Optional[Loop]:
    """The one loop of the graph, as the OD API's exporter writes it."""
    loops = [node for node in graph.node if node.op in ("While", "StatelessWhile")]
    if not loops:
        return None
    functions = {function.signature.name: function for function in graph.library.function}
    body = graph_of_function(functions[loops[0].attr["body"].func.name])
    given = [node for node in graph.node if node.op == "TensorListFromTensor"]
    got = [node for node in body.node if node.op == "TensorListGetItem"]
    batch_out = _by_type(graph, "TensorListStack", lambda node: f"{node.name}:0")
    picture_out = _by_type(body, "TensorListSetItem", lambda node: _whole_name(node.input[2]))
    if len(loops) != 1 or len(given) != 1 or len(got) != 1 or not set(batch_out) <= {*picture_out}:
        raise ModelError(
            f"its graph has loops ({len(loops)}) that LiteRT cannot run; LiteRT takes SSD and"
            " CenterNet networks as the Object Detection API exports them"
        )
    batch_in = _whole_name(given[0].input[0])
    return Loop(batch_in, batch_out, body, f"{got[0].name}:0", picture_out)


def _by_type(graph: Any, op: str, name: Callable[[Any], str]) -> Dict[int, str]:
    return {node.attr["element_dtype"].type: name(node) for node in graph.node if node.op == op}


def _body_alone(graph: Any, loop: Loop, fed: Mapping[str, Any], size_hw: SizeHw) -> Dict[str, Any]:
    """What the loop makes of a batch of one picture, by the names it goes by behind the loop."""
    import tensorflow as tf

    (batch,) = tf.graph_util.import_graph_def(graph, fed, [loop.batch_in])
    names = [loop.picture_out[kind] for kind in loop.batch_out]
    made = tf.graph_util.import_graph_def(loop.body, {loop.picture_in: batch[0]}, names)
    batches = dict(zip(loop.batch_out.values(), (one[tf.newaxis] for one in made)))
    for name, tensor in batches.items():
        if tensor.dtype == tf.float32:
            batches[name] = tf.ensure_shape(tensor, [1, *size_hw, 3])
    return batches


def _refuse_a_second_stage(graph: Any) -> None:
    for node in graph.node:
        if node.op.startswith(SECOND_STAGE):
            raise ModelError(
                f"LiteRT takes SSD and CenterNet networks; this one needs {node.op} for its boxes"
            )


def _fixed_hw(given: Any) -> Optional[SizeHw]:
    height, width = given.shape[1:3]
    return (height, width) if height and width else None


def _resized_hw(graph: Any) -> SizeHw:
    """The size that the graph, or its loop, resizes pictures to."""
    import tensorflow as tf

    for nodes in (*(function.node_def for function in graph.library.function), graph.node):
        constants = {node.name: node for node in nodes if node.op == "Const"}
        for node in nodes:
            size = constants.get(node.input[1].split(":")[0]) if _resizes(node) else None
            if size is not None:
                height, width = tf.make_ndarray(size.attr["value"].tensor).tolist()
                return int(height), int(width)
    raise ModelError(
        "the graph does not tell the size of picture its network takes; put the network's"
        " pipeline.config beside saved_model/"
    )


def _resizes(node: Any) -> bool:
    return bool(node.op.startswith("Resize") and len(node.input) > 1)


def _whole_name(name: str) -> str:
    return name if ":" in name else f"{name}:0"
