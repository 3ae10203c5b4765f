"""What can't be at the same time: one student or invigilator in two places, two people on one seat; look-alikes together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import and_, col, func, over, select

from services.api.db.tables import Assignment, LookAlikePair, RosterEntry, Sitting
from services.api.office.readiness_counts import Place
from services.api.office.sitting_shapes import SittingPublic
from services.api.office.work import Work


class Span(NamedTuple):
    """When a sitting is."""

    id: int
    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: "Span") -> bool:
        """Tell whether two are at the same time; one may begin when the other ends."""
        return self.id != other.id and self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass
class Clashing:
    """What was found."""

    students: dict[int, list[str]] = field(default_factory=dict)
    """By sitting: who is on another's roster at the same time."""
    people: dict[Place, int] = field(default_factory=dict)
    """By sitting and hall: everybody who writes there at that time, of whichever exam."""
    same_seat: dict[Place, list[str]] = field(default_factory=dict)
    invigilators: dict[int, int] = field(default_factory=dict)
    look_alikes: dict[int, int] = field(default_factory=dict)


def around(work: Work, sittings: Sequence[Sitting]) -> list[Span]:
    """Return these sittings and all others that may be at the same time as one of them."""
    first, last = min(one.starts_at for one in sittings), max(one.ends_at for one in sittings)
    query = select(Sitting.id, Sitting.starts_at, Sitting.ends_at).where(
        col(Sitting.state) != "cancelled", col(Sitting.starts_at) < last, col(Sitting.ends_at) > first
    )
    there = {one.id or 0: Span(one.id or 0, one.starts_at, one.ends_at) for one in sittings}
    found = {row[0] or 0: Span(row[0] or 0, row[1], row[2]) for row in work.session.exec(query)}
    return list((there | found).values())


def find(
    work: Work, sittings: Sequence[SittingPublic], spans: Sequence[Span], on_roster: Mapping[Place, int]
) -> Clashing:
    """Find what clashes with one of these sittings; `on_roster`: how many each of these spans has in each hall."""
    beside = _beside([sitting.id for sitting in sittings], spans)
    together = sorted({one for sitting_id, others in beside.items() if others for one in (sitting_id, *others)})
    clashing = Clashing()
    rows = _rows(work, together)
    _find_students(clashing, beside, rows)
    _find_seats(clashing, beside, _seats(work, sorted(set(together) | set(beside))))
    _count_people(clashing, beside, on_roster)
    _find_invigilators(work, clashing, beside)
    _find_look_alikes(work, clashing, beside)
    return clashing


def _beside(ids: Iterable[int], spans: Sequence[Span]) -> dict[int, frozenset[int]]:
    """For each sitting, the others at the same time."""
    by_id = {span.id: span for span in spans}
    return {one: frozenset(span.id for span in spans if span.overlaps(by_id[one])) for one in ids}


def _rows(work: Work, sitting_ids: Sequence[int]) -> list[tuple[int, str]]:
    """Return the places of students of whom one sitting begins before another of theirs has ended."""
    before = _end_before(col(RosterEntry.student_id))
    spans = (
        select(col(RosterEntry.student_id).label("who"), col(Sitting.starts_at).label("starts"), before)
        .join(Sitting, col(Sitting.id) == RosterEntry.sitting_id)
        .where(col(RosterEntry.sitting_id).in_(sitting_ids))
        .subquery()
    )
    twice = select(spans.c.who).where(spans.c.before > spans.c.starts)
    query = select(RosterEntry.sitting_id, RosterEntry.student_id).where(
        col(RosterEntry.sitting_id).in_(sitting_ids), col(RosterEntry.student_id).in_(twice)
    )
    return list(work.session.exec(query.order_by(col(RosterEntry.student_id))).all()) if sitting_ids else []


def _end_before(*whose: Mapped[str]) -> ColumnElement[datetime]:
    """The end of the sitting before, of the same student or seat: two that overlap do so with their next, too."""
    of = over(func.lag(col(Sitting.ends_at)), partition_by=whose, order_by=(col(Sitting.starts_at), col(Sitting.id)))
    return of.label("before")


def _find_students(clashing: Clashing, beside: dict[int, frozenset[int]], rows: Iterable[tuple[int, str]]) -> None:
    sittings_of: dict[str, list[int]] = defaultdict(list)
    for sitting_id, student_id in rows:
        sittings_of[student_id].append(sitting_id)
    for student_id, theirs in sittings_of.items():
        if len(theirs) < 2:
            continue
        for sitting_id in theirs:
            if not beside.get(sitting_id, frozenset()).isdisjoint(theirs):
                clashing.students.setdefault(sitting_id, []).append(student_id)


def _seats(work: Work, sitting_ids: Sequence[int]) -> list[tuple[int, str, str, str]]:
    """Return who sits on a seat that is given to two at the same time."""
    label, hall = col(RosterEntry.table_label), col(RosterEntry.hall_id)
    here = (col(RosterEntry.sitting_id).in_(sitting_ids), label != "")
    spans = (
        select(
            hall.label("hall"), label.label("seat"), col(Sitting.starts_at).label("starts"), _end_before(hall, label)
        )
        .join(Sitting, col(Sitting.id) == RosterEntry.sitting_id)
        .where(*here)
        .subquery()
    )
    twice = select(spans.c.hall, spans.c.seat).where(spans.c.before > spans.c.starts).distinct().subquery()
    query = (
        select(RosterEntry.sitting_id, hall, label, RosterEntry.student_id)
        .join(twice, and_(twice.c.hall == hall, twice.c.seat == label))
        .where(*here)
        .order_by(col(RosterEntry.student_id))
    )
    return list(work.session.exec(query).all())


def _find_seats(
    clashing: Clashing, beside: dict[int, frozenset[int]], rows: Iterable[tuple[int, str, str, str]]
) -> None:
    at: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for sitting_id, hall, label, student_id in rows:
        at[hall, label].append((sitting_id, student_id))
    for (hall, _), there in at.items():
        for sitting_id, student_id in there:
            others = beside.get(sitting_id)
            if others is None:
                continue
            if any(one in others or (one == sitting_id and who != student_id) for one, who in there):
                clashing.same_seat.setdefault((sitting_id, hall), []).append(student_id)


def _count_people(clashing: Clashing, beside: dict[int, frozenset[int]], people: Mapping[Place, int]) -> None:
    for (sitting_id, hall), number in people.items():
        if sitting_id in beside:
            others = sum(people.get((other, hall), 0) for other in beside[sitting_id])
            clashing.people[sitting_id, hall] = number + others


def _find_invigilators(work: Work, clashing: Clashing, beside: dict[int, frozenset[int]]) -> None:
    every = {one for sitting_id, others in beside.items() for one in (sitting_id, *others)}
    query = select(Assignment.sitting_id, Assignment.user_id, Assignment.hall_id).where(
        col(Assignment.sitting_id).in_(every)
    )
    halls_of: dict[tuple[int, int], set[str | None]] = defaultdict(set)
    for sitting_id, user_id, hall_id in work.session.exec(query):
        halls_of[sitting_id, user_id].add(hall_id)
    for (sitting_id, user_id), halls in halls_of.items():
        others = [halls_of[other, user_id] for other in beside.get(sitting_id, ()) if (other, user_id) in halls_of]
        if any(not _one_room(halls, other) for other in others):
            clashing.invigilators[sitting_id] = clashing.invigilators.get(sitting_id, 0) + 1


def _one_room(halls: set[str | None], others: set[str | None]) -> bool:
    """Two exams in one hall have one invigilator without a clash."""
    return None not in halls and len(halls) == 1 and halls == others


def _find_look_alikes(work: Work, clashing: Clashing, beside: dict[int, frozenset[int]]) -> None:
    """Pairs that nobody has judged yet, with both at one sitting or at two at the same time."""
    every = {one for sitting_id, others in beside.items() for one in (sitting_id, *others)}
    first, second, early, late = aliased(RosterEntry), aliased(RosterEntry), aliased(Sitting), aliased(Sitting)
    query = (
        select(first.sitting_id, second.sitting_id, func.count())
        .select_from(LookAlikePair)
        .join(first, col(first.student_id) == LookAlikePair.student_a)
        .join(second, col(second.student_id) == LookAlikePair.student_b)
        .join(early, col(early.id) == first.sitting_id)
        .join(late, col(late.id) == second.sitting_id)
        .where(LookAlikePair.state == "unconfirmed")
        .where(col(first.sitting_id).in_(every), col(second.sitting_id).in_(every))
        .where(early.starts_at < late.ends_at, late.starts_at < early.ends_at)
        .group_by(col(first.sitting_id), col(second.sitting_id))
    )
    for one, other, number in work.session.exec(query):
        for sitting_id in {one, other} & set(beside):
            clashing.look_alikes[sitting_id] = clashing.look_alikes.get(sitting_id, 0) + number
