"""Pixels in any encoding of sensor_msgs/Image, turned into BGR of 8 bits.

The named encodings (rgb8, mono16, bayer_rggb8, yuv422, ...) give what cv_bridge gives when asked
for bgr8. The bare OpenCV types (8UC3, ...) name no colours, so cv_bridge refuses them; drivers
that call cv2_to_imgmsg() without an encoding mean OpenCV's own order, and so they are read here:
one channel is grey, three are BGR, four BGRA.

OpenCV is loaded only for the encodings that mix pixels (see resizing.py for why).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Optional, Tuple

import numpy as np

from tod_ros.errors import ImageError
from tod_ros.text import did_you_mean

BGR, RGB, GREY = (0, 1, 2), (2, 1, 0), (0, 0, 0)


@dataclass(frozen=True)
class Encoding:
    """How one pixel is stored: where its blue, green and red are, or OpenCV's conversion."""

    bits: int
    channels: int
    order: Tuple[int, int, int] = BGR
    conversion: Optional[str] = None

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(f"u{self.bits // 8}")

    @property
    def pixel_bytes(self) -> int:
        return self.channels * self.bits // 8


def _known() -> Dict[str, Encoding]:
    known = {"yuv422": Encoding(8, 2, conversion="COLOR_YUV2BGR_UYVY")}
    # OpenCV names a Bayer pattern by the second row's second and third pixel, ROS by the first row
    bayer = {"rggb": "BG", "bggr": "RG", "gbrg": "GR", "grbg": "GB"}
    for bits in (8, 16):
        grey = Encoding(bits, 1, GREY)
        bgr = Encoding(bits, 3)
        bgra = Encoding(bits, 4)
        known.update(
            {
                f"mono{bits}": grey,
                f"{bits}UC1": grey,
                f"bgr{bits}": bgr,
                f"{bits}UC3": bgr,
                f"bgra{bits}": bgra,
                f"{bits}UC4": bgra,
                f"rgb{bits}": Encoding(bits, 3, RGB),
                f"rgba{bits}": Encoding(bits, 4, RGB),
            }
        )
        for pattern, name in bayer.items():
            conversion = f"COLOR_Bayer{name}2BGR"
            known[f"bayer_{pattern}{bits}"] = Encoding(bits, 1, conversion=conversion)
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
    """`pixels` [height, width, channels] of native byte order as BGR of 8 bits.

    The very same array where it is that already.
    """
    if encoding.conversion is not None:
        import cv2

        bgr = cv2.cvtColor(np.ascontiguousarray(pixels), getattr(cv2, encoding.conversion))
    elif (encoding.channels, encoding.order) == (3, BGR):
        bgr = pixels
    else:
        bgr = np.empty((*pixels.shape[:2], 3), pixels.dtype)
        for colour, channel in enumerate(encoding.order):
            bgr[..., colour] = pixels[..., channel]
    if encoding.bits == 16:
        bgr = np.rint(bgr * np.float32(255 / 65535)).astype(np.uint8)
    return bgr
