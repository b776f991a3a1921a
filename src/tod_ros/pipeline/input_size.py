"""The size in which a network is shown the pictures: large enough for its objects."""

from __future__ import annotations

from typing import Any, List, Optional, Tuple

from tod_ros.errors import SettingError
from tod_ros.pipeline.config_file import architecture, architecture_name, input_size_hw
from tod_ros.pipeline.object_sizes import ObjectSizes

# Pixels of an object's shorter side: three cells of the finest feature map of most SSDs. 130 real
# pictures of objects of 13 pixels and more gave a recall of .96, and .99 enlarged by 1.4.
SMALL = 24
MANY, FEW = 0.5, 0.05  # share of small objects from which the input grows; under which it is right
GROWTH = (1.4, 2, 2.8)
BEYOND = 1.5  # how much larger than the pictures themselves an input may get
LARGEST = 1024  # pixels: beyond it a step takes minutes on an ordinary computer
LEAST, MOST = 64, 1536  # that --input takes


def fit_input(config: Any, objects: Optional[ObjectSizes], wanted: Optional[int]) -> List[str]:
    """Set the input of `config` to `wanted` pixels, or to what the objects need; say why."""
    stock = input_size_hw(config)
    if wanted is not None:
        _resize(config, _asked(config, stock, wanted))
        return [_line(config, objects, "as asked for")]
    if objects is None or not objects.sizes_wh or not all(stock):
        return []
    share = objects.share_under(SMALL, stock)
    if share < MANY:
        return [_line(config, objects, "as it was: few objects are smaller than that")]
    _resize(config, _grown(config, stock, objects))
    if input_size_hw(config) == stock:
        return [_line(config, objects, "as it was: the pictures themselves are no larger")]
    (height, width), (new_height, new_width) = stock, input_size_hw(config)
    longer = new_height * new_width / (height * width)
    there = f"at {width}x{height} that would be {share:.0%} of them"
    cost = f"a picture takes about {longer:.0f} times as long as there (--input N: another size)"
    return [_line(config, objects, f"{there}; {cost}")]


def _line(config: Any, objects: Optional[ObjectSizes], reason: str) -> str:
    height, width = input_size_hw(config)
    if objects is None or not objects.sizes_wh:
        return f"input: {width}x{height}, {reason}"
    sides = sorted(objects.at((height, width)).min(axis=1))
    share = objects.share_under(SMALL, (height, width))
    return (
        f"input: {width}x{height}; the objects' shorter sides are {sides[0]:.0f} to {sides[-1]:.0f}"
        f" pixels there, {share:.0%} of them under {SMALL}; {reason}"
    )


def _grown(config: Any, stock_hw: Tuple[int, int], objects: ObjectSizes) -> Tuple[int, int]:
    """The smallest input with few small objects; never far beyond the pictures' own."""
    best = stock_hw
    for growth in GROWTH:
        larger = tuple(_whole_cells(config, side * growth) for side in stock_hw)
        if max(larger) > min(LARGEST, max(objects.picture_wh) * BEYOND):
            break
        best = (larger[0], larger[1])
        if objects.share_under(SMALL, best) < FEW:
            break
    return best


def _asked(config: Any, stock_hw: Tuple[int, int], wanted: int) -> Tuple[int, int]:
    cells = _cells(config)
    least = max(LEAST, 2 * cells if cells > LEAST else cells)  # their coarsest map has two cells
    if not least <= wanted <= MOST or wanted % cells:
        raise SettingError(
            f"--input is {wanted}, must be a multiple of {cells} from {least} to {MOST}"
        )
    if not all(stock_hw):
        raise SettingError("--input: this network takes pictures of any size; leave it out")
    scale = wanted / max(stock_hw)
    height, width = (_whole_cells(config, side * scale) for side in stock_hw)
    return height, width


def _resize(config: Any, size_hw: Tuple[int, int]) -> None:
    resizer = architecture(config).image_resizer
    if resizer.WhichOneof("image_resizer_oneof") == "fixed_shape_resizer":
        resizer.fixed_shape_resizer.height, resizer.fixed_shape_resizer.width = size_hw
        return
    limits = resizer.keep_aspect_ratio_resizer
    if limits.pad_to_max_dimension:
        scale = max(size_hw) / limits.max_dimension
        limits.min_dimension = round(limits.min_dimension * scale)
        limits.max_dimension = max(size_hw)
    else:
        limits.min_dimension, limits.max_dimension = min(size_hw), max(size_hw)


def _cells(config: Any) -> int:
    """What the sides of the input must be a multiple of, for the feature maps to fit together."""
    coarse = architecture_name(config) == "center_net" or "bifpn" in (
        architecture(config).feature_extractor.type
    )
    return 128 if coarse else 32


def _whole_cells(config: Any, side: float) -> int:
    cells = _cells(config)
    return max(round(side / cells), 1) * cells
