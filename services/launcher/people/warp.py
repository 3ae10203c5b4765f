"""Drawing a moved mesh: every pixel of the result looks up where in the photo it comes from."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from services.launcher.people import topology as t
from services.launcher.people.expression import Expression, Points, deform, lid_texture

Image = NDArray[np.uint8]
"""Shape (height, width, 3), BGR."""
_MOUTH_INSIDE = np.array((38, 28, 62), dtype=np.float32)
_SUBPIXEL_BITS = 4
_RING_SCALES = (1.22, 1.75)
_LASHES = np.array((24, 28, 36), dtype=np.float32)
_LASHES_FROM, _LASH_DARKNESS = 0.5, 0.8


def animate(photo: Image, mesh: Points, expression: Expression) -> Image:
    """Return the photo with its face doing `expression`.

    Args:
        photo: the picture as it was taken.
        mesh: shape (468, 3), in pixels of the photo.
        expression: what the face does.
    """
    if expression == Expression():
        return photo
    moved, source = _moved(mesh, expression), _all_points(lid_texture(mesh, expression.lids), mesh, _rings(mesh))
    x, y, width, height = _reach(source, photo.shape)
    triangles = _back_to_front(moved)
    index = _rasterise(moved[:, :2] - (x, y), triangles, (height, width))
    map_x, map_y = _look_up(index, moved[triangles][:, :, :2], source[triangles][:, :, :2], x, y)
    part = cv2.remap(photo, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    part = _darken_mouth(part, moved - (x, y, 0), expression.mouth)
    drawn = photo.copy()
    drawn[y : y + height, x : x + width] = _draw_lashes(part, moved - (x, y, 0), expression.lids)
    return drawn


def _rings(mesh: Points) -> Points:
    """Return the points around the outline, shape (72, 3)."""
    oval = mesh[list(t.OVAL)]
    centre = oval.mean(axis=0)
    rings: Points = np.concatenate([(oval - centre) * scale + centre for scale in _RING_SCALES]).astype(np.float32)
    return rings


def _moved(mesh: Points, expression: Expression) -> Points:
    """Return all points where the expression moves them; the ring next to the outline follows it half way."""
    moved, rings = deform(mesh, expression), _rings(mesh)
    oval = list(t.OVAL)
    rings[: len(oval)] += 0.5 * (moved[oval] - mesh[oval])
    return _all_points(moved, deform(mesh, replace(expression, lids=0.0)), rings)


def _all_points(mesh: Points, eyes_open: Points, rings: Points) -> Points:
    """Put the points in the order of `topology`: mesh, rings, eyeballs."""
    return np.concatenate([mesh, rings, eyes_open[list(t.EYEBALLS)]])


def _reach(points: Points, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Return the rectangle that the mesh covers, within the photo: x, y, width, height."""
    low = np.floor(points[:, :2].min(axis=0)).astype(int).clip(0)
    high = np.ceil(points[:, :2].max(axis=0)).astype(int).clip(max=(shape[1], shape[0]))
    return int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])


def _back_to_front(moved: Points) -> t.Triangles:
    """Order the triangles for painting: surround, inside of eyes and mouth, then the skin, farthest first."""
    skin = t.skin()
    depth = moved[skin][:, :, 2].mean(axis=1)
    return np.concatenate([t.surround(), t.eyes(), t.mouth(), skin[np.argsort(-depth)]])


def _rasterise(points: NDArray[np.float32], triangles: t.Triangles, size: tuple[int, int]) -> NDArray[np.int32]:
    """Return which triangle is on top at each pixel, or -1; shape `size`."""
    index = np.full(size, -1, dtype=np.int32)
    for number, corners in enumerate(_fixed_point(points)[triangles]):
        cv2.fillConvexPoly(index, corners, number, shift=_SUBPIXEL_BITS)
    return index


def _look_up(
    index: NDArray[np.int32], moved: NDArray[np.float32], source: NDArray[np.float32], x: int, y: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return, for each pixel of the part at (x, y), where in the photo it comes from."""
    grid_y, grid_x = np.mgrid[y : y + index.shape[0], x : x + index.shape[1]].astype(np.float32)
    affine = np.concatenate([_affine(moved, source), np.array([[[1, 0, 0], [0, 1, 0]]], np.float32)])
    at = affine.reshape(-1, 6).take(index, axis=0, mode="wrap")
    map_x = at[..., 0] * grid_x + at[..., 1] * grid_y + at[..., 2]
    map_y = at[..., 3] * grid_x + at[..., 4] * grid_y + at[..., 5]
    return map_x, map_y


def _affine(moved: NDArray[np.float32], source: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the affine map of each moved triangle back to its source: shape (n, 2, 3). A flat one maps to a point."""
    edges = moved[:, 1:] - moved[:, :1]
    area = edges[:, 0, 0] * edges[:, 1, 1] - edges[:, 0, 1] * edges[:, 1, 0]
    flat = np.abs(area) < 1e-3
    scale = np.where(flat, 0.0, 1.0 / np.where(flat, 1.0, area))
    inverse = np.stack([edges[:, 1, 1], -edges[:, 1, 0], -edges[:, 0, 1], edges[:, 0, 0]], -1).reshape(-1, 2, 2)
    linear = (source[:, 1:] - source[:, :1]).transpose(0, 2, 1) @ (inverse * scale[:, None, None])
    offset = source[:, 0] - (linear @ moved[:, 0, :, None])[..., 0]
    affine: NDArray[np.float32] = np.concatenate([linear, offset[..., None]], axis=2).astype(np.float32)
    return affine


def _darken_mouth(part: Image, moved: Points, opening: float) -> Image:
    """Paint the inside of an open mouth, which no photo of closed lips can show."""
    if opening <= 0:
        return part
    loop = [t.LIPS_CORNERS_INNER[0], *t.LIPS_UPPER_INNER, t.LIPS_CORNERS_INNER[1], *t.LIPS_LOWER_INNER[::-1]]
    mask = np.zeros(part.shape[:2], dtype=np.uint8)
    cv2.fillPoly(mask, [_fixed_point(moved[loop, :2])], 255, shift=_SUBPIXEL_BITS)
    return _blend(part, mask, _MOUTH_INSIDE, min(1.0, 3 * opening))


def _draw_lashes(part: Image, moved: Points, lids: float) -> Image:
    """Darken the edge of a lid that is nearly shut."""
    if lids <= _LASHES_FROM:
        return part
    edges = [(t.LEFT_CORNERS[0], *t.LEFT_UPPER_LID, t.LEFT_CORNERS[1])]
    edges.append((t.RIGHT_CORNERS[0], *t.RIGHT_UPPER_LID, t.RIGHT_CORNERS[1]))
    mask = np.zeros(part.shape[:2], dtype=np.uint8)
    lines = [_fixed_point(moved[list(edge), :2]) for edge in edges]
    cv2.polylines(mask, lines, False, 255, thickness=2, lineType=cv2.LINE_AA, shift=_SUBPIXEL_BITS)
    return _blend(part, mask, _LASHES, _LASH_DARKNESS * (lids - _LASHES_FROM) / (1 - _LASHES_FROM))


def _blend(part: Image, mask: NDArray[np.uint8], colour: NDArray[np.float32], strength: float) -> Image:
    """Paint `colour` where the mask is, with soft edges, touching only the mask's rectangle."""
    x, y, width, height = cv2.boundingRect(mask)
    here = np.s_[max(0, y - 2) : y + height + 2, max(0, x - 2) : x + width + 2]
    share = cv2.blur(mask[here], (3, 3)).astype(np.float32)[..., None] * (strength / 255)
    painted = part.copy()
    painted[here] = (part[here] * (1 - share) + colour * share).astype(np.uint8)
    return painted


def _fixed_point(points: NDArray[np.float32]) -> NDArray[np.int32]:
    fixed: NDArray[np.int32] = np.round(points * (1 << _SUBPIXEL_BITS)).astype(np.int32)
    return fixed
