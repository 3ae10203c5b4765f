"""Pictures for the screens: a public-domain portrait, and the same as a camera at a door would see it."""

from functools import cache

import numpy as np
from skimage.data import astronaut
from skimage.transform import resize

from shared.images import encode_jpeg


@cache
def ada_jpeg() -> bytes:
    """The enrolment photo: Eileen Collins, 512×512."""
    return encode_jpeg(np.ascontiguousarray(astronaut()[:, :, ::-1]), 90)


@cache
def face_jpeg() -> bytes:
    """The face alone, as liveness cuts it out: 112×112."""
    face = resize(astronaut()[40:200, 145:305, ::-1], (112, 112), preserve_range=True).astype(np.uint8)
    return encode_jpeg(face, 90)


@cache
def door_jpeg() -> bytes:
    """A 640×480 picture with a face about where the oval is."""
    face = resize(astronaut()[0:260, 90:370, ::-1], (480, 517), preserve_range=True).astype(np.uint8)
    frame = np.full((480, 640, 3), 150, np.uint8)
    frame[:, 60:577] = face
    return encode_jpeg(frame, 85)
