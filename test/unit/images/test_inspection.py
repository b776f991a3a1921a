import zlib

import cv2
import numpy as np
import pytest

from tod_ros.errors import ImageError
from tod_ros.images.inspection import read_picture_file

RNG = np.random.default_rng(3)
BGR = RNG.integers(0, 255, (60, 160, 3), np.uint8)


def jpeg(bgr=BGR, *options):
    return cv2.imencode(".jpg", bgr, list(options))[1].tobytes()


def with_segment(content, body, kind=0xEF):
    """The JPEG with a segment of a camera's own, right after its start."""
    return (
        content[:2] + bytes([0xFF, kind]) + (len(body) + 2).to_bytes(2, "big") + body + content[2:]
    )


def read(tmp_path, content):
    path = tmp_path / "image001.jpg"
    path.write_bytes(content)
    return read_picture_file(path)


@pytest.mark.parametrize(
    "content",
    [
        jpeg(),
        jpeg(BGR, cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
        jpeg(BGR[:, :, 0]),
        with_segment(jpeg(), jpeg(BGR[:20, :20])),
        jpeg()[:2] + b"\xff\xff" + jpeg()[2:],
        jpeg() + b"what some cameras write behind it",
    ],
    ids=["plain", "progressive", "grey", "thumbnail", "padding", "more behind"],
)
def test_a_whole_jpeg_is_taken_with_its_size(tmp_path, content):
    assert read(tmp_path, content).size_wh == (160, 60)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.999])
@pytest.mark.parametrize("thumbnail", [b"", jpeg(BGR[:20, :20])], ids=["bare", "thumbnail"])
def test_a_jpeg_that_is_cut_off_is_refused_also_where_its_thumbnail_is_whole(
    tmp_path, thumbnail, kept
):
    head, tail = with_segment(jpeg(), thumbnail)[: len(thumbnail) + 6], jpeg()[2:]
    with pytest.raises(ImageError, match="image001.jpg: is (cut off|a broken JPEG)"):
        read(tmp_path, head + tail[: int(len(tail) * kept)])


def png_of(depth, colours, *rest):
    """A PNG whose head says so, with its right checksum; its pixels are those of another."""
    whole = cv2.imencode(".png", BGR)[1].tobytes()
    head = b"IHDR" + whole[16:24] + bytes([depth, colours, *(rest or (0, 0, 0))])
    return whole[:12] + head + zlib.crc32(head).to_bytes(4, "big") + whole[33:]


@pytest.mark.parametrize(("depth", "colours"), [(8, 2), (1, 0), (16, 0), (4, 3), (8, 4), (16, 6)])
def test_every_kind_that_png_has_is_taken(tmp_path, depth, colours):
    assert read(tmp_path, png_of(depth, colours)).size_wh == (160, 60)


@pytest.mark.parametrize(
    "head", [(8, 9), (3, 2), (16, 3), (8, 1), (0, 0), (8, 2, 1, 0, 0), (8, 2, 0, 0, 2)]
)
def test_a_kind_that_png_does_not_have_is_refused(tmp_path, head):
    with pytest.raises(ImageError, match="a kind of picture that PNG does not have"):
        read(tmp_path, png_of(*head))
