"""Photos made worse on purpose, for bands that press photos leave empty: out of focus, dark, too bright, small."""

from collections.abc import Iterator

import cv2
import numpy as np

from services.recognizer.alignment import Image

_BLURS_SIGMA_PX = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0)
"""On photos whose eyes are about 42 pixels apart."""
_DARKER = (0.6, 0.4, 0.28, 0.18, 0.1)
_BRIGHTER = (1.4, 1.7, 2.1, 2.6)
_SMALLER = (0.65, 0.52, 0.42, 0.32, 0.22)
_NOISE_SIGMA = 3.0
"""A sensor's, which a dark photo shows."""


def worsened(picture: Image, seed: int) -> Iterator[tuple[str, Image]]:
    """Yield worse photos of the same face, each with the measure that it is worse in."""
    for sigma in _BLURS_SIGMA_PX:
        yield "sharpness", _image(cv2.GaussianBlur(picture, (0, 0), sigma))
    noise = np.random.default_rng(seed).normal(0, _NOISE_SIGMA, picture.shape)
    for share in _DARKER:
        yield "brightness", _image(picture * share + noise)
    for gain in _BRIGHTER:
        yield "brightness", _image(picture * gain)
    for share in _SMALLER:
        yield "interocular", _image(cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA))


def _image(picture: object) -> Image:
    return np.asarray(picture).clip(0, 255).astype(np.uint8)
