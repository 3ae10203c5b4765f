"""The one place where outside bytes become pixels, and pixels become JPEG.

An image is `(height, width, 3)` uint8, BGR. The header is judged (`shared.image_header`) before the
decoder sees a byte.
"""

import os
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

MAX_PIXELS = 25_000_000
"""What a phone's photo may have; a camera's limit is lower and given by its settings."""
MAX_BYTES = 20_000_000

# A second fence, inside the decoder. It is read when cv2 is loaded, so it stands before the import.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(4 * MAX_PIXELS))

import cv2  # noqa: E402 - after the limit above

from shared.image_header import BadImage, ImageHeader, check, inspect  # noqa: E402

__all__ = [
    "MAX_BYTES",
    "MAX_PIXELS",
    "BadImage",
    "GrayImage",
    "Image",
    "ImageHeader",
    "check",
    "decode",
    "decode_gray_eighth",
    "encode_jpeg",
    "fit_width",
    "inspect",
]

Image: TypeAlias = npt.NDArray[np.uint8]
"""(height, width, 3), BGR."""
GrayImage: TypeAlias = npt.NDArray[np.uint8]
"""(height, width)."""


def decode(data: bytes, max_pixels: int = MAX_PIXELS, max_bytes: int = MAX_BYTES) -> Image:
    """Return the pixels of a JPEG, PNG or WebP, upright: the EXIF orientation is applied.

    Raises:
        BadImage: (an `Invalid`) with `code` `empty`, `not_an_image`, `truncated`, `too_large` or `unsupported`.
    """
    header = check(data, max_pixels=max_pixels, max_bytes=max_bytes)
    image = _decoded(data, cv2.IMREAD_COLOR)
    height, width = image.shape[:2]
    if (width, height) not in ((header.width, header.height), (header.height, header.width)):
        raise BadImage("not_an_image", f"the header says {header.width}×{header.height}, the pixels {width}×{height}")
    return image


def decode_gray_eighth(data: bytes, max_pixels: int = MAX_PIXELS, max_bytes: int = MAX_BYTES) -> GrayImage:
    """Return a gray picture of an eighth of the width and height: a fraction of the cost of `decode`.

    Raises:
        BadImage: as `decode`.
    """
    check(data, max_pixels=max_pixels, max_bytes=max_bytes)
    return _decoded(data, cv2.IMREAD_REDUCED_GRAYSCALE_8)


def _decoded(data: bytes, flags: int) -> npt.NDArray[np.uint8]:
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise BadImage("not_an_image", "the decoder refuses it") from error
    if image is None:
        raise BadImage("not_an_image", "the decoder finds no picture in it")
    return np.asarray(image, np.uint8)


def encode_jpeg(image: Image | GrayImage, quality: int) -> bytes:
    """Return `image` as JPEG, `quality` 1 to 100.

    Raises:
        BadImage: the array is no picture.
    """
    try:
        done, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    except cv2.error as error:
        raise BadImage("not_an_image", f"an array of shape {image.shape} is no picture") from error
    if not done:
        raise BadImage("not_an_image", f"an array of shape {image.shape} is no picture")
    return encoded.tobytes()


def fit_width(image: Image, max_width: int) -> Image:
    """Return `image` no wider than `max_width`, its shape kept; it is never enlarged."""
    height, width = image.shape[:2]
    if width <= max_width:
        return image
    size = (max_width, max(1, round(height * max_width / width)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
