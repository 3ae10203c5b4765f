"""What the kiosk's camera sees: a plain room, somebody standing in it or not, and the sensor's grain."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from services.launcher.people.warp import Image

WIDTH, HEIGHT = 640, 480
_GRAIN_TILES = 6
_GRAIN_SIGMA = 3.0


@dataclass(frozen=True)
class Placement:
    """Where somebody's face is in the picture."""

    x: float
    """Middle of the face, in pixels from the left; beyond the edges is out of the picture."""
    y: float
    scale: float = 1.0
    roll_deg: float = 0.0


def room(seed: int = 0, width: int = WIDTH, height: int = HEIGHT) -> Image:
    """Return an empty room: a grey wall, lighter towards one side."""
    rng = np.random.default_rng(seed)
    across = np.linspace(-6, 6, width, dtype=np.float32)[None, :, None] * rng.choice([-1.0, 1.0])
    down = np.linspace(4, -4, height, dtype=np.float32)[:, None, None]
    wall = np.array((92, 96, 94), dtype=np.float32) + rng.uniform(-12, 12)
    picture: Image = (wall + across + down).clip(0, 255).astype(np.uint8)
    return picture


def place(background: Image, panel: Image, centre: tuple[float, float], placement: Placement) -> Image:
    """Return the background with the panel on it, the panel's point `centre` at the placement."""
    turn = cv2.getRotationMatrix2D(centre, -placement.roll_deg, placement.scale)
    turn[:, 2] += np.array((placement.x, placement.y)) - centre
    picture = background.copy()
    size = (background.shape[1], background.shape[0])
    cv2.warpAffine(panel, turn, size, dst=picture, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT)
    return picture


def grain_tiles(seed: int = 0, width: int = WIDTH, height: int = HEIGHT) -> list[tuple[Image, Image]]:
    """Return a few pictures of sensor noise, each as what to add and what to take away."""
    rng = np.random.default_rng(seed)
    shape = (_GRAIN_TILES, height, width, 3)
    noise: NDArray[np.float32] = rng.standard_normal(shape, dtype=np.float32) * _GRAIN_SIGMA
    return [(tile.clip(0, 255).astype(np.uint8), (-tile).clip(0, 255).astype(np.uint8)) for tile in noise]


def with_grain(picture: Image, tile: tuple[Image, Image]) -> Image:
    """Return the picture with noise on it."""
    more, less = tile
    noisy: Image = np.asarray(cv2.subtract(cv2.add(picture, more), less), dtype=np.uint8)
    return noisy
