"""Outside bytes: what is no picture is refused by its header, before a decoder sees it."""

import contextlib
import random
import resource
import struct

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Invalid
from shared.image_header import BadImage, check, inspect
from shared.images import decode, decode_gray_eighth, encode_jpeg, fit_width

NOISE = np.random.default_rng(7).integers(0, 255, (120, 160, 3), dtype=np.uint8)
JPEG = encode_jpeg(NOISE, 85)
BIG_JPEG = encode_jpeg(np.random.default_rng(8).integers(0, 255, (300, 400, 3), dtype=np.uint8), 80)


def encoded(suffix: str) -> bytes:
    return bytes(cv2.imencode(suffix, NOISE)[1])


def claiming(width: int, height: int, jpeg: bytes = BIG_JPEG) -> bytes:
    """A JPEG whose frame header is changed to another size."""
    at = jpeg.index(b"\xff\xc0")
    return jpeg[: at + 5] + struct.pack(">HH", height, width) + jpeg[at + 9 :]


def with_exif(jpeg: bytes, tiff: bytes) -> bytes:
    body = b"Exif\x00\x00" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def orientation_tiff(value: int, order: str = ">") -> bytes:
    magic = b"MM\x00*" if order == ">" else b"II*\x00"
    return magic + struct.pack(order + "IHHHIHH", 8, 1, 0x0112, 3, 1, value, 0)


BOMB = claiming(30000, 30000)
BAD = {
    "a bomb": (BOMB, "too_large"),
    "half a JPEG": (JPEG[: len(JPEG) // 2], "truncated"),
    "a JPEG's first bytes": (JPEG[:10], "truncated"),
    "a JPEG's start alone": (b"\xff\xd8\xff", "truncated"),
    "half a PNG": (encoded(".png")[:5000], "truncated"),
    "half a WebP": (encoded(".webp")[:5000], "truncated"),
    "nothing": (b"", "empty"),
    "random bytes": (random.Random(3).randbytes(78_000), "not_an_image"),
    "text": (b"<html><body>404 not found</body></html>", "not_an_image"),
    "a GIF": (b"GIF89a" + bytes(40), "unsupported"),
    "a phone's HEIC": (b"\x00\x00\x00\x18ftypheic" + bytes(40), "unsupported"),
    "a JPEG of no height": (claiming(640, 0), "not_an_image"),
    "a JPEG of noise after its header": (
        JPEG[:2] + b"\xff\xc0\x00\x11\x08\x00\x10\x00\x10" + bytes(60),
        "not_an_image",
    ),
    "a PNG bomb": (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", 60000, 60000) + bytes(9) + b"IEND",
        "too_large",
    ),
    "a JPEG of a thousand scans": (JPEG[:-2] + b"\xff\xda\x00\x02" * 1000 + b"\xff\xd9", "unsupported"),
}


@pytest.mark.parametrize(("data", "code"), BAD.values(), ids=BAD)
def test_what_is_no_picture_is_refused_with_a_reason(data: bytes, code: str) -> None:
    with pytest.raises(BadImage) as refused:
        decode(data)
    assert refused.value.code == code
    assert str(refused.value).startswith(f"{code}: ")
    assert isinstance(refused.value, Invalid)


def test_a_bomb_costs_no_memory() -> None:
    assert 60_000 < len(BOMB) < 120_000
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(50):
        for decoder in (decode, decode_gray_eighth):
            with pytest.raises(BadImage):
                decoder(BOMB)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 20_000


def test_more_bytes_than_allowed_are_refused_before_they_are_read() -> None:
    with pytest.raises(BadImage, match=r"too_large: \d+ bytes, at most 1000"):
        decode(JPEG, max_bytes=1000)


def test_more_pixels_than_allowed_are_refused() -> None:
    with pytest.raises(BadImage, match="too_large: 160×120 pixels"):
        decode(JPEG, max_pixels=160 * 120 - 1)
    assert decode(JPEG, max_pixels=160 * 120).shape == (120, 160, 3)


def test_a_header_that_lies_about_the_size_is_refused() -> None:
    with pytest.raises(BadImage) as refused:
        decode(encoded(".png")[:16] + struct.pack(">II", 10, 10) + encoded(".png")[24:])
    assert refused.value.code == "not_an_image"


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_jpeg_png_and_webp_are_read(suffix: str) -> None:
    data = encoded(suffix)
    header = inspect(data)
    assert (header.width, header.height, header.orientation) == (160, 120, 1)
    image = decode(data)
    assert image.shape == (120, 160, 3)
    assert image.dtype == np.uint8


def test_lossy_webp_and_progressive_jpeg_and_grey_jpeg_are_read() -> None:
    lossy = bytes(cv2.imencode(".webp", NOISE, [cv2.IMWRITE_WEBP_QUALITY, 70])[1])
    progressive = bytes(cv2.imencode(".jpg", NOISE, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1])
    for data in (lossy, progressive, encode_jpeg(NOISE[:, :, 0], 85)):
        assert check(data, max_pixels=20_000, max_bytes=200_000).width == 160
        assert decode(data).shape == (120, 160, 3)


@pytest.mark.parametrize("order", [">", "<"])
def test_a_phones_photo_is_turned_upright(order: str) -> None:
    sideways = np.zeros((100, 200, 3), np.uint8)
    sideways[:, :100] = 255  # white on the left
    data = with_exif(encode_jpeg(sideways, 95), orientation_tiff(6, order))
    assert inspect(data).orientation == 6
    assert inspect(data).upright_size == (100, 200)
    upright = decode(data)
    assert upright.shape == (200, 100, 3)
    assert upright[:90].mean() > 250  # turned clockwise: the left is now on top
    assert upright[110:].mean() < 5


def test_an_exif_block_of_nonsense_leaves_the_photo_as_it_is() -> None:
    for tiff in (b"", b"MM", b"MM\x00*" + b"\xff" * 8, orientation_tiff(77)):
        assert inspect(with_exif(JPEG, tiff)).orientation == 1


def test_bytes_after_the_end_do_no_harm() -> None:
    assert decode(JPEG + bytes(100)).shape == (120, 160, 3)


def test_a_thumbnails_end_is_not_taken_for_the_pictures() -> None:
    with_thumbnail = with_exif(JPEG, orientation_tiff(1) + JPEG)
    cut = with_thumbnail[: len(with_thumbnail) - 500]
    with pytest.raises(BadImage, match="truncated"):
        inspect(cut)


@given(st.binary(max_size=400))
def test_no_bytes_make_the_header_fall_over(data: bytes) -> None:
    for start in (b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x00\x00\x00\x00WEBP"):
        with contextlib.suppress(BadImage):
            assert inspect(start + data).width > 0


@given(st.integers(0, len(JPEG) - 1), st.integers(0, 255))
def test_one_wrong_byte_gives_a_picture_or_a_refusal(at: int, value: int) -> None:
    data = JPEG[:at] + bytes([value]) + JPEG[at + 1 :]
    with contextlib.suppress(BadImage):
        assert decode(data, max_pixels=1_000_000).ndim == 3


def test_the_small_grey_look_is_an_eighth() -> None:
    assert decode_gray_eighth(JPEG).shape == (15, 20)


def test_a_wide_picture_is_made_to_fit_and_a_narrow_one_is_left() -> None:
    wide = np.zeros((720, 1280, 3), np.uint8)
    assert fit_width(wide, 640).shape == (360, 640, 3)
    assert fit_width(NOISE, 640) is NOISE


def test_an_array_that_is_no_picture_is_refused() -> None:
    with pytest.raises(BadImage, match="is no picture"):
        encode_jpeg(np.zeros((0, 0, 3), np.uint8), 85)
