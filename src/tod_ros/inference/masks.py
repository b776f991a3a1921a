"""A network's masks, which lie in their boxes, as pixels of the picture.

A Mask R-CNN tells for each box how likely each of its 28x28 points is the object's. The first and
the last point lie on the border of the box: so the OD API cuts the masks that it learns from.
"""

from __future__ import annotations

from typing import Sequence, Tuple

import numpy as np

from tod_ros.mask import Mask, from_part

LEAST_SHARE = 0.5  # from which a pixel is the object's


def placed(
    shares: np.ndarray,
    box_yxyx: Sequence[float],
    seen_wh: Tuple[int, int],
    size_wh: Tuple[int, int],
) -> Mask:
    """The mask of a picture of `size_wh`, from its points [h,w] in a box of 0..1 of `seen_wh`."""
    import cv2  # only where a network has masks

    width, height = size_wh
    ymin, xmin, ymax, xmax = (float(side) for side in box_yxyx)
    left, right = xmin * seen_wh[0], xmax * seen_wh[0]
    top, bottom = ymin * seen_wh[1], ymax * seen_wh[1]
    rows, columns = shares.shape
    across = (columns - 1) / max((xmax - xmin) * (seen_wh[0] - 1), 1e-6)
    down = (rows - 1) / max((ymax - ymin) * (seen_wh[1] - 1), 1e-6)
    x0, x1 = (min(max(round(side), 0), width) for side in (left, right))
    y0, y1 = (min(max(round(side), 0), height) for side in (top, bottom))
    if x1 <= x0 or y1 <= y0:
        return from_part(np.zeros((0, 0)), (0, 0), size_wh)
    start_x = (x0 - xmin * (seen_wh[0] - 1)) * across
    start_y = (y0 - ymin * (seen_wh[1] - 1)) * down
    seen = cv2.warpAffine(
        np.asarray(shares, np.float32),
        np.array([[across, 0, start_x], [0, down, start_y]]),
        (x1 - x0, y1 - y0),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return from_part(seen >= LEAST_SHARE, (x0, y0), size_wh)
