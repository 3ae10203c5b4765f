"""The arithmetic of reports. Pure: facts in, figures out."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple

from services.api.office.closing.counts import Totals, totals_of
from services.api.office.record import Line
from services.api.office.reports.facts import CaseFact, SittingFacts, Try
from services.api.office.reports.shapes import (
    Arrivals,
    DoorTries,
    Figures,
    Lateness,
    Overrides,
    ReasonCount,
    SpanArrivals,
    Waiting,
)

ADMITS = frozenset({"present", "late"})
REFUSES = frozenset({"liveness_failed", "unknown", "ambiguous"})
"""Verdicts with which a door that should have let somebody in did not."""
MACHINE = "superseded"
"""How a case was settled that the machine closed by itself."""


class Part(NamedTuple):
    """What is kept of one sitting, to be added to others: no names, and little."""

    totals: Totals
    late_minutes: Sequence[float]
    overrides: Overrides
    exceptions: Sequence[ReasonCount]
    doors: Sequence[DoorTries]
    minutes_to_last: float | None
    cases: int
    waits_s: Sequence[float]
    came: Mapping[tuple[int, bool], int]
    """How many came in a minute from the opening of check-in, by whether they were late."""


def part_of(sitting: SittingFacts) -> Part:
    """Return one sitting's share of the figures."""
    return Part(
        totals=totals_of(line.status for line in sitting.lines),
        late_minutes=late_minutes(sitting),
        overrides=overrides_of(sitting),
        exceptions=exceptions_of(sitting.cases),
        doors=doors_of(sitting.tries),
        minutes_to_last=minutes_to_last(sitting),
        cases=sum(not case.listed for case in sitting.cases),
        waits_s=waits_of(sitting.cases),
        came=Counter(_since_opening(sitting)),
    )


def figures_of(parts: Sequence[Part]) -> Figures:
    """Return the figures of some sittings together."""
    totals = add_totals(part.totals for part in parts)
    return Figures(
        totals=totals,
        attendance_percent=percent(totals.admitted, totals.on_roster),
        lateness=lateness_of([minutes for part in parts for minutes in part.late_minutes]),
        overrides=add_overrides(part.overrides for part in parts),
        exceptions=add_exceptions(part.exceptions for part in parts),
        doors=add_doors(part.doors for part in parts),
        minutes_to_last=max((p.minutes_to_last for p in parts if p.minutes_to_last is not None), default=None),
        waiting=waiting_of(sum(part.cases for part in parts), [wait for part in parts for wait in part.waits_s]),
    )


def add_totals(totals: Iterable[Totals]) -> Totals:
    """Add totals up."""
    added = Totals()
    for one in totals:
        for name in Totals.model_fields:
            setattr(added, name, getattr(added, name) + getattr(one, name))
    return added


def percent(part: int, whole: int) -> float | None:
    """Return a share in percent, one digit; None of nothing."""
    return round(100 * part / whole, 1) if whole else None


def minutes_late(line: Line, late_after: datetime) -> float | None:
    """Return how many minutes after `late_after` a late student came, one digit."""
    if line.status != "late" or line.admitted_at is None:
        return None
    return round(max(0.0, (line.admitted_at - late_after).total_seconds() / 60), 1)


def late_minutes(sitting: SittingFacts) -> list[float]:
    """Return the minutes of all who came late."""
    found = (minutes_late(line, sitting.late_after) for line in sitting.lines)
    return [minutes for minutes in found if minutes is not None]


def lateness_of(minutes: Sequence[float]) -> Lateness:
    """Return how late the late ones were."""
    if not minutes:
        return Lateness()
    return Lateness(count=len(minutes), median_min=round(median(minutes), 1), most_min=max(minutes))


def overrides_of(sitting: SittingFacts) -> Overrides:
    """Count what people decided, by kind; what was taken back is counted apart."""
    kinds = Counter(ruling.action for ruling in sitting.rulings)
    taken_back = sum(ruling.undone for ruling in sitting.rulings)
    return Overrides(count=len(sitting.rulings), taken_back=taken_back, by_kind=dict(sorted(kinds.items())))


def add_overrides(several: Iterable[Overrides]) -> Overrides:
    """Add them up."""
    added, kinds = Overrides(), Counter[str]()
    for one in several:
        added.count += one.count
        added.taken_back += one.taken_back
        kinds.update(one.by_kind)
    added.by_kind = dict(sorted(kinds.items()))
    return added


def exceptions_of(cases: Iterable[CaseFact]) -> list[ReasonCount]:
    """Count cases by reason, the most frequent first."""
    return add_exceptions(
        [ReasonCount(verdict=case.verdict, detail=case.detail, count=1, open=_waits(case))] for case in cases
    )


def add_exceptions(several: Iterable[Sequence[ReasonCount]]) -> list[ReasonCount]:
    """Add them up by reason, the most frequent first."""
    added: dict[tuple[str, str], ReasonCount] = {}
    for one in (one for some in several for one in some):
        there = added.setdefault((one.verdict, one.detail), one.model_copy(update={"count": 0, "open": 0}))
        there.count += one.count
        there.open += one.open
    return sorted(added.values(), key=lambda one: (-one.count, one.verdict, one.detail))


def doors_of(tries: Sequence[Try]) -> list[DoorTries]:
    """Return for each door how many were refused at their first try there, and why.

    A person is a student where the door found out in the end, else one unbroken track.
    """
    owners = {one.track: one.student_id for one in tries if one.student_id is not None}
    first: dict[tuple[str, str], Try] = {}
    for one in tries:
        if one.verdict in ADMITS | REFUSES:
            first.setdefault((one.kiosk, owners.get(one.track) or f"track {one.track}"), one)
    doors = sorted({kiosk for kiosk, _ in first})
    return [_door(door, [one for (kiosk, _), one in first.items() if kiosk == door]) for door in doors]


def add_doors(several: Iterable[Sequence[DoorTries]]) -> list[DoorTries]:
    """Add the sittings' first tries up by door: at another sitting it is a first try again."""
    added: dict[str, DoorTries] = {}
    for one in (one for some in several for one in some):
        there = added.get(one.door)
        people, refused = (there.people, there.refused) if there else (0, 0)
        reasons = Counter(there.by_reason if there else {}) + Counter(one.by_reason)
        added[one.door] = DoorTries(
            door=one.door,
            people=people + one.people,
            refused=refused + one.refused,
            refused_percent=percent(refused + one.refused, people + one.people),
            by_reason=dict(sorted(reasons.items())),
        )
    return [added[door] for door in sorted(added)]


def minutes_to_last(sitting: SittingFacts) -> float | None:
    """Return the minutes from the opening of check-in to the last one admitted, one digit."""
    admitted = [line.admitted_at for line in sitting.lines if line.admitted_at is not None]
    if not admitted:
        return None
    return round((max(admitted) - sitting.opens_at).total_seconds() / 60, 1)


def waits_of(cases: Iterable[CaseFact]) -> list[float]:
    """Return how long each case waited for a person's answer, in seconds."""
    return [
        (case.settled_at - case.opened_at).total_seconds()
        for case in cases
        if not case.listed and case.settled_at is not None and case.settled_as != MACHINE
    ]


def waiting_of(cases: int, waits_s: Sequence[float]) -> Waiting:
    """Return how long cases waited."""
    if not waits_s:
        return Waiting(cases=cases)
    return Waiting(
        cases=cases,
        answered=len(waits_s),
        median_s=round(median(waits_s), 1),
        p95_s=round(quantile(waits_s, 0.95), 1),
        longest_s=round(max(waits_s), 1),
    )


def quantile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank quantile: the least value that `share` of them don't exceed.

    >>> quantile([1, 2, 3, 4], 0.95)
    4
    """
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def arrivals_of(sitting: SittingFacts) -> Arrivals:
    """Return how many came in each minute, from the first to the last."""
    came = [
        (line.admitted_at.replace(second=0, microsecond=0), line.status) for line in sitting.lines if line.admitted_at
    ]
    if not came:
        return Arrivals()
    first, last = min(came)[0], max(came)[0]
    minutes = [first + timedelta(minutes=n) for n in range(int((last - first).total_seconds() // 60) + 1)]
    late = Counter(at for at, status in came if status == "late")
    all_of = Counter(at for at, _ in came)
    return Arrivals(
        minutes=minutes, punctual=[all_of[at] - late[at] for at in minutes], late=[late[at] for at in minutes]
    )


def arrivals_together(parts: Iterable[Part]) -> SpanArrivals:
    """Return how many came in each minute from the opening of check-in, of some sittings together."""
    came = Counter[tuple[int, bool]]()
    for part in parts:
        came.update(part.came)
    if not came:
        return SpanArrivals()
    minutes = list(range(min(came)[0], max(came)[0] + 1))
    return SpanArrivals(
        minutes=minutes,
        punctual=[came[minute, False] for minute in minutes],
        late=[came[minute, True] for minute in minutes],
    )


def _since_opening(sitting: SittingFacts) -> Iterator[tuple[int, bool]]:
    for line in sitting.lines:
        if line.admitted_at is not None:
            yield math.floor((line.admitted_at - sitting.opens_at).total_seconds() / 60), line.status == "late"


def _waits(case: CaseFact) -> bool:
    return case.settled_at is None and not case.listed


def _door(door: str, first: Sequence[Try]) -> DoorTries:
    refused = [one for one in first if one.verdict in REFUSES]
    why = Counter(one.why or one.verdict for one in refused)
    return DoorTries(
        door=door,
        people=len(first),
        refused=len(refused),
        refused_percent=percent(len(refused), len(first)),
        by_reason=dict(sorted(why.items())),
    )
