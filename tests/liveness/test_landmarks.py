from contextlib import closing
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from services.liveness.appearance import appearance
from services.liveness.observation import likeness
from shared import quality
from shared.errors import Unavailable
from shared.face import Face, eye_aspect_ratio
from shared.images import Image
from shared.landmarks import TASKS_MODEL, TasksLandmarker, open_landmarker, quiet_stderr


@pytest.fixture(scope="session")
def portrait(materials: Path) -> Image:
    image = cv2.imread(str(materials / "faces" / "lfw" / "Aaron_Peirsol" / "Aaron_Peirsol_0001.jpg"))
    assert image is not None
    return np.asarray(image, np.uint8)


@pytest.fixture(scope="session")
def found(portrait: Image) -> Face:
    with closing(open_landmarker(still=True)) as landmarker:
        (face,) = landmarker.find(portrait)
    return face


def test_a_face_has_its_points_where_they_belong(portrait: Image, found: Face) -> None:
    points = found.points
    assert points.left_eye.x < points.nose_tip.x < points.right_eye.x
    assert points.left_eye.y < points.nose_tip.y < points.nose_base.y < points.mouth_left.y
    assert points.left_eye_outer.x < points.left_eye_inner.x < points.right_eye_inner.x < points.right_eye_outer.x
    assert points.mouth_left.x < points.mouth_right.x
    assert found.landmarks.shape == (478, 3)
    assert found.landmarks.dtype == np.float32
    assert 40 < found.interocular_px < 70
    assert found.box.width < portrait.shape[1]


def test_a_mirrored_face_looks_the_other_way(portrait: Image, found: Face) -> None:
    with closing(open_landmarker(still=True)) as landmarker:
        (mirrored,) = landmarker.find(np.ascontiguousarray(portrait[:, ::-1]))
    assert mirrored.yaw_deg == pytest.approx(-found.yaw_deg, abs=4)
    assert mirrored.pitch_deg == pytest.approx(found.pitch_deg, abs=4)


def test_a_face_that_leans_has_a_roll(portrait: Image, found: Face) -> None:
    middle = (portrait.shape[1] / 2, portrait.shape[0] / 2)
    leaning = cv2.warpAffine(portrait, cv2.getRotationMatrix2D(middle, -20, 1), portrait.shape[1::-1])
    with closing(open_landmarker(still=True)) as landmarker:
        (face,) = landmarker.find(leaning)
    assert face.roll_deg - found.roll_deg == pytest.approx(20, abs=4)


def test_both_interfaces_of_mediapipe_agree(portrait: Image, found: Face, materials: Path) -> None:
    with quiet_stderr():
        landmarker = TasksLandmarker(materials / "models" / TASKS_MODEL, still=True)
    with landmarker:
        (other,) = landmarker.find(portrait)
    apart = np.linalg.norm(other.landmarks[:, :2] - found.landmarks[:, :2], axis=1) / found.interocular_px
    assert np.median(apart) < 0.05
    assert other.ear_left == pytest.approx(found.ear_left, abs=0.06)


def test_an_empty_picture_has_no_face() -> None:
    with closing(open_landmarker()) as landmarker:
        assert landmarker.find(np.zeros((480, 640, 3), np.uint8)) == []


def test_without_either_interface_the_reason_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def gone(module: str) -> None:
        raise ImportError(f"no {module}")

    monkeypatch.setattr("shared.landmarks._import", gone)
    with pytest.raises(Unavailable, match=r"install mediapipe 0\.10\.21, or run `nero models pull`"):
        open_landmarker(tmp_path / TASKS_MODEL)


def test_without_mp_solutions_the_model_file_serves(
    monkeypatch: pytest.MonkeyPatch, materials: Path, portrait: Image
) -> None:
    import shared.landmarks as module

    real = module._import

    def without_solutions(name: str) -> Any:
        if "solutions" in name:
            raise ModuleNotFoundError(name)
        return real(name)

    monkeypatch.setattr(module, "_import", without_solutions)
    with closing(open_landmarker(materials / "models" / TASKS_MODEL, still=True)) as landmarker:
        assert landmarker.interface == "tasks"
        assert len(landmarker.find(portrait)) == 1


def test_a_model_file_that_is_none_is_unavailable_and_not_a_crash(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import shared.landmarks as module

    real = module._import
    monkeypatch.setattr(module, "_import", lambda name: real(name) if "solutions" not in name else 1 / 0)
    broken = tmp_path / TASKS_MODEL
    broken.write_bytes(b"not a model")
    with pytest.raises(Unavailable, match=r"mp\.tasks"):
        open_landmarker(broken)


def test_eye_aspect_ratio_of_a_known_eye() -> None:
    eye = np.array([(0, 0), (1, 1), (3, 1), (4, 0), (3, -1), (1, -1)], np.float32)
    assert eye_aspect_ratio(eye) == pytest.approx(0.5)


def test_a_blurred_or_dark_face_scores_less(portrait: Image, found: Face) -> None:
    sharp = quality.measure(portrait, found)
    blurred = quality.measure(cv2.GaussianBlur(portrait, (9, 9), 4), found)
    dark = quality.measure((portrait * 0.15).astype(np.uint8), found)
    assert blurred.sharpness < sharp.sharpness / 3
    assert dark.brightness < 45
    assert max(blurred.score, dark.score) < sharp.score


def test_a_dark_face_before_a_bright_window_is_backlit(portrait: Image, found: Face) -> None:
    window = np.full_like(portrait, 250)
    inside = np.zeros(portrait.shape[:2], np.uint8)
    cv2.fillConvexPoly(inside, cv2.convexHull(found.landmarks[:, :2].astype(np.int32)), 1)
    window[inside == 1] = (portrait[inside == 1] * 0.3).astype(np.uint8)
    assert quality.light(window, found).backlit
    assert not quality.light(portrait, found).backlit


def test_a_face_half_outside_the_picture_is_measured_all_the_same(portrait: Image, found: Face) -> None:
    moved = Face(found.landmarks + np.array([200, 0, 0], np.float32))
    assert quality.measure(portrait, moved).score >= 0
    outside = Face(found.landmarks + np.array([900, 0, 0], np.float32))
    assert quality.measure(portrait, outside).score == 0
    assert quality.light(portrait, outside).brightness == 0


def test_somebody_looks_like_themself_in_other_light_and_unlike_others(
    portrait: Image, found: Face, materials: Path
) -> None:
    brighter = cv2.convertScaleAbs(portrait, alpha=1.2, beta=15)
    mine = appearance(portrait, found)
    assert likeness(mine, appearance(brighter, found)) > 0.95
    image = cv2.imread(str(materials / "faces" / "lfw" / "Abdullah_Gul" / "Abdullah_Gul_0001.jpg"))
    with closing(open_landmarker(still=True)) as landmarker:
        (other,) = landmarker.find(image)
    assert likeness(mine, appearance(image, other)) < 0.8


def test_mediapipes_chatter_is_dropped_and_nothing_else(capfd: pytest.CaptureFixture[str]) -> None:
    import os

    with quiet_stderr():
        os.write(2, b"W0000 00:00:1.2 3 inference.cc:1] Feedback manager requires\nE0000 it is broken\nours\n")
    assert capfd.readouterr().err == "E0000 it is broken\nours\n"
