"""Blinks, from sequences of numbers."""

from collections.abc import Callable
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.liveness.blink import Blink, BlinkDetector
from tests.liveness.numbers import lids

OverTime: TypeAlias = Callable[[float], float]


def always_0(_t_s: float) -> float:
    return 0.0


def blinks(
    openness: OverTime,
    seconds: float = 4.0,
    fps: float = 15.0,
    phase: float = 0.0,
    ear: float = 0.3,
    other: OverTime | None = None,
    yaw: OverTime = always_0,
    pitch: OverTime = always_0,
) -> list[Blink]:
    """Run the detector over `openness(t)`; `other(t)` is the second eye's, where it differs."""
    detector = BlinkDetector()
    found: list[Blink] = []
    for number in range(int(seconds * fps)):
        t_s = phase / fps + number / fps
        right = (other or openness)(t_s)
        blink = detector.feed(t_s, ear * openness(t_s), ear * right, yaw(t_s), pitch(t_s))
        found += [blink] if blink else []
    return found


def test_a_blink_is_found_when_it_happened() -> None:
    (blink,) = blinks(lambda t: lids(t, [2.0]), fps=30)
    assert blink.lowest_s == pytest.approx(2.0, abs=0.04)
    assert 0.05 < blink.reopened_s - blink.closed_s < 0.2
    assert isinstance(blink, Blink)


@given(
    phase=st.floats(0, 1),
    fps=st.sampled_from([10.0, 15.0, 25.0, 30.0]),
    at_s=st.floats(1.2, 3.0),
    ear=st.floats(0.15, 0.45),
    length_s=st.floats(0.3, 0.5),
)
def test_at_every_frame_rate_and_phase_and_for_every_eye_an_ordinary_blink_is_found_once(
    phase: float, fps: float, at_s: float, ear: float, length_s: float
) -> None:
    assert len(blinks(lambda t: lids(t, [at_s], 0.1, length_s), fps=fps, phase=phase, ear=ear)) == 1


def test_narrow_eyes_that_are_open_are_not_closed() -> None:
    assert blinks(lambda t: 1.0, ear=0.15) == []


@given(depth=st.floats(0.0, 0.7))
def test_a_wink_is_no_blink_however_deep(depth: float) -> None:
    assert blinks(lambda t: lids(t, [2.0], depth, 0.4), other=lambda t: 1.0) == []


def test_eyes_closed_for_longer_than_a_second_are_no_blink() -> None:
    assert blinks(lambda t: 0.2 if 1.5 < t < 2.9 else 1.0, seconds=5) == []


def test_a_squint_is_no_blink() -> None:
    assert blinks(lambda t: 0.6 if 1.5 < t < 2.3 else 1.0) == []


def test_a_slow_change_of_the_lids_is_no_blink() -> None:
    assert blinks(lambda t: 1.0 - 0.2 * min(1.0, t / 3)) == []


def test_one_noisy_frame_at_30_fps_that_hardly_dips_is_no_blink() -> None:
    assert blinks(lambda t: 0.7 if abs(t - 2.0) < 0.01 else 1.0, fps=30) == []


def test_talking_eyes_that_move_all_the_time_need_a_real_closure() -> None:
    def restless(t_s: float) -> float:
        return 1.0 if int(t_s * 5) % 2 else 0.74

    assert blinks(restless) == []
    assert len(blinks(lambda t: min(restless(t), lids(t, [2.1], 0.1)))) == 1


def test_a_photo_that_is_tilted_does_not_blink() -> None:
    """Tilting foreshortens the eyes: both ratios fall, and so does the measured pitch."""

    def tilt(t_s: float) -> float:
        return 60 * max(0.0, 1 - abs(t_s - 2.0) / 0.3)

    assert blinks(lambda t: 1.0 - 0.6 * tilt(t) / 60, pitch=tilt) == []


def test_two_quick_blinks_are_two() -> None:
    assert len(blinks(lambda t: lids(t, [2.0, 2.4], 0.1), fps=30)) == 2


def test_a_blink_across_a_gap_in_the_frames_does_not_count() -> None:
    detector = BlinkDetector()
    for number in range(20):
        detector.feed(number / 15, 0.3, 0.3)
    assert detector.feed(1.34, 0.05, 0.05) is None
    assert [detector.feed(1.8 + number / 15, 0.3, 0.3) for number in range(5)] == [None] * 5


def test_eyes_that_are_shut_when_somebody_arrives_have_no_blink_in_their_opening() -> None:
    assert blinks(lambda t: 0.1 if t < 0.2 else 1.0) == []
