"""Pixels in any encoding of sensor_msgs/Image, turned into BGR of 8 bits.

The named encodings (rgb8, mono16, bayer_rggb8, yuv422, ...) give what cv_bridge gives when asked
for bgr8. The bare OpenCV types (8UC3, ...) name no colours, so cv_bridge refuses them; drivers
that call cv2_to_imgmsg() without an encoding mean OpenCV's own order, and so they are read here:
one channel is grey, three are BGR, four BGRA.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Optional

import cv2
import numpy as np

from tod_ros.errors import ImageError
from tod_ros.names import did_you_mean


@dataclass(frozen=True)
class Encoding:
    """How one pixel is stored, and OpenCV's conversion to BGR (None: it is BGR)."""

    bits: int
    channels: int
    conversion: Optional[int] = None

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(f"u{self.bits // 8}")

    @property
    def pixel_bytes(self) -> int:
        return self.channels * self.bits // 8


def _known() -> Dict[str, Encoding]:
    known = {"yuv422": Encoding(8, 2, cv2.COLOR_YUV2BGR_UYVY)}
    # OpenCV names a Bayer pattern by the second row's second and third pixel, ROS by the first row
    bayer = {
        "rggb": cv2.COLOR_BayerBG2BGR,
        "bggr": cv2.COLOR_BayerRG2BGR,
        "gbrg": cv2.COLOR_BayerGR2BGR,
        "grbg": cv2.COLOR_BayerGB2BGR,
    }
    for bits in (8, 16):
        grey = Encoding(bits, 1, cv2.COLOR_GRAY2BGR)
        bgr = Encoding(bits, 3)
        bgra = Encoding(bits, 4, cv2.COLOR_BGRA2BGR)
        known.update(
            {
                f"mono{bits}": grey,
                f"{bits}UC1": grey,
                f"bgr{bits}": bgr,
                f"{bits}UC3": bgr,
                f"bgra{bits}": bgra,
                f"{bits}UC4": bgra,
                f"rgb{bits}": Encoding(bits, 3, cv2.COLOR_RGB2BGR),
                f"rgba{bits}": Encoding(bits, 4, cv2.COLOR_RGBA2BGR),
            }
        )
        for pattern, conversion in bayer.items():
            known[f"bayer_{pattern}{bits}"] = Encoding(bits, 1, conversion)
    return known


ENCODINGS = _known()


def find(name: str) -> Encoding:
    """The encoding of that name; ImageError with the nearest known one otherwise."""
    if name not in ENCODINGS:
        raise ImageError(
            f"the camera's picture has the unknown encoding {name[:40]!r}"
            f"{did_you_mean(name[:40], ENCODINGS)}"
        )
    return ENCODINGS[name]


def to_bgr(pixels: np.ndarray, encoding: Encoding) -> np.ndarray:
    """`pixels` [height, width, channels] of native byte order as a new BGR array of 8 bits."""
    bgr = np.ascontiguousarray(pixels)
    if encoding.conversion is not None:
        bgr = cv2.cvtColor(bgr, encoding.conversion)
    if encoding.bits == 16:
        bgr = cv2.convertScaleAbs(bgr, alpha=255 / 65535)
    return bgr.copy() if bgr is pixels or bgr.base is not None else bgr
