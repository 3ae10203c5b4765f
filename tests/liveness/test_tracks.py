"""Which face is which, from frame to frame."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from services.liveness.appearance import similarity
from services.liveness.observation import Observation
from services.liveness.tracks import Tracker, overlap
from shared.face import BoxPx
from tests.liveness.numbers import SIZE, Looks, face, looks_of


def follow(looks_at: Sequence[Sequence[Observation]], fps: float = 15.0) -> tuple[list[str], int]:
    """Run a tracker over lists of faces; return why tracks ended, and how many there were."""
    numbers = itertools.count(1)
    tracker = Tracker(lambda: str(next(numbers)))
    ends: list[str] = []
    for number, seen in enumerate(looks_at):
        t_s = number / fps
        ends += [ended.reason for ended in tracker.update(t_s, [replace(one, t_s=t_s) for one in seen], SIZE)]
    return ends, next(numbers) - 1


def somebody(seconds: float, who: str = "Ada", fps: float = 15.0, **looks: float) -> list[list[Observation]]:
    return [[face(number / fps, who, **looks)] for number in range(int(seconds * fps))]


def in_between(a: str, b: str, share: float) -> Looks:
    """Return a look that is alike to `a` by `share`."""
    other = looks_of(b) - (looks_of(a) @ looks_of(b)) * looks_of(a)
    return np.asarray(share * looks_of(a) + np.sqrt(1 - share**2) * other / np.linalg.norm(other), np.float32)


def test_one_person_is_one_track() -> None:
    assert follow(somebody(5)) == ([], 1)


def test_a_face_that_walks_in_stays_one_track() -> None:
    assert follow([[face(0, x=100 + 20 * number)] for number in range(12)]) == ([], 1)


def test_a_jump_across_the_picture_is_another_track() -> None:
    assert follow(somebody(1) + somebody(1, x=520.0))[1] == 2


def test_another_face_in_the_same_place_is_another_track() -> None:
    assert follow(somebody(1) + somebody(1, "Mallory")) == (["face_changed"], 2)


def test_another_face_in_another_pose_is_another_track_too() -> None:
    assert follow(somebody(1) + somebody(1, "Mallory", yaw=50.0)) == (["face_changed"], 2)


def test_a_head_that_turns_as_heads_do_stays_itself_though_it_looks_less_alike() -> None:
    looks = somebody(1)
    for number in range(15):
        yaw = 6.0 * min(number, 5)
        look = replace(face(0, yaw=yaw), appearance=in_between("Ada", "turned", max(0.5, 1 - yaw / 60)))
        looks.append([look])
    assert follow(looks) == ([], 1)


def test_who_turned_too_fast_to_be_followed_is_no_attacker() -> None:
    looks = somebody(1) + [[replace(face(0, yaw=25.0), appearance=in_between("Ada", "x", 0.25))] for _ in range(8)]
    ends, count = follow(looks)
    assert (ends, count) == (["unsure"], 2)


def test_one_odd_frame_breaks_nothing() -> None:
    assert follow(somebody(1) + somebody(0.1, "a hand") + somebody(1)) == ([], 1)


def test_two_faces_that_stand_apart_are_two_tracks_and_do_not_mix() -> None:
    looks = [[face(0, "Ada", x=200.0), face(0, "Grace", x=480.0)][:: 1 if n % 2 else -1] for n in range(30)]
    assert follow(looks) == ([], 2)


def test_overlap_is_of_the_smaller_face() -> None:
    assert overlap(BoxPx(0, 0, 100, 100), BoxPx(50, 0, 50, 50)) == 1.0
    assert overlap(BoxPx(0, 0, 10, 10), BoxPx(20, 0, 10, 10)) == 0.0


def test_a_similarity_lays_points_where_they_belong() -> None:
    points = np.array([(0.0, 0.0), (2.0, 0.0), (0.0, 2.0)])
    places = points @ np.array([[0.0, 3.0], [-3.0, 0.0]]) + (5.0, 7.0)
    found = similarity(points, places)
    np.testing.assert_allclose(points @ found[:, :2].T + found[:, 2], places, atol=1e-9)
