"""One against many, as a hall door asks: who comes is enrolled or not, and the product's own rule decides."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.recognizer.evaluate.embed import Embedded
from services.recognizer.evaluate.people import person_numbers
from services.recognizer.matching import judge, rank
from services.recognizer.thresholds import Thresholds

_DRAWS = 20
_IMPOSTORS = 300


@dataclass(frozen=True)
class OpenSet:
    """Rates over all draws of a gallery of one size."""

    size: int
    threshold: float
    genuine: int
    missed: float
    """FNIR: enrolled, and not matched as themselves."""
    as_another: int
    """Enrolled, and matched as somebody else."""
    impostors: int
    accepted: float
    """FPIR: not enrolled, and matched as anybody."""


def open_set(embedded: Embedded, thresholds: Thresholds, budget: float, size: int, seed: int = 0) -> OpenSet | None:
    """Draw galleries of `size` people with one photo each; probe with another photo, and with strangers.

    None where there are too few people with two photos.
    """
    rng = np.random.default_rng(seed)
    photos = _photos_by_person(embedded)
    pairable = [person for person, rows in photos.items() if len(rows) > 1]
    if len(pairable) < size:
        return None
    threshold = thresholds.for_search(budget, size)
    missed = as_another = accepted = genuine = impostors = 0
    for _ in range(_DRAWS):
        enrolled = rng.permutation(pairable)[:size].tolist()
        two = {person: rng.permutation(photos[person])[:2] for person in enrolled}
        gallery = embedded.vectors[[rows[0] for rows in two.values()]]
        for place, rows in enumerate(two.values()):
            found = _found(gallery, embedded.vectors[rows[1]], threshold, thresholds.margin)
            missed += found != place
            as_another += found is not None and found != place
        strangers = rng.permutation([person for person in photos if person not in two])[:_IMPOSTORS]
        for stranger in strangers.tolist():
            probe = embedded.vectors[rng.choice(photos[stranger])]
            accepted += _found(gallery, probe, threshold, thresholds.margin) is not None
        genuine, impostors = genuine + size, impostors + len(strangers)
    return OpenSet(size, threshold, genuine, missed / genuine, as_another, impostors, accepted / max(impostors, 1))


def _found(gallery: NDArray[np.float32], probe: NDArray[np.float32], threshold: float, margin: float) -> int | None:
    ranking = rank([str(place) for place in range(len(gallery))], gallery @ probe)
    finding = judge(ranking, threshold, margin, agreeing=True, to_a_person=False)
    return int(ranking.candidate) if finding == "match" and ranking.candidate is not None else None


def _photos_by_person(embedded: Embedded) -> dict[int, NDArray[np.int64]]:
    people = person_numbers(embedded)
    rows = np.flatnonzero(embedded.acquired)
    return {int(person): rows[people[rows] == person] for person in np.unique(people[rows])}
