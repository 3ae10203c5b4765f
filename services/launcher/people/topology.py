"""Which points of the face mesh form its triangles, eyes, lips and outline. Indices are MediaPipe's."""

from collections import Counter
from functools import cache
from itertools import combinations, pairwise

import numpy as np
from mediapipe.python.solutions import face_mesh_connections
from numpy.typing import NDArray

MESH_POINTS = 468
Triangles = NDArray[np.int32]
"""Shape (n, 3): indices of points."""

LEFT_UPPER_LID = (246, 161, 160, 159, 158, 157, 173)
LEFT_LOWER_LID = (7, 163, 144, 145, 153, 154, 155)
LEFT_CREASE = (247, 30, 29, 27, 28, 56, 190)
LEFT_BROW_EDGE = (113, 225, 224, 223, 222, 221, 189)
RIGHT_UPPER_LID = (466, 388, 387, 386, 385, 384, 398)
RIGHT_LOWER_LID = (249, 390, 373, 374, 380, 381, 382)
RIGHT_CREASE = (467, 260, 259, 257, 258, 286, 414)
RIGHT_BROW_EDGE = (342, 445, 444, 443, 442, 441, 413)
LEFT_CORNERS, RIGHT_CORNERS = (33, 133), (263, 362)

LIPS_UPPER_INNER = (191, 80, 81, 82, 13, 312, 311, 310, 415)
LIPS_LOWER_INNER = (95, 88, 178, 87, 14, 317, 402, 318, 324)
LIPS_CORNERS_INNER = (78, 308)
MOUTH_LEFT, MOUTH_RIGHT = 61, 291
LIP_TOP, LIP_BOTTOM = 13, 14
CHIN, FOREHEAD, NOSE_TIP = 152, 10, 4
CHEEK_LEFT, CHEEK_RIGHT = 234, 454

OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
"""The face's outline, clockwise in the image from the forehead."""
RINGS = 2
"""How many rings of points surround the outline, so that hair and background stretch, not tear."""
EYEBALLS = (
    *(LEFT_CORNERS + LEFT_UPPER_LID + LEFT_LOWER_LID),
    *(RIGHT_CORNERS + RIGHT_UPPER_LID + RIGHT_LOWER_LID),
)
"""The eyes' contours once more, as points that do not move with the lids: the lids slide over them."""
FIRST_RING_POINT = MESH_POINTS
FIRST_EYEBALL_POINT = MESH_POINTS + RINGS * len(OVAL)


@cache
def skin() -> Triangles:
    """Return the 852 triangles of the face without its eyes and mouth.

    MediaPipe gives edges, not triangles. Every three points joined by edges are a triangle, except
    the two that only enclose others: they share each of their edges with two more.
    """
    edges = {frozenset(edge) for edge in face_mesh_connections.FACEMESH_TESSELATION}
    near: dict[int, set[int]] = {}
    for a, b in map(tuple, edges):
        near.setdefault(a, set()).add(b)
        near.setdefault(b, set()).add(a)
    found = {frozenset((a, b, c)) for a, b in map(tuple, edges) for c in near[a] & near[b]}
    uses = Counter(frozenset(pair) for triangle in found for pair in combinations(triangle, 2))
    real = [t for t in found if any(uses[frozenset(pair)] < 3 for pair in combinations(t, 2))]
    return np.array(sorted(sorted(t) for t in real), dtype=np.int32)


@cache
def eyes() -> Triangles:
    """Return the triangles that fill both eye openings."""
    left = _strip(LEFT_UPPER_LID, LEFT_LOWER_LID, LEFT_CORNERS)
    triangles = left + _strip(RIGHT_UPPER_LID, RIGHT_LOWER_LID, RIGHT_CORNERS)
    place = {point: FIRST_EYEBALL_POINT + number for number, point in enumerate(EYEBALLS)}
    return np.array([[place[point] for point in triangle] for triangle in triangles], dtype=np.int32)


@cache
def mouth() -> Triangles:
    """Return the triangles that fill the gap between the lips."""
    return np.array(_strip(LIPS_UPPER_INNER, LIPS_LOWER_INNER, LIPS_CORNERS_INNER), dtype=np.int32)


@cache
def surround() -> Triangles:
    """Return the triangles between the outline and the rings around it."""
    loops = [OVAL, *(_ring(number) for number in range(RINGS))]
    return np.array([t for inner, outer in pairwise(loops) for t in _band(inner, outer)], np.int32)


def _ring(number: int) -> tuple[int, ...]:
    first = FIRST_RING_POINT + number * len(OVAL)
    return tuple(range(first, first + len(OVAL)))


def _strip(upper: tuple[int, ...], lower: tuple[int, ...], corners: tuple[int, int]) -> list[tuple[int, int, int]]:
    first, last = corners
    inside = [
        triangle
        for a, b, c, d in zip(upper, upper[1:], lower, lower[1:], strict=False)
        for triangle in ((a, b, c), (b, d, c))
    ]
    return [(first, upper[0], lower[0]), *inside, (upper[-1], last, lower[-1])]


def _band(inner: tuple[int, ...], outer: tuple[int, ...]) -> list[tuple[int, int, int]]:
    pairs = zip(inner, (*inner[1:], inner[0]), outer, (*outer[1:], outer[0]), strict=True)
    return [triangle for a, b, c, d in pairs for triangle in ((a, b, c), (b, d, c))]
