from __future__ import annotations

import stat
import zlib
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tod_ros.errors import BlindImageError, ImageError
from tod_ros.images.image_file import encode, read_image, write_image
from tod_ros.images.message import check_not_blind, from_message, to_message_fields


def noise(width=31, height=12, channels=3, bits=8, seed=1):
    """A wide picture of random pixels: no symmetry hides a swapped axis or colour."""
    random = np.random.default_rng(seed)
    return random.integers(0, 2**bits, (height, width, channels), dtype=f"u{bits // 8}")


def message(**changes):
    return SimpleNamespace(**{**to_message_fields(noise()), **changes})


# files


@pytest.mark.parametrize("extension", ["png", "bmp"])
def test_a_lossless_picture_comes_back_as_it_was_written(tmp_path, extension):
    write_image(tmp_path / f"a.{extension}", noise())
    assert np.array_equal(read_image(tmp_path / f"a.{extension}"), noise())


def test_a_jpeg_comes_back_nearly_as_it_was_written(tmp_path):
    smooth = np.zeros((40, 120, 3), np.uint8)
    smooth[:, :60] = (200, 30, 10)
    write_image(tmp_path / "a.JPG", smooth)
    assert np.abs(read_image(tmp_path / "a.JPG").astype(int) - smooth)[:, 5:50].max() < 12


def test_grey_palette_and_transparent_pictures_become_bgr(tmp_path):
    rgb = Image.fromarray(noise()[:, :, ::-1])
    for mode, expected in [
        ("L", cv2.cvtColor(np.asarray(rgb.convert("L")), cv2.COLOR_GRAY2BGR)),
        ("RGBA", noise()),
        ("P", np.asarray(rgb.convert("P").convert("RGB"))[:, :, ::-1]),
    ]:
        rgb.convert(mode).save(tmp_path / f"{mode}.png")
        assert np.array_equal(read_image(tmp_path / f"{mode}.png"), expected), mode


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_16_bits_are_scaled_to_8_never_clipped(tmp_path, channels):
    eight = noise(channels=channels)
    cv2.imwrite(str(tmp_path / "a.png"), eight.astype(np.uint16) * 257)
    expected = np.repeat(eight, 3, axis=2) if channels == 1 else eight[:, :, :3]
    assert np.array_equal(read_image(tmp_path / "a.png"), expected)


@pytest.mark.parametrize(
    "orientation, upright",
    [
        (1, lambda bgr: bgr),
        (3, lambda bgr: bgr[::-1, ::-1]),
        (6, lambda bgr: np.rot90(bgr, -1)),
        (8, lambda bgr: np.rot90(bgr)),
    ],
)
def test_a_picture_is_turned_upright_as_its_exif_says(tmp_path, orientation, upright):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(noise()[:, :, ::-1]).save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(read_image(tmp_path / "a.png"), upright(noise()))


def hole(content):
    return content[:60] + bytes(200) + content[260:]


@pytest.mark.parametrize(
    "extension, spoil",
    [
        ("png", lambda content: b""),
        ("png", lambda content: content[: len(content) // 2]),
        ("png", lambda content: content[:20]),
        ("png", lambda content: b"<html>404</html>"),
        ("png", hole),
        ("jpg", lambda content: b""),
        ("jpg", lambda content: content[: len(content) // 2]),
        ("jpg", lambda content: content[:20]),
    ],
)
def test_a_broken_file_is_refused_by_its_name_and_never_half_read(tmp_path, extension, spoil):
    path = tmp_path / f"cut.{extension}"
    path.write_bytes(spoil(encode(noise(120, 40), extension)))
    with pytest.raises(ImageError, match=r"cut\.") as caught:
        read_image(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder_are_refused_by_name(tmp_path):
    for path in (tmp_path / "none.png", tmp_path):
        with pytest.raises(ImageError, match=f"{path.name}: cannot be read"):
            read_image(path)


def test_a_small_file_that_claims_to_be_huge_is_refused_before_it_is_unpacked(tmp_path):
    content = bytearray(encode(noise(), "png"))
    content[16:24] = (60000).to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    (tmp_path / "bomb.png").write_bytes(content)
    with pytest.raises(ImageError, match="bomb.png: claims"):
        read_image(tmp_path / "bomb.png")


def test_a_postscript_file_is_not_even_looked_at(tmp_path):
    """Pillow would give it to Ghostscript, which is a program of its own."""
    text = "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n"
    (tmp_path / "a.png").write_text(text)
    with pytest.raises(ImageError, match="of no kind known here"):
        read_image(tmp_path / "a.png")


def test_an_unknown_extension_is_refused_with_the_known_ones(tmp_path):
    with pytest.raises(ImageError, match="use one of png, jpg"):
        write_image(tmp_path / "a.gif", noise())


def test_a_folder_that_is_missing_is_one_clear_error(tmp_path):
    with pytest.raises(ImageError, match="a.png: cannot be written: No such file"):
        write_image(tmp_path / "none" / "a.png", noise())


def test_a_written_picture_has_ordinary_permissions_and_leaves_no_draft(tmp_path):
    write_image(tmp_path / "a.png", noise())
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    assert stat.S_IMODE((tmp_path / "a.png").stat().st_mode) & 0o444


# messages


def test_a_message_gives_the_picture_it_was_made_of_without_a_copy():
    sent = bytearray(message().data)
    picture = from_message(message(data=sent))
    assert np.array_equal(picture, noise())
    sent[0] ^= 255
    assert picture[0, 0, 0] == sent[0]


def test_the_robots_8uc3_is_bgr():
    assert np.array_equal(from_message(message(encoding="8UC3")), noise())


def test_rgb_is_swapped():
    assert np.array_equal(from_message(message(encoding="rgb8")), noise()[:, :, ::-1])


@given(
    width=st.integers(1, 20),
    height=st.integers(1, 10),
    padding=st.integers(0, 9),
    bits=st.sampled_from([8, 16]),
    channels=st.sampled_from([1, 3, 4]),
    big=st.booleans(),
)
def test_padding_and_byte_order_never_change_the_picture(
    width, height, padding, bits, channels, big
):
    pixels = noise(width, height, channels, bits)
    ordered = pixels.astype(pixels.dtype.newbyteorder(">" if big else "<"))
    rows = np.frombuffer(ordered.tobytes(), np.uint8).reshape(height, -1)
    padded = np.pad(rows, ((0, 0), (0, padding)), constant_values=255)
    picture = from_message(
        SimpleNamespace(
            height=height,
            width=width,
            encoding=f"{bits}UC{channels}",
            is_bigendian=big,
            step=padded.shape[1],
            data=padded.tobytes(),
        )
    )
    eight = pixels if bits == 8 else np.rint(pixels / 257).astype(np.uint8)
    expected = np.repeat(eight, 3, axis=2) if channels == 1 else eight[:, :, :3]
    assert np.array_equal(picture, expected)


def test_a_step_left_at_zero_means_unpadded_rows():
    assert np.array_equal(from_message(message(step=0)), noise())


def test_data_may_be_any_kind_of_bytes():
    data = to_message_fields(noise())["data"]
    for kind in (bytes, bytearray, memoryview, list, tuple):
        assert np.array_equal(from_message(message(data=kind(data))), noise()), kind


@pytest.mark.parametrize("shape", [{"width": 0}, {"height": 0}, {"width": 0, "height": 0}])
def test_an_empty_picture_says_that_the_camera_is_off(shape):
    with pytest.raises(BlindImageError, match="camera is off"):
        from_message(message(**shape, data=b"", encoding="", step=0))


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"data": b"1234"}, "cut short"),
        ({"data": b""}, "cut short"),
        ({"data": bytes(31 * 12 * 3 + 1)}, "too long"),
        ({"step": 5}, "step is 5"),
        ({"width": 2**32 - 1, "height": 2**32 - 1}, "claims"),
        ({"width": 32}, "needs 96 bytes"),
        ({"height": 13}, "cut short"),
        ({"encoding": "bgr16"}, "needs 186 bytes, its step is 93"),
        ({"encoding": ""}, "unknown encoding ''"),
        ({"encoding": "bgr"}, "did you mean 'bgr8'"),
        ({"encoding": "32FC1"}, "unknown encoding '32FC1'"),
        ({"encoding": "\n" * 500}, "unknown encoding"),
    ],
)
def test_a_wrong_message_is_refused_with_the_reason_in_one_line(changes, reason):
    with pytest.raises(ImageError, match=reason) as caught:
        from_message(message(**changes))
    assert "\n" not in str(caught.value)


@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.one_of(st.text(), st.sampled_from(["mono8", "bgr8", "yuv422", "bayer_rggb8"])),
    st.binary(max_size=60),
)
def test_no_message_whatever_raises_anything_but_image_error(width, height, step, encoding, data):
    try:
        from_message(
            SimpleNamespace(
                height=height,
                width=width,
                step=step,
                encoding=encoding,
                is_bigendian=0,
                data=data,
            )
        )
    except ImageError:
        pass


# blind pictures


def test_a_picture_that_shows_something_passes():
    check_not_blind(noise())
    check_not_blind(noise(), previous=noise(seed=2))
    check_not_blind(noise(), previous=noise(width=32))


def test_a_lit_cube_on_a_black_desk_is_a_picture():
    dark = np.zeros((120, 320, 3), np.uint8)
    dark[40:60, 40:60] = 200
    dark[40:60, 200:220] = 200
    check_not_blind(dark)


@pytest.mark.parametrize(
    "picture, previous, reason, mend",
    [
        (np.zeros((0, 0, 3), np.uint8), None, "camera is off", "switch it on"),
        (np.zeros((48, 64, 3), np.uint8), None, "black", "cap off the lens"),
        (noise() // 20, None, "black", "light"),
        (noise(), noise(), "frozen", "restart"),
    ],
)
def test_a_blind_picture_is_refused_with_reason_and_mend(picture, previous, reason, mend):
    with pytest.raises(BlindImageError, match=f"{reason}.*{mend}"):
        check_not_blind(picture, previous)


def test_one_changed_pixel_is_not_frozen():
    changed = noise()
    changed[3, 7, 1] ^= 1
    check_not_blind(changed, previous=noise())


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "LA", "1", "I;16", "CMYK"])
def test_a_large_picture_is_read_in_bands_with_the_same_result(mode):
    from tod_ros.images.image_file import _pillow_to_bgr

    noise = np.random.default_rng(3).integers(0, 256, (37, 51, 3), np.uint8)
    if mode == "I;16":
        picture = Image.fromarray(noise[:, :, 0].astype(np.uint16) * 200)
    else:
        picture = Image.fromarray(noise).convert(mode)
    whole = _pillow_to_bgr(picture)
    assert whole.shape == (37, 51, 3)
    for pixels in (1, 51, 400, 51 * 36):
        assert np.array_equal(_pillow_to_bgr(picture, pixels), whole)
