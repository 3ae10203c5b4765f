"""What can't go well although every line is right: two places at once, too few seats, a time that is over. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from services.api.office.imports.planned import Plan
from services.api.office.imports.rows import problem
from services.api.office.imports.there import There
from services.api.problems import RowProblem


@dataclass
class Held:
    """One sitting as it is after the import."""

    label: str
    starts_at: datetime
    ends_at: datetime
    line: int
    """The import's first line of it; 0: the import does not touch it."""
    places: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    """By student: hall, table, line."""
    watchers: set[tuple[int, str | None, int]] = field(default_factory=set)
    """User, hall, line."""

    def meets(self, other: Held) -> bool:
        """Tell whether the two are held at the same time."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


def clashes_of(plan: Plan, there: There) -> list[RowProblem]:
    """Find every clash in which the import has a part."""
    held = _held(plan, there)
    pairs = list(_at_once(held))
    return [*_over(plan, there), *_students(pairs), *_seats(held, there), *_tables(pairs), *_watchers(held, pairs)]


def _held(plan: Plan, there: There) -> list[Held]:
    found = {
        sitting.id: Held(sitting.exam_code, sitting.starts_at, sitting.ends_at, 0)
        for sitting in there.sittings.values()
        if sitting.state != "cancelled"
    }
    for sitting_id, entries in there.entries.items():
        if sitting_id in found:
            found[sitting_id].places = {e.student_id: (e.hall, e.table, 0) for e in entries.values()}
    for sitting_id, people in there.assigned.items():
        if sitting_id in found:
            found[sitting_id].watchers = {(user, hall, 0) for user, hall in people}
    new: list[Held] = []
    planned: list[Held] = []
    for sitting in plan.sittings:
        one = found.get(sitting.id) if sitting.id is not None else None
        if one is None:
            one = Held(sitting.label, sitting.times["starts_at"], sitting.times["ends_at"], sitting.line)
            new.append(one)
        one.label, one.line = sitting.label, sitting.line
        one.starts_at, one.ends_at = sitting.times["starts_at"], sitting.times["ends_at"]
        planned.append(one)
    for entry in plan.entries:
        places = planned[entry.sitting].places
        places.pop(entry.student_id, None)
        if entry.what != "removed":
            places[entry.student_id] = (entry.place["hall"], entry.place["table"], entry.line)
    for watch in plan.watches:
        planned[watch.sitting].watchers.add((watch.user_id, watch.hall, watch.line))
    return [*found.values(), *new]


def _at_once(held: list[Held]) -> Iterator[tuple[Held, Held]]:
    """Give the pairs that are held at the same time, of which the import touches one, that one first."""
    ordered = sorted(held, key=lambda one: one.starts_at)
    for at, first in enumerate(ordered):
        for second in ordered[at + 1 :]:
            if second.starts_at >= first.ends_at:
                break
            if first.line or second.line:
                yield (first, second) if first.line >= second.line else (second, first)


def _over(plan: Plan, there: There) -> Iterator[RowProblem]:
    """Give the new sittings that are over already: mostly a wrong day or year."""
    for one in plan.sittings:
        if one.id is None and one.times["ends_at"] <= there.now:
            yield problem(one.line, "date", "sitting_over", sitting=one.label)


def _students(pairs: list[tuple[Held, Held]]) -> Iterator[RowProblem]:
    for touched, other in pairs:
        smaller, larger = sorted((touched.places, other.places), key=len)
        for student in (student for student in smaller if student in larger):
            line = touched.places[student][2] or other.places[student][2]
            if line:
                both = {"first": touched.label, "second": other.label}
                yield problem(line, "student_id", "student_clash", student=student, **both)


def _seats(held: list[Held], there: There) -> Iterator[RowProblem]:
    """Count, at each start of a sitting that the import touches, who sits in each of its halls."""
    for one in (one for one in held if one.line):
        together = [other for other in held if other.starts_at <= one.starts_at < other.ends_at]
        sitting_in = Counter(hall for other in together for hall, _, _ in other.places.values())
        mine = {hall for hall, _, line in one.places.values() if line}
        for hall in sorted(mine):
            seats = there.halls[hall].seats if hall in there.halls else None
            if seats is not None and sitting_in[hall] > seats:
                names = ", ".join(sorted({other.label for other in together if _uses(other, hall)}))
                found = {"hall": hall, "seats": seats, "students": sitting_in[hall], "sittings": names}
                yield problem(one.line, "hall", "too_few_seats", **found)


def _tables(pairs: list[tuple[Held, Held]]) -> Iterator[RowProblem]:
    for touched, other in pairs:
        tables = {(hall, table): student for student, (hall, table, _) in other.places.items() if table}
        for student, (hall, table, line) in touched.places.items():
            owner = tables.get((hall, table))
            if line and owner is not None and owner != student:
                taken = {"table": table, "hall": hall, "student": owner, "sitting": other.label}
                yield problem(line, "table", "table_clash", **taken)


def _watchers(held: list[Held], pairs: list[tuple[Held, Held]]) -> Iterator[RowProblem]:
    for one in (one for one in held if one.line):
        yield from _apart(one, one)
    for touched, other in pairs:
        yield from _apart(touched, other)


def _apart(one: Held, other: Held) -> Iterator[RowProblem]:
    """Give who watches two halls of these at once; each once."""
    told: set[int] = set()
    for user, hall, line in sorted(one.watchers, key=lambda watch: (watch[0], watch[2])):
        for also, second, second_line in other.watchers:
            if user == also and second != hall and (line or second_line) and user not in told:
                told.add(user)
                both = {"first": hall or one.label, "second": second or other.label}
                yield problem(line or second_line, "invigilators", "invigilator_clash", **both)


def _uses(held: Held, hall: str) -> bool:
    return any(there == hall for there, _, _ in held.places.values())
