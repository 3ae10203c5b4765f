"""One against one: accuracy on the listed pairs, and true accepts at false accept rates over all cross-pairs."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.recognizer.evaluate.embed import Embedded
from services.recognizer.evaluate.scores import Pairs, cross_pairs, score_at_fmr, true_accept_interval, true_accepts

FARS = (1e-2, 1e-3, 1e-4)
_FOLDS = 10
_FLOOR = 0.0


@dataclass(frozen=True)
class Accuracy:
    """Mean and standard deviation over the folds."""

    mean: float
    spread: float
    same: int
    different: int


@dataclass(frozen=True)
class TrueAccepts:
    """The share of genuine pairs accepted at the score of one false accept rate."""

    far: float
    score: float
    listed: float
    """Of the listed pairs, which are spread evenly over people."""
    by_person: float
    """Of all genuine cross-pairs, each person counting once."""
    interval: tuple[float, float]
    """95%, of `by_person`."""


@dataclass(frozen=True)
class ListedPairs:
    """The benchmark's own pairs, as scores; -1 where no face was found in one of the two."""

    scores: NDArray[np.float64]
    same: NDArray[np.bool_]


def listed_pairs(embedded: Embedded, listing: Path) -> ListedPairs:
    """Read `name_a,number_a,name_b,number_b,same` and score each pair."""
    at = {key: row for row, key in enumerate(zip(embedded.people.tolist(), embedded.numbers.tolist(), strict=True))}
    with listing.open(newline="") as file:
        rows = list(csv.DictReader(file))
    one = [at[row["name_a"], int(row["number_a"])] for row in rows]
    other = [at[row["name_b"], int(row["number_b"])] for row in rows]
    scores = np.einsum("ij,ij->i", embedded.vectors[one], embedded.vectors[other]).astype(np.float64)
    scores[~(embedded.acquired[one] & embedded.acquired[other])] = -1
    return ListedPairs(scores, np.array([row["same"] == "1" for row in rows]))


def accuracy(pairs: ListedPairs) -> Accuracy:
    """Return the accuracy over ten folds, each with the threshold that is best on the other nine.

    The listed pairs are not balanced here, so each fold's accuracy is the mean of both classes'.
    """
    rng = np.random.default_rng(0)
    fold = np.zeros(len(pairs.scores), np.int64)
    for kind in (True, False):
        members = rng.permutation(np.flatnonzero(pairs.same == kind))
        fold[members] = np.arange(len(members)) % _FOLDS
    rates = [_balanced(pairs, fold == test, _best_threshold(pairs, fold != test)) for test in range(_FOLDS)]
    return Accuracy(float(np.mean(rates)), float(np.std(rates)), int(pairs.same.sum()), int((~pairs.same).sum()))


def true_accept_rates(embedded: Embedded, listed: ListedPairs) -> tuple[list[TrueAccepts], Pairs]:
    """Return the true accept rate at each of `FARS`, and the impostor pairs they were taken from."""
    genuine, impostor = cross_pairs(embedded, _floor(embedded))
    found = []
    for far in FARS:
        score = score_at_fmr(impostor, far)
        found.append(
            TrueAccepts(
                far=far,
                score=score,
                listed=float((listed.scores[listed.same] >= score).mean()),
                by_person=true_accepts(genuine, score, by_person=True),
                interval=true_accept_interval(genuine, score, by_person=True),
            )
        )
    return found, impostor


def _floor(embedded: Embedded) -> float:
    """Return a score under that of the largest FAR: a low quantile of a sample's scores keeps memory small."""
    rows = np.random.default_rng(0).permutation(np.flatnonzero(embedded.acquired))[:600]
    scores = embedded.vectors[rows] @ embedded.vectors[rows].T
    return float(np.quantile(scores, 0.95))


def _balanced(pairs: ListedPairs, chosen: NDArray[np.bool_], threshold: float) -> float:
    genuine = pairs.scores[chosen & pairs.same] >= threshold
    impostor = pairs.scores[chosen & ~pairs.same] < threshold
    return float((genuine.mean() + impostor.mean()) / 2)


def _best_threshold(pairs: ListedPairs, chosen: NDArray[np.bool_]) -> float:
    candidates = np.unique(pairs.scores[chosen])
    genuine = np.sort(pairs.scores[chosen & pairs.same])
    impostor = np.sort(pairs.scores[chosen & ~pairs.same])
    accepted = 1 - np.searchsorted(genuine, candidates) / len(genuine)
    refused = np.searchsorted(impostor, candidates) / len(impostor)
    return float(candidates[np.argmax(accepted + refused)])
