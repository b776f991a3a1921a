"""What the archived Object Detection API ("OD API") still expects of TensorFlow, supplied.

Import this module, and call prepare(), before anything of `object_detection`:

* its generated files are of protobuf 3, which protobuf 4 refuses (pipeline/api_protos.py);
* its record decoder (tf-slim) asks `control_flow_ops` for `case` and `cond`, which TensorFlow
  2.13 moved away;
* it hands Keras a learning rate that is a function of the step. Since TensorFlow 2.11 Keras
  calls such a function once and keeps the answer, so that the rate stays for ever where the
  schedule begins, in the warm-up. The optimizers that ask at every step are Keras' `legacy` ones;
* it asks Pillow's fonts for `getsize`, gone since Pillow 10, where it draws what it evaluates;
* it has no backbone for Faster and Mask R-CNN that learns in minutes: small_backbone.py is one;
* it has none that sees dark pictures as bright ones: even_light.py is one.
"""

from __future__ import annotations

import logging
import os
from types import SimpleNamespace
from typing import Any, Tuple

from PIL import ImageFont

from tod_ros.errors import RuntimeMissingError
from tod_ros.inference.quick_imports import collecting_nothing
from tod_ros.pipeline.api_protos import accept_old_files
from tod_ros.pipeline.api_source import check_source
from tod_ros.pipeline.config_file import architecture_name
from tod_ros.shipped import how_to_add
from tod_ros.training.od_api_private import put_back_control_flow, trace_as_written

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # on a machine without GPU: three lines of E


@collecting_nothing()
def prepare() -> None:
    """Make the OD API importable and able to train on the TensorFlow that is installed."""
    check_source()
    try:
        import google.protobuf
        import tensorflow  # noqa: F401  # said here where it is missing
    except ImportError as error:
        raise RuntimeMissingError(
            f"TensorFlow cannot be imported ({error}); {how_to_add(needs_training=True)}"
        ) from None
    if int(google.protobuf.__version__.split(".")[0]) > 4:
        raise RuntimeMissingError(
            f"protobuf {google.protobuf.__version__} does not fit TensorFlow 2.15,"
            f" it must be 4.25 or 3.20; {how_to_add(needs_training=True)}"
        )
    accept_old_files()
    put_back_control_flow()
    try:
        from object_detection.builders import optimizer_builder
    except ImportError as error:
        raise RuntimeMissingError(
            f"the OD API cannot be imported ({error}); {how_to_add(needs_training=True)}"
        ) from None
    if not isinstance(optimizer_builder.tf, _LegacyOptimizers):
        optimizer_builder.tf = _LegacyOptimizers(optimizer_builder.tf)
    _put_back_getsize()
    _add_extractors()
    logging.getLogger("tensorflow").setLevel(logging.INFO)


def _add_extractors() -> None:
    from tod_ros.training import even_light, small_backbone

    even_light.register()
    small_backbone.register()


def _put_back_getsize() -> None:
    if not hasattr(ImageFont.FreeTypeFont, "getsize"):
        ImageFont.FreeTypeFont.getsize = _size_of_text  # type: ignore[attr-defined]


def prepare_for(config: Any) -> None:
    """As prepare(), and set how the network of `config` is to be traced."""
    prepare()
    trace_as_written(architecture_name(config) != "center_net")


def _size_of_text(font: Any, text: str) -> Tuple[int, int]:
    _, _, right, bottom = font.getbbox(text)
    return right, bottom


class _LegacyOptimizers:
    """The TensorFlow that the OD API's optimizer builder sees."""

    def __init__(self, tensorflow: Any):
        from tensorflow.keras.optimizers import legacy

        self._tensorflow = tensorflow
        self.keras = SimpleNamespace(optimizers=legacy)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tensorflow, name)
