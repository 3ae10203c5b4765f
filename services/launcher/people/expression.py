"""What a face does, as numbers, and how that moves the points of its mesh. Pure functions over arrays."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.launcher.people import topology as t

Points = NDArray[np.float32]
"""Shape (n, 3): x, y, z in pixels; z is negative towards the camera."""

_LID_FOLLOWS = ((t.LEFT_UPPER_LID, t.LEFT_LOWER_LID), (t.RIGHT_UPPER_LID, t.RIGHT_LOWER_LID))
_CREASES = ((t.LEFT_CREASE, 0.45), (t.LEFT_BROW_EDGE, 0.12)), ((t.RIGHT_CREASE, 0.45), (t.RIGHT_BROW_EDGE, 0.12))
_LOWER_LID_RISES = 0.05
_UPPER_LID_FALLS = 0.98
_LASHES_END = 0.6
"""Where, between the lid's edge and its crease, the lashes and their shadow end."""
_JAW_DROP = 0.42
"""How far the chin falls at `mouth` 1, in interocular distances."""
_SMILE_OUT, _SMILE_UP = 0.20, 0.10
"""How far a corner of the mouth moves at `smile` 1, in interocular distances."""


@dataclass(frozen=True)
class Expression:
    """What the face does now; all zero is the photo as it is."""

    lids: float = 0.0
    """0 as in the photo, 1 shut."""
    turn_deg: float = 0.0
    """How far the head is turned from the photo's pose; positive points to the image's right, the person's left."""
    mouth: float = 0.0
    """0 as in the photo, 1 wide open."""
    smile: float = 0.0
    """0 as in the photo, 1 broad."""


class HeadFrame(NamedTuple):
    """The head's own axes in the image, and its unit of length."""

    origin: Points
    """Shape (3,): between the eyes, at the depth of the cheeks."""
    across: Points
    """Shape (3,): unit vector from the left to the right of the image."""
    down: Points
    inward: Points
    interocular_px: float


def head_frame(points: Points) -> HeadFrame:
    """Read the head's axes off its mesh."""
    left, right = (points[list(corners)].mean(axis=0) for corners in (t.LEFT_CORNERS, t.RIGHT_CORNERS))
    across = _unit(right - left)
    down = points[t.CHIN] - points[t.FOREHEAD]
    down = _unit(down - across * float(down @ across))
    inward = np.cross(across, down).astype(np.float32)
    depth = points[[t.CHEEK_LEFT, t.CHEEK_RIGHT]].mean(axis=0) - (left + right) / 2
    origin = (left + right) / 2 + inward * float(depth @ inward)
    return HeadFrame(origin, across, down, inward, float(np.linalg.norm(right - left)))


def deform(mesh: Points, expression: Expression) -> Points:
    """Move the mesh, shape (468, 3), as the expression says."""
    frame = head_frame(mesh)
    moved = mesh + _jaw(mesh, frame, expression.mouth) + _smile(mesh, frame, expression.smile)
    moved += _lids(mesh, expression.lids)
    return _turn(moved, frame, expression.turn_deg)


def lid_texture(mesh: Points, lids: float) -> Points:
    """Return where in the photo a lowered lid takes its skin from: from above the lashes, so that it looks shut."""
    source = mesh.copy()
    for upper, crease in ((t.LEFT_UPPER_LID, t.LEFT_CREASE), (t.RIGHT_UPPER_LID, t.RIGHT_CREASE)):
        source[list(upper)] += (mesh[list(crease)] - mesh[list(upper)]) * (_LASHES_END * min(1.0, 2 * lids))
    return source


def _lids(mesh: Points, amount: float) -> Points:
    """Pull the upper lid down over the eye, the skin above it after it, and the lower lid up a little."""
    moved = np.zeros_like(mesh)
    for (upper, lower), creases in zip(_LID_FOLLOWS, _CREASES, strict=True):
        gap = mesh[list(lower)] - mesh[list(upper)]
        moved[list(upper)] = gap * (_UPPER_LID_FALLS * amount)
        moved[list(lower)] = gap * (-_LOWER_LID_RISES * amount)
        for crease, share in creases:
            moved[list(crease)] = gap * (share * amount)
    return moved


def _jaw(mesh: Points, frame: HeadFrame, amount: float) -> Points:
    """Drop everything below the upper lip, most at the chin's middle, nothing at the ears."""
    across, down = _coordinates(mesh, frame)
    line = float(down[[t.LIP_TOP, t.LIP_BOTTOM]].mean())
    below = np.clip((down - line) / 0.12, 0.0, 1.0)
    below[list(t.LIPS_LOWER_INNER)] = 1.0
    below[list(t.LIPS_UPPER_INNER)] = 0.0
    width = np.abs(across[[t.CHEEK_LEFT, t.CHEEK_RIGHT]]).mean()
    sideways = np.clip(1.15 - (np.abs(across) / width) ** 2, 0.0, 1.0)
    corners = np.ones_like(down)
    corners[[*t.LIPS_CORNERS_INNER, t.MOUTH_LEFT, t.MOUTH_RIGHT]] = 0.4
    drop = below * sideways * corners * (_JAW_DROP * amount * frame.interocular_px)
    dropped: Points = (drop[:, None] * frame.down).astype(np.float32)
    return dropped


def _smile(mesh: Points, frame: HeadFrame, amount: float) -> Points:
    """Pull both corners of the mouth outward and up, and the cheeks around them."""
    moved = np.zeros_like(mesh)
    for corner, side in ((t.MOUTH_LEFT, -1.0), (t.MOUTH_RIGHT, 1.0)):
        distance = np.linalg.norm(mesh - mesh[corner], axis=1) / frame.interocular_px
        weight = np.exp(-((distance / 0.30) ** 2)) * (amount * frame.interocular_px)
        moved += weight[:, None] * (frame.across * (side * _SMILE_OUT) - frame.down * _SMILE_UP)
    return moved.astype(np.float32)


def _turn(mesh: Points, frame: HeadFrame, turn_deg: float) -> Points:
    """Turn the mesh about the head's upright axis, at the depth of the cheeks, so that the outline stays put."""
    angle = np.radians(turn_deg)
    from_axis = mesh - frame.origin
    across, inward = from_axis @ frame.across, from_axis @ frame.inward
    new_across = across * np.cos(angle) - inward * np.sin(angle)
    new_inward = across * np.sin(angle) + inward * np.cos(angle)
    shift = np.outer(new_across - across, frame.across) + np.outer(new_inward - inward, frame.inward)
    return (mesh + shift).astype(np.float32)


def _coordinates(mesh: Points, frame: HeadFrame) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    from_origin = (mesh - frame.origin) / frame.interocular_px
    return from_origin @ frame.across, from_origin @ frame.down


def _unit(vector: Points) -> Points:
    return (vector / max(float(np.linalg.norm(vector)), 1e-6)).astype(np.float32)
