"""What the warped photos look like to the landmark model itself."""

from pathlib import Path

import numpy as np
import pytest

from services.launcher.people import topology
from services.launcher.people.expression import Expression, deform
from services.launcher.people.motion import turn_needed
from services.launcher.people.portrait import Portrait, load_portrait, make_portrait
from services.launcher.people.samples import photo_path
from shared.errors import Invalid, Unavailable
from shared.face import Face
from shared.landmarks import Landmarker


def seen(portrait: Portrait, expression: Expression, landmarker: Landmarker) -> Face:
    faces = landmarker.find(portrait.show(expression))
    assert len(faces) == 1
    return faces[0]


def closed_share(portrait: Portrait, landmarker: Landmarker) -> float:
    """Eye aspect ratio with the lids down over that with the eyes open: of the eye that closes less."""
    opened = seen(portrait, Expression(), landmarker)
    shut = seen(portrait, Expression(lids=1), landmarker)
    return max(shut.ear_left / opened.ear_left, shut.ear_right / opened.ear_right)


def test_lowered_lids_shut_both_eyes(sample: Portrait, stills: Landmarker) -> None:
    assert closed_share(sample, stills) < 0.55


def test_turning_left_points_the_face_to_the_images_right(sample: Portrait, stills: Landmarker) -> None:
    turned = seen(sample, Expression(turn_deg=turn_needed(1, sample.rest_yaw_deg)), stills)
    assert turned.yaw_deg >= 20


def test_turning_right_points_the_face_to_the_images_left(sample: Portrait, stills: Landmarker) -> None:
    turned = seen(sample, Expression(turn_deg=-turn_needed(-1, sample.rest_yaw_deg)), stills)
    assert turned.yaw_deg <= -20


def test_an_open_mouth_is_seen_as_open(stills: Landmarker) -> None:
    grace = load_portrait(photo_path("sample:grace_hopper"), stills.find)
    assert seen(grace, Expression(), stills).mouth_opening < 0.1
    assert seen(grace, Expression(mouth=1), stills).mouth_opening > 0.3


def test_a_smile_widens_the_mouth(sample: Portrait, stills: Landmarker) -> None:
    before = seen(sample, Expression(), stills).smile
    assert seen(sample, Expression(smile=1), stills).smile > 1.15 * before


def test_without_an_expression_the_photo_stays_as_it_was_taken(sample: Portrait) -> None:
    assert np.array_equal(sample.show(Expression()), sample.image)


def test_a_moved_face_leaves_the_rest_of_the_photo_alone(sample: Portrait) -> None:
    drawn = sample.show(Expression(lids=1, mouth=0.5))
    assert np.array_equal(drawn[:10], sample.image[:10])
    assert not np.array_equal(drawn, sample.image)


def test_most_people_of_lfw_can_blink_and_turn(lfw_photos: list[Path], stills: Landmarker) -> None:
    people = [load_portrait(photo, stills.find) for photo in lfw_photos]
    shares = [closed_share(person, stills) for person in people if len(stills.find(person.image)) == 1]
    assert len(shares) >= 8
    assert float(np.median(shares)) < 0.6
    frontal = [person for person in people if abs(person.rest_yaw_deg) < 15]
    yaws = [seen_yaw(person, stills) for person in frontal]
    assert float(np.median(yaws)) >= 20


def seen_yaw(person: Portrait, landmarker: Landmarker) -> float:
    """Yaw of the largest face after turning left."""
    picture = person.show(Expression(turn_deg=turn_needed(1, person.rest_yaw_deg)))
    return max(landmarker.find(picture), key=lambda face: face.box.width).yaw_deg


def test_the_skin_has_the_mesh_models_852_triangles_and_no_hole_twice() -> None:
    skin = topology.skin()
    assert skin.shape == (852, 3)
    assert len({tuple(triangle) for triangle in skin.tolist()}) == 852
    assert set(np.unique(skin)) == set(range(topology.MESH_POINTS))


def test_lids_move_nothing_but_the_eyes(sample: Portrait) -> None:
    moved = deform(sample.mesh, Expression(lids=1)) - sample.mesh
    assert np.abs(moved[list(topology.OVAL)]).max() == 0
    assert np.abs(moved[[topology.MOUTH_LEFT, topology.MOUTH_RIGHT, topology.NOSE_TIP]]).max() == 0


def test_a_picture_without_a_face_is_refused(stills: Landmarker) -> None:
    with pytest.raises(Invalid, match="no face found"):
        make_portrait(np.full((200, 200, 3), 127, np.uint8), stills.find)


def test_an_unknown_sample_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="sample:mallory"):
        photo_path("sample:mallory")
    with pytest.raises(Unavailable, match=r"ada\.jpg"):
        photo_path("ada.jpg", tmp_path)
