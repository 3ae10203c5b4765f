"""What one frame says of one face, as numbers. The decisions of this service see nothing else."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shared.events import FacePoints, Quality
from shared.face import BoxPx

Appearance = NDArray[np.float32]
"""A unit vector: how the still parts of the face look (`appearance.py`). The product of two is 1 for the same."""


@dataclass(frozen=True, eq=False)
class Observation:
    """One face in one frame."""

    t_s: float
    """Frame time, seconds since 1970."""
    box: BoxPx
    ear_left: float
    ear_right: float
    yaw_deg: float
    pitch_deg: float
    mouth_opening: float
    smile: float
    interocular_px: float
    appearance: Appearance
    tone: tuple[float, float, float]
    """Mean colour of the middle of the face, CIE L*a*b* scaled to 0 to 255."""
    points: FacePoints
    quality: Quality
    backlit: bool = False
    steady: bool = True
    """The face hardly moved since the frame before, and is whole in the picture: small measures can be believed."""

    def with_steady(self, steady: bool) -> "Observation":
        """Return the same, steady or not."""
        return replace(self, steady=steady)


@dataclass(frozen=True)
class FrameSize:
    """Pixels of a frame."""

    width: int
    height: int


def tone_change(a: tuple[float, float, float], b: tuple[float, float, float]) -> float:
    """Return how far two tones are apart."""
    return math.dist(a, b)


def likeness(a: Appearance, b: Appearance) -> float:
    """Return -1 to 1: 1 is the same."""
    return float(a @ b)
