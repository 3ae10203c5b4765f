"""What makes an enrolment photo bad: how often a photo of each band misses its own person, or matches a stranger.

Each photo is made a template exactly as enrolment does it, without refusing any; the probes are the other
photos that enrolment would take. A band is judged on photos in which nothing else is wrong. Press photos leave
most bad bands nearly empty, so photos made worse on purpose stand beside them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from services.recognizer.alignment import Image, aligned
from services.recognizer.embedder import Embedder
from services.recognizer.enrolment.checks import Measured, refusal_of
from services.recognizer.enrolment.photo import measured_of
from services.recognizer.evaluate.embed import Photo, Progress
from services.recognizer.evaluate.people import canonical
from services.recognizer.evaluate.scores import DRAWS
from services.recognizer.evaluate.worsen import worsened
from services.recognizer.settings import EnrolmentSection
from services.recognizer.vectors import Vector
from shared import images
from shared.landmarks import Landmarker

_SEARCH_WIDTH_PX = 1280
_NO_LIMIT = 1e9
_SECOND_PHOTO = 2
SLOT = 60
"""Students of the slot whose threshold is asked for: a hall or two."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """One photo as enrolment sees it."""

    photo: Photo
    measured: Measured
    vector: Vector
    worse_in: str = ""
    """The measure that it was made worse in on purpose; empty for a photo as it is."""


@dataclass(frozen=True)
class Measure:
    """One thing that enrolment limits: how it is read, between which edges, and the limits to lift for it."""

    name: str
    read: Callable[[Measured], float]
    edges: tuple[float, ...]
    limits: dict[str, float]


@dataclass(frozen=True)
class Band:
    """What became of the photos of one band."""

    measure: str
    made_worse: bool
    low: float
    high: float
    photos: int
    people: int
    missed: float
    """Mean over the photos of the share of their person's probes below the threshold: FNMR."""
    interval: tuple[float, float]
    false_matches: float
    """Mean over the photos of the share of others' probes at or above it: FMR."""


MEASURES = (
    Measure(
        "sharpness", lambda m: m.quality.sharpness, (0, 1, 2, 3, 4, 6, 9, 12, 20, 50, 100, 1e9), {"min_sharpness": 0.0}
    ),
    Measure(
        "brightness",
        lambda m: m.quality.brightness,
        (0, 20, 35, 50, 70, 100, 180, 200, 215, 230, 256),
        {"min_brightness": 0.0, "max_brightness": _NO_LIMIT},
    ),
    Measure("uneven light", lambda m: m.unevenness, (0, 0.15, 0.3, 0.4, 0.5, 0.6, 1.01), {"max_uneven_light": 1.0}),
    Measure(
        "yaw",
        lambda m: abs(m.quality.yaw_deg),
        (0, 10, 20, 30, 35, 40, 45, 50, 60, 181),
        {"max_yaw_deg": _NO_LIMIT},
    ),
    Measure(
        "pitch", lambda m: abs(m.quality.pitch_deg), (0, 10, 20, 25, 30, 35, 40, 181), {"max_pitch_deg": _NO_LIMIT}
    ),
    Measure("eye aspect", lambda m: m.eye_aspect, (0, 0.03, 0.06, 0.09, 0.12, 0.2, 9), {"min_eye_aspect": 0.0}),
    Measure(
        "interocular",
        lambda m: m.quality.interocular_px,
        (0, 12, 16, 20, 24, 28, 32, 40, 50, 1e9),
        {"min_interocular_px": 1e-9},
    ),
)


def judge_photos(
    photos: Sequence[Photo], landmarker: Landmarker, embedder: Embedder, progress: Progress
) -> list[Judged]:
    """Measure and embed every photo's largest face, whatever it looks like; photos without a face are left out.

    Of every second person one photo is also made worse, in each way.
    """
    judged = []
    two_photos = sorted({photo.person for photo in photos if photo.number == _SECOND_PHOTO})
    to_worsen = set(two_photos[::2])
    for number, photo in enumerate(photos, start=1):
        picture = images.fit_width(images.decode(photo.path.read_bytes()), _SEARCH_WIDTH_PX)
        pictures = [
            ("", picture),
            *(worsened(picture, number) if photo.number == 1 and photo.person in to_worsen else ()),
        ]
        judged += [one for way, made in pictures if (one := _judged(photo, made, way, landmarker, embedder))]
        progress(number, len(photos))
    return judged


def bands(judged: Sequence[Judged], needed: EnrolmentSection, threshold: float) -> Iterator[Band]:
    """Return the bands of every measure that hold any photo."""
    rates = _rates(judged, needed, threshold)
    people = np.array([canonical(one.photo.person) for one in judged])
    for measure in MEASURES:
        lifted = needed.model_copy(update=measure.limits)
        fine = np.array([refusal_of(one.measured, lifted) is None for one in judged]) & ~np.isnan(rates[:, 0])
        values = np.array([measure.read(one.measured) for one in judged])
        for way in ("", measure.name):
            these = fine & np.array([one.worse_in == way for one in judged])
            for low, high in pairwise(measure.edges):
                inside = these & (values >= low) & (values < high)
                if inside.any():
                    yield _band(measure.name, bool(way), (low, high), rates[inside], people[inside])


def _judged(photo: Photo, picture: Image, way: str, landmarker: Landmarker, embedder: Embedder) -> Judged | None:
    faces = sorted(landmarker.find(picture), key=lambda face: face.box.width, reverse=True)
    if not faces:
        return None
    chip = aligned(picture, faces[0].points, embedder.template)
    return Judged(photo, measured_of(picture, faces), embedder.embed([chip])[0], way)


def _band(name: str, made: bool, edges: tuple[float, float], rates: Floats, people: NDArray[np.str_]) -> Band:
    _, whose = np.unique(people, return_inverse=True)
    rng, count = np.random.default_rng(0), int(whose.max()) + 1
    drawn = (np.bincount(rng.integers(0, count, count), minlength=count)[whose] for _ in range(DRAWS))
    missed = [float(np.average(rates[:, 0], weights=weights)) for weights in drawn if weights.any()]
    ends = np.percentile(missed, [2.5, 97.5])
    means = rates.mean(axis=0)
    return Band(
        name, made, *edges, len(rates), count, float(means[0]), (float(ends[0]), float(ends[1])), float(means[1])
    )


def _rates(judged: Sequence[Judged], needed: EnrolmentSection, threshold: float) -> Floats:
    """Return FNMR and FMR of each photo as a template, shape (n, 2); NaN where its person has no other good photo."""
    people = np.array([canonical(one.photo.person) for one in judged])
    sources = np.array([str(one.photo.path) for one in judged])
    good = np.array([not one.worse_in and refusal_of(one.measured, needed) is None for one in judged])
    vectors = np.stack([one.vector for one in judged])
    rates = np.full((len(judged), 2), np.nan)
    for row, person in enumerate(people):
        own = good & (people == person) & (sources != sources[row])
        if own.any():
            matched, others = vectors @ vectors[row] >= threshold, good & (people != person)
            rates[row] = 1 - matched[own].mean(), matched[others].mean() if others.any() else 0.0
    return rates
