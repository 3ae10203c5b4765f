"""One slot of two halls: may somebody of hall B pass at hall A as the most similar of A's list?

They may not, because the whole slot is searched and only the best of all can be admitted. What is
counted: probes of hall B whose nearest neighbour in hall A passes the threshold that hall A alone would
have, and what the product's own rule says of each.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.recognizer.evaluate.embed import Embedded
from services.recognizer.evaluate.people import person_numbers
from services.recognizer.matching import judge, rank
from services.recognizer.thresholds import Thresholds


@dataclass(frozen=True)
class WhoseFace:
    """What came of it."""

    people: int
    probes: int
    passing_alone: int
    """Probes of hall B that hall A alone would have let in as somebody of its own."""
    as_another: tuple[str, ...]
    """Of these, those that the whole slot's search still matches as anybody but themselves: who, as whom, score."""
    findings: dict[str, int]
    """What is found for those who would have passed: `match` is as themselves."""
    slot_threshold: float
    hall_threshold: float
    flagged: int
    """People whose enrolment is closer to another's of the slot than the slot's threshold."""


def whose_face(embedded: Embedded, thresholds: Thresholds, budget: float) -> WhoseFace:
    """Enrol everybody with their first photo, half in each hall, and let all other photos of hall B come to hall A."""
    people = person_numbers(embedded)
    first = _first_photos(embedded, people)
    halls = np.random.default_rng(0).permutation(len(first)) % 2
    gallery = embedded.vectors[first]
    in_a = np.flatnonzero(halls == 0)
    hall_threshold = thresholds.for_search(budget, len(in_a))
    slot_threshold = thresholds.for_search(budget, len(first))
    probes = [row for row in np.flatnonzero(embedded.acquired) if row not in set(first.tolist()) and halls[people[row]]]
    findings: Counter[str] = Counter()
    as_another = []
    for row in probes:
        scores = gallery @ embedded.vectors[row]
        if scores[in_a].max() < hall_threshold:
            continue
        ranking = rank([str(person) for person in range(len(first))], scores)
        finding = judge(ranking, slot_threshold, thresholds.margin, agreeing=True, to_a_person=False)
        findings[finding] += 1
        if finding == "match" and ranking.candidate != str(people[row]):
            as_another.append(_told(embedded, row, first[int(ranking.candidate or 0)], ranking.score))
    return WhoseFace(
        people=len(first),
        probes=len(probes),
        passing_alone=sum(findings.values()),
        as_another=tuple(as_another),
        findings=dict(findings),
        slot_threshold=slot_threshold,
        hall_threshold=hall_threshold,
        flagged=_flagged(gallery, slot_threshold),
    )


def _told(embedded: Embedded, probe: int, template: int, score: float | None) -> str:
    who = [f"{embedded.people[row]} {embedded.numbers[row]}" for row in (probe, template)]
    return f"{who[0]} as {who[1]} at {score:.3f}"


def _first_photos(embedded: Embedded, people: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return each person's first photo in which a face was found, in the order of `person_numbers`."""
    rows = np.flatnonzero(embedded.acquired)
    _, at = np.unique(people[rows], return_index=True)
    return np.asarray(rows[at], np.int64)


def _flagged(gallery: NDArray[np.float32], threshold: float) -> int:
    scores = gallery @ gallery.T
    np.fill_diagonal(scores, -1)
    return int((scores.max(axis=1) >= threshold).sum())
