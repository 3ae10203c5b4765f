"""One face as landmarks, and the numbers that liveness and enrolment read from them. No library but numpy.

The mesh is MediaPipe's: 468 points and, refined, 10 more of the irises (478). Positions are pixels of
the image; `z` is in the same scale, negative towards the camera, zero about at the ears.
"Left" and "right" are the image's.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.events import FacePoints, Point

Landmarks = NDArray[np.float32]
"""Shape (478, 3): x, y, z in pixels."""

LEFT_EYE = (33, 160, 158, 133, 153, 144)
"""Outer corner, two of the upper lid, inner corner, two of the lower lid, in EAR's order p1 to p6."""
RIGHT_EYE = (263, 387, 385, 362, 380, 373)
_NOSE_TIP, _NOSE_BASE = 4, 2
_MOUTH_LEFT, _MOUTH_RIGHT = 61, 291
_LIP_TOP, _LIP_BOTTOM = 13, 14
_CHEEK_LEFT, _CHEEK_RIGHT = 234, 454
_FOREHEAD, _CHIN = 10, 152


class BoxPx(NamedTuple):
    """A rectangle in pixels of the image; it may reach over the image's edge."""

    x: float
    y: float
    width: float
    height: float

    @property
    def centre(self) -> Point:
        """The middle."""
        return Point(self.x + self.width / 2, self.y + self.height / 2)


@dataclass(frozen=True, eq=False)
class Face:
    """One face in one image."""

    landmarks: Landmarks

    @cached_property
    def box(self) -> BoxPx:
        """The tightest rectangle around the mesh: brows to chin, ear to ear."""
        low, high = self.landmarks[:, :2].min(axis=0), self.landmarks[:, :2].max(axis=0)
        return BoxPx(float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))

    @cached_property
    def points(self) -> FacePoints:
        """The ten points that alignment needs; an eye is the middle of its contour."""
        return FacePoints(
            left_eye=self._mean_point(LEFT_EYE),
            right_eye=self._mean_point(RIGHT_EYE),
            nose_tip=self._point(_NOSE_TIP),
            mouth_left=self._point(_MOUTH_LEFT),
            mouth_right=self._point(_MOUTH_RIGHT),
            left_eye_outer=self._point(LEFT_EYE[0]),
            left_eye_inner=self._point(LEFT_EYE[3]),
            right_eye_inner=self._point(RIGHT_EYE[3]),
            right_eye_outer=self._point(RIGHT_EYE[0]),
            nose_base=self._point(_NOSE_BASE),
        )

    @cached_property
    def interocular_px(self) -> float:
        """Distance of the eyes' middles, as if the face were frontal (depth included)."""
        return float(np.linalg.norm(self._eye_middle(RIGHT_EYE) - self._eye_middle(LEFT_EYE)))

    @cached_property
    def ear_left(self) -> float:
        """Eye aspect ratio of the eye on the image's left."""
        return eye_aspect_ratio(self.landmarks[list(LEFT_EYE)])

    @cached_property
    def ear_right(self) -> float:
        """Eye aspect ratio of the eye on the image's right."""
        return eye_aspect_ratio(self.landmarks[list(RIGHT_EYE)])

    @cached_property
    def mouth_opening(self) -> float:
        """Gap between the lips over the interocular distance: about 0 closed, 0.5 wide open."""
        return self._distance(_LIP_TOP, _LIP_BOTTOM) / max(self.interocular_px, 1e-6)

    @cached_property
    def smile(self) -> float:
        """Width of the mouth over the interocular distance; only against the person's own baseline."""
        return self._distance(_MOUTH_LEFT, _MOUTH_RIGHT) / max(self.interocular_px, 1e-6)

    @property
    def yaw_deg(self) -> float:
        """Positive when the face points to the image's right."""
        return self._pose[0]

    @property
    def pitch_deg(self) -> float:
        """Positive when the face points down."""
        return self._pose[1]

    @property
    def roll_deg(self) -> float:
        """Positive when the head leans clockwise in the image."""
        return self._pose[2]

    @cached_property
    def _pose(self) -> tuple[float, float, float]:
        """Read the head's own axes off the mesh: across from cheek to cheek, down from forehead to chin."""
        across = self.landmarks[_CHEEK_RIGHT] - self.landmarks[_CHEEK_LEFT]
        down = self.landmarks[_CHIN] - self.landmarks[_FOREHEAD]
        yaw = np.arctan2(across[2], np.hypot(across[0], across[1]))
        pitch = np.arctan2(down[2], np.hypot(down[0], down[1]))
        roll = np.arctan2(across[1], across[0])
        return float(np.degrees(yaw)), float(np.degrees(pitch)), float(np.degrees(roll))

    def _eye_middle(self, eye: tuple[int, ...]) -> Landmarks:
        middle: Landmarks = self.landmarks[list(eye)].mean(axis=0)
        return middle

    def _mean_point(self, indices: tuple[int, ...]) -> Point:
        x, y, _ = self._eye_middle(indices)
        return Point(float(x), float(y))

    def _point(self, index: int) -> Point:
        return Point(float(self.landmarks[index, 0]), float(self.landmarks[index, 1]))

    def _distance(self, a: int, b: int) -> float:
        return float(np.linalg.norm(self.landmarks[a] - self.landmarks[b]))


def eye_aspect_ratio(eye: NDArray[np.float32]) -> float:
    """Return the EAR of six points, shape (6, 2 or 3): lid gap over eye width.

    (|p2-p6| + |p3-p5|) / (2 |p1-p4|), after Soukupová and Čech, 2016. With depth, a turned head
    does not narrow the eye and so raise the ratio.
    """
    width = float(np.linalg.norm(eye[0] - eye[3]))
    gap = float(np.linalg.norm(eye[1] - eye[5]) + np.linalg.norm(eye[2] - eye[4]))
    return gap / max(2 * width, 1e-6)
