"""All cross-pairs of a set of photos, and rates with intervals from resampling people. Pure numpy.

Pairs are not independent: one odd face is in thousands of them. So the intervals are from a bootstrap
that draws people, with everything that is theirs (after Bolle, Ratha and Pankanti, 2004).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.recognizer.evaluate.embed import Embedded
from services.recognizer.evaluate.people import person_numbers

_ROWS = 512
DRAWS = 400
Floats = NDArray[np.float64]
Kept = tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]
"""Scores, and whose they are."""


@dataclass(frozen=True)
class Pairs:
    """Scores of pairs, sorted from the highest, and whose they are (numbers of people)."""

    scores: Floats
    one: NDArray[np.int64]
    other: NDArray[np.int64]
    total: int
    """How many pairs there are in all; impostor pairs below the floor are counted and not kept."""
    photos_of: NDArray[np.int64]
    """Photos per person."""


def cross_pairs(embedded: Embedded, floor: float) -> tuple[Pairs, Pairs]:
    """Return all genuine pairs, and the impostor pairs at or above `floor`.

    A photo in which no face was found takes part: its genuine pairs score -1 (failure to acquire).
    """
    people = person_numbers(embedded)
    genuine: list[Kept] = []
    impostor: list[Kept] = []
    for start in range(0, len(people), _ROWS):
        for same, kept in _block(embedded.vectors, embedded.acquired, people, start, floor):
            (genuine if same else impostor).append(kept)
    photos = np.bincount(people)
    all_pairs = len(people) * (len(people) - 1) // 2
    genuine_pairs = int((photos * (photos - 1) // 2).sum())
    return _pairs(genuine, genuine_pairs, photos), _pairs(impostor, all_pairs - genuine_pairs, photos)


def false_match_curve(impostor: Pairs, at: Floats) -> Floats:
    """Return the FMR at each score of `at`."""
    return np.searchsorted(-impostor.scores, -at, side="right") / impostor.total


def false_match_draws(impostor: Pairs, at: Floats, seed: int = 0) -> Floats:
    """Return the FMR at each score for each bootstrap draw, shape (DRAWS, len(at))."""
    counts = np.searchsorted(-impostor.scores, -at, side="right")
    draws = np.zeros((DRAWS, len(at)))
    for row, drawn in enumerate(_drawn_people(len(impostor.photos_of), seed)):
        photos = drawn * impostor.photos_of
        pairs = (photos.sum() ** 2 - (photos**2).sum()) / 2
        weights = np.concatenate([[0.0], np.cumsum(drawn[impostor.one] * drawn[impostor.other])])
        draws[row] = weights[counts] / pairs
    return draws


def score_at_fmr(impostor: Pairs, fmr: float) -> float:
    """Return the lowest score that at most this share of all impostor pairs reach."""
    allowed = int(fmr * impostor.total)
    return float(np.nextafter(impostor.scores[allowed], np.inf))


def true_accepts(genuine: Pairs, threshold: float, *, by_person: bool) -> float:
    """Return the share of genuine pairs at or above a threshold; with `by_person`, each person counts once."""
    weights = 1.0 / _pairs_of(genuine)[genuine.one] if by_person else np.ones(len(genuine.scores))
    return float(weights[genuine.scores >= threshold].sum() / weights.sum())


def true_accept_interval(genuine: Pairs, threshold: float, *, by_person: bool, seed: int = 0) -> tuple[float, float]:
    """Return the 95% bootstrap interval of `true_accepts`, resampling people."""
    weights = 1.0 / _pairs_of(genuine)[genuine.one] if by_person else np.ones(len(genuine.scores))
    hits = np.bincount(genuine.one, weights * (genuine.scores >= threshold), len(genuine.photos_of))
    all_ = np.bincount(genuine.one, weights, len(genuine.photos_of))
    rates = [float((drawn * hits).sum() / (drawn * all_).sum()) for drawn in _drawn_people(len(all_), seed)]
    low, high = np.percentile(rates, [2.5, 97.5])
    return float(low), float(high)


def _pairs_of(genuine: Pairs) -> NDArray[np.int64]:
    return np.maximum(genuine.photos_of * (genuine.photos_of - 1) // 2, 1)


def _drawn_people(count: int, seed: int) -> Iterator[Floats]:
    rng = np.random.default_rng(seed)
    for _ in range(DRAWS):
        yield np.bincount(rng.integers(0, count, count), minlength=count).astype(np.float64)


def _block(
    vectors: NDArray[np.float32],
    acquired: NDArray[np.bool_],
    people: NDArray[np.int64],
    start: int,
    floor: float,
) -> Iterator[tuple[bool, Kept]]:
    """Compare some rows with all rows behind them."""
    rows = slice(start, min(start + _ROWS, len(people)))
    scores = vectors[rows] @ vectors[start:].T
    scores[~(acquired[rows][:, None] & acquired[start:][None, :])] = -1
    behind = np.arange(start, len(people))[None, :] > np.arange(rows.start, rows.stop)[:, None]
    same = people[rows][:, None] == people[start:][None, :]
    for is_same, wanted in ((True, behind & same), (False, behind & ~same & (scores >= floor))):
        i, j = np.nonzero(wanted)
        yield is_same, (scores[i, j], people[i + start], people[j + start])


def _pairs(parts: list[Kept], total: int, photos: NDArray[np.int64]) -> Pairs:
    scores, one, other = (np.concatenate([part[k] for part in parts]) for k in range(3))
    order = np.argsort(-scores, kind="stable")
    return Pairs(scores[order].astype(np.float64), one[order], other[order], total, photos.astype(np.int64))
