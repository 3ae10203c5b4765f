"""A photo made ready to walk up: scaled so that its face has a kiosk's size, cut around it, its mesh found."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from services.launcher.people import topology as t
from services.launcher.people.expression import Expression, Points
from services.launcher.people.warp import Image, animate
from shared.errors import Invalid
from shared.face import Face
from shared.images import decode
from shared.landmarks import quiet_stderr

FindFaces = Callable[[Image], list[Face]]
FACE_PX = 165.0
"""Width of a face's mesh on a 640 pixels wide kiosk picture, standing about an arm's length away."""
_PANEL_WIDTH, _PANEL_ABOVE, _PANEL_BELOW = 420, 210, 210
_KEPT_PICTURES = 48
_STEPS = 8
"""Expressions are drawn in this many steps from none to all, so that drawn pictures can be kept."""


@dataclass(frozen=True, eq=False)
class Portrait:
    """One photo, at kiosk size, that can be asked to do things."""

    image: Image
    """Shape (height, width, 3): the photo around the face."""
    mesh: Points
    """Shape (468, 3), in pixels of `image`."""
    rest_yaw_deg: float
    """Where the face points in the photo; positive is the image's right."""
    faces: int
    """How many faces the whole photo shows."""
    _drawn: OrderedDict[Expression, Image] = field(default_factory=OrderedDict, repr=False)

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of the face, in pixels of `image`."""
        x, y = (self.mesh[:, :2].min(axis=0) + self.mesh[:, :2].max(axis=0)) / 2
        return float(x), float(y)

    def show(self, expression: Expression) -> Image:
        """Return the photo doing `expression`, rounded to what is kept; the newest pictures are kept."""
        rounded = _rounded(expression)
        if rounded not in self._drawn:
            self._drawn[rounded] = animate(self.image, self.mesh, rounded)
            if len(self._drawn) > _KEPT_PICTURES:
                self._drawn.popitem(last=False)
        self._drawn.move_to_end(rounded)
        return self._drawn[rounded]


def load_portrait(path: Path, find: FindFaces, face_px: float = FACE_PX) -> Portrait:
    """Read a photo and make it ready.

    Raises:
        Invalid: no picture, or no face on it.
    """
    try:
        with quiet_stderr():  # libpng has a complaint about the astronaut's colour profile
            photo = decode(path.read_bytes())
        return make_portrait(photo, find, face_px)
    except Invalid as error:
        raise Invalid(f"{path.name}: {error}") from error


def make_portrait(photo: Image, find: FindFaces, face_px: float = FACE_PX) -> Portrait:
    """Make a photo, shape (height, width, 3), ready: its largest face gets `face_px` wide.

    Raises:
        Invalid: no face on it.
    """
    faces = find(photo)
    if not faces:
        raise Invalid("no face found on the photo")
    face = max(faces, key=lambda found: found.box.width)
    scale = face_px / face.box.width
    scaled = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=_interpolation(scale))
    x, y = face.box.centre.x * scale, face.box.centre.y * scale
    left, top = max(0, int(x - _PANEL_WIDTH / 2)), max(0, int(y - _PANEL_ABOVE))
    panel = scaled[top : int(y + _PANEL_BELOW), left : int(x + _PANEL_WIDTH / 2)]
    mesh = face.landmarks[: t.MESH_POINTS] * scale - np.array((left, top, 0), np.float32)
    return Portrait(np.ascontiguousarray(panel), mesh.astype(np.float32), face.yaw_deg, len(faces))


def _interpolation(scale: float) -> int:
    return cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC


def _rounded(expression: Expression) -> Expression:
    return Expression(
        lids=round(expression.lids * _STEPS) / _STEPS,
        turn_deg=float(round(expression.turn_deg)),
        mouth=round(expression.mouth * _STEPS) / _STEPS,
        smile=round(expression.smile * _STEPS) / _STEPS,
    )
