"""Enrolment's limits are judged by what photos of each band come to, on numbers made by hand."""

from pathlib import Path

import numpy as np
import pytest

from services.recognizer.enrolment.checks import Measured
from services.recognizer.evaluate.bands import Band, Judged, bands
from services.recognizer.evaluate.embed import Photo
from services.recognizer.evaluate.worsen import worsened
from services.recognizer.settings import EnrolmentSection
from services.recognizer.vectors import Vector
from shared.events import Quality
from shared.quality import sharpness_of

THRESHOLD = 0.5
ADA, GRACE = np.array([1, 0, 0, 0], np.float32), np.array([0, 1, 0, 0], np.float32)
ELSEWHERE = np.array([0, 0, 1, 0], np.float32)


def judged(person: str, number: int, vector: Vector, sharpness: float = 60.0, worse_in: str = "") -> Judged:
    quality = Quality(
        sharpness=sharpness,
        yaw_deg=0,
        pitch_deg=0,
        roll_deg=0,
        interocular_px=60,
        brightness=130,
        eye_openness=1,
        score=0.6,
    )
    photo = Photo(person, number, Path(f"{person}_{number}.jpg"))
    return Judged(photo, Measured(quality, 0.0, 0.3, 0.0), vector, worse_in)


def band(found: list[Band], low: float, *, made_worse: bool = False) -> Band:
    return next(b for b in found if (b.measure, b.low, b.made_worse) == ("sharpness", low, made_worse))


def test_a_blurred_photo_that_misses_its_person_shows_in_its_band_alone() -> None:
    photos = [judged("Ada", n, ADA) for n in (1, 2)] + [judged("Ada", 3, ELSEWHERE, sharpness=7)]
    photos += [judged("Grace", n, GRACE) for n in (1, 2)]
    found = list(bands(photos, EnrolmentSection(), THRESHOLD))
    assert band(found, 6).missed == 1
    assert band(found, 50).missed == 0
    assert band(found, 50).photos == 4
    assert all(b.photos == 4 for b in found if b.measure != "sharpness")


def test_a_photo_made_worse_is_no_probe_and_not_compared_with_its_own_source() -> None:
    photos = [judged("Ada", 1, ADA), judged("Ada", 2, ELSEWHERE), judged("Ada", 1, ADA, 7, worse_in="sharpness")]
    found = list(bands(photos, EnrolmentSection(), THRESHOLD))
    assert band(found, 6, made_worse=True).missed == 1
    assert band(found, 50).photos == 2


def test_a_photo_that_matches_a_stranger_is_counted_as_a_false_match() -> None:
    photos = [judged("Ada", 1, ADA), judged("Ada", 2, ADA), judged("Grace", 1, ADA, 7), judged("Grace", 2, GRACE)]
    found = list(bands(photos, EnrolmentSection(), THRESHOLD))
    assert band(found, 6).false_matches == 1


def test_who_has_one_photo_only_tells_nothing() -> None:
    assert list(bands([judged("Ada", 1, ADA), judged("Grace", 1, GRACE)], EnrolmentSection(), THRESHOLD)) == []


@pytest.mark.parametrize("seed", [1, 2])
def test_photos_made_worse_are_worse_in_what_they_say(seed: int) -> None:
    picture = np.random.default_rng(seed).integers(60, 180, (100, 100, 3)).astype(np.uint8)
    made = list(worsened(picture, seed))
    assert all(
        sharpness_of(image[:, :, 0]) < sharpness_of(picture[:, :, 0]) for way, image in made if way == "sharpness"
    )
    assert all(abs(image.mean() - picture.mean()) > 20 for way, image in made if way == "brightness")
    assert all(image.shape < picture.shape for way, image in made if way == "interocular")
