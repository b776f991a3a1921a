"""The batch norms of a config: whether they learn, and how long their averages remember."""

from __future__ import annotations

from typing import Any, Iterator, List

from tod_ros.pipeline.config_file import architecture, architecture_name

LEAST_DECAY = 0.9
MEMORIES = 50  # a training lasts so many times as long as its averages remember


def learn_batch_norms(config: Any) -> bool:
    """Whether they follow the training: those of SSDs (EfficientDet is one) and CenterNet.

    Those of Faster R-CNN stay as its zoo left them, and so do those that a config freezes.
    """
    kind = architecture_name(config)
    return kind == "center_net" or (kind == "ssd" and not architecture(config).freeze_batchnorm)


def fit_decay(config: Any, steps: int) -> List[str]:
    """Lower each decay to what fits the steps; say so. A decay that fits already stays."""
    wanted = float(f"{max(1 - MEMORIES / max(steps, 1), LEAST_DECAY):.3g}")
    lowered = [norm for norm in batch_norms(config.model) if norm.decay > wanted + 1e-6]
    if not lowered:
        return []
    old = max(norm.decay for norm in lowered)
    for norm in lowered:
        norm.decay = wanted
    return [
        f"batch norm: decay {wanted:g}: with {old:.4g} its averages would still remember their"
        f" start after {steps} steps"
    ]


def batch_norms(message: Any) -> Iterator[Any]:
    """Every BatchNorm that is set in a message, however deep."""
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for inner in value if field.label == field.LABEL_REPEATED else [value]:
            if field.message_type.name == "BatchNorm":
                yield inner
            else:
                yield from batch_norms(inner)
