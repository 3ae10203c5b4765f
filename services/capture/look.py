"""A cheap look at a picture: a gray thumbnail, from which motion, darkness and sameness are told."""

import zlib
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from shared.images import GrayImage, Image, decode_gray_eighth

THUMBNAIL_WIDTH = 64
BLACK_MEAN = 16.0
"""Grey level, 0 to 255, below which a picture is dark: black is 16 in studio-range video."""
BLACK_SPREAD = 4.0
"""Standard deviation in grey levels: sensor noise averaged over a thumbnail's pixel stays well below."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of one picture."""

    thumbnail: GrayImage
    fingerprint: int
    """Equal for identical pictures; a camera that lives never gives two, its sensor has noise."""
    black: bool


def look_at_image(image: Image) -> Look:
    """Look at pixels: the thumbnail is the mean of small areas of every other row's green, the rest tells no more."""
    height, width = image.shape[:2]
    rows = np.ascontiguousarray(image[:: 2 if height > THUMBNAIL_WIDTH else 1, :, 1])
    size = (THUMBNAIL_WIDTH, max(1, round(height * THUMBNAIL_WIDTH / width)))
    return _look(_resized(rows, size), zlib.crc32(rows[:, ::4].tobytes()))


def look_at_jpeg(jpeg: bytes, max_pixels: int, max_bytes: int) -> Look:
    """Look at a JPEG, decoded at an eighth of its size.

    Raises:
        BadImage: it is none.
    """
    small = decode_gray_eighth(jpeg, max_pixels, max_bytes)
    height, width = small.shape
    size = (THUMBNAIL_WIDTH, max(1, round(height * THUMBNAIL_WIDTH / width)))
    return _look(_resized(small, size), zlib.crc32(jpeg))


def moved(before: GrayImage, now: GrayImage, threshold: float, share: float) -> bool:
    """Tell whether more than `share` of the pixels changed by more than `threshold` grey levels.

    The mean change is taken off first, so that a lamp or the camera's exposure is no motion.
    """
    if before.shape != now.shape:
        return True
    change = now.astype(np.float32) - before.astype(np.float32)
    change -= np.median(change)
    return float(np.mean(np.abs(change) > threshold)) > share


def _look(thumbnail: GrayImage, fingerprint: int) -> Look:
    black = float(thumbnail.mean()) < BLACK_MEAN and float(thumbnail.std()) < BLACK_SPREAD
    return Look(thumbnail, fingerprint, black)


def _resized(gray: npt.NDArray[np.uint8], size: tuple[int, int]) -> GrayImage:
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8)
