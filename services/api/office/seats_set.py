"""Setting seats: all of what was sent, or with anything wrong nothing. What was seen is checked, so nobody is overwritten."""

from collections.abc import Iterable, Mapping, Sequence

from sqlmodel import col

from services.api.db import holding
from services.api.db.tables import RosterEntry
from services.api.office import seat_labels, seats, sittings, spare_seats
from services.api.office.seat_shapes import PlaceSet, SeatsPut, SeatsSummary
from services.api.office.seating import Plan, Seat
from services.api.office.seats import Person
from services.api.office.work import Facts, Work
from services.api.problems import Problem, RowProblem, unfit
from services.api.words import row_problem

MOST_PROBLEMS = 200


def put(work: Work, sitting_id: int, hall_id: str, sent: SeatsPut) -> SeatsSummary:
    """Set places in one hall; two that swap are two places of one call.

    Raises:
        Problem: 404 unknown; 409 sealed, or an entry was changed meanwhile; 422 with every wrong place.
    """
    hall = seats.hall_of(work, sitting_id, hall_id)
    spare_seats.hold(work, hall_id)
    at = {place.sitting_id or sitting_id for place in sent.places} | {sitting_id}
    holding.sittings(work.session, at)
    holding.entries(work.session, RosterEntry.hall_id == hall_id, col(RosterEntry.sitting_id).in_(at))
    sitting = sittings.get(work, sitting_id)
    people = {person.key: person for person in seats.people_of(work, sitting, hall_id)}
    wished = {f"{place.sitting_id or sitting_id}:{place.student_id}": place for place in sent.places}
    _check_known(sent.places, people, sitting_id)
    for person in {people[key].sitting.id: people[key] for key in wished}.values():
        sittings.check_not_sealed(person.sitting)
    _check_versions(wished, people)
    _check_seats(wished, people, seats.drawn(hall))
    changed = [key for key, place in wished.items() if _differs(people[key].entry, place)]
    _note(work, hall_id, sent, [(people[key], wished[key]) for key in changed])
    for key in changed:
        _seat(work, people[key].entry, wished[key])
    for person in {people[key].sitting.id: people[key] for key in changed}.values():
        person.sitting.version += 1
        work.session.add(person.sitting)
    work.session.flush()
    return SeatsSummary(changed=len(changed), unchanged=len(wished) - len(changed))


def table_of(place: PlaceSet) -> str:
    """Return what a place's table is called."""
    if place.row is not None and place.col is not None:
        return seat_labels.label(place.row, place.col)
    return place.table.strip()


def _check_known(places: Sequence[PlaceSet], people: Mapping[str, Person], sitting_id: int) -> None:
    wrong: list[RowProblem] = []
    seen: set[str] = set()
    for number, place in enumerate(places):
        key = f"{place.sitting_id or sitting_id}:{place.student_id}"
        if key in seen:
            wrong.append(_problem(number, place, "double", student=place.student_id))
        elif key not in people:
            wrong.append(_problem(number, place, "not_in_hall", student=place.student_id))
        elif (place.row is None) != (place.col is None):
            wrong.append(_problem(number, place, "half_a_seat"))
        seen.add(key)
    _refuse(wrong)


def _check_versions(wished: Mapping[str, PlaceSet], people: Mapping[str, Person]) -> None:
    stale = [
        _problem(number, place, "changed_meanwhile", now=people[key].entry.table_label)
        for number, (key, place) in enumerate(wished.items())
        if people[key].entry.version != place.version
    ]
    if stale:
        text = f"{len(stale)} of these were changed by somebody else meanwhile; nothing was changed. Look again."
        raise Problem(409, "changed_meanwhile", text, stale[0].where, stale[:MOST_PROBLEMS])


def _check_seats(wished: Mapping[str, PlaceSet], people: Mapping[str, Person], plan: Plan | None) -> None:
    taken: dict[Seat | str, str] = {}
    for key, person in people.items():
        there = seats.seat_of(person.entry, plan) or person.entry.table_label.strip()
        if key not in wished and there:
            taken[there] = person.entry.student_id
    wrong: list[RowProblem] = []
    for number, (key, place) in enumerate(wished.items()):
        where = _place(place)
        if not where:
            continue
        if isinstance(where, tuple) and (plan is None or not plan.has(where)):
            wrong.append(_problem(number, place, "no_seat", table=table_of(place)))
        elif where in taken:
            hall_id = people[key].entry.hall_id
            whose = {"table": table_of(place), "hall": hall_id, "student": taken[where]}
            wrong.append(_problem(number, place, "table_taken", **whose))
        taken.setdefault(where, people[key].entry.student_id)
    _refuse(wrong)


def _place(place: PlaceSet) -> Seat | str:
    if place.row is not None and place.col is not None:
        return place.row, place.col
    return place.table.strip()


def _differs(entry: RosterEntry, place: PlaceSet) -> bool:
    return (entry.row, entry.col, entry.table_label) != (place.row, place.col, table_of(place))


def _seat(work: Work, entry: RosterEntry, place: PlaceSet) -> None:
    entry.row, entry.col, entry.table_label = place.row, place.col, table_of(place)
    entry.version += 1
    work.session.add(entry)


def _note(work: Work, hall_id: str, sent: SeatsPut, changed: Iterable[tuple[Person, PlaceSet]]) -> None:
    """Write one entry for each sitting: who sat where, and sits where."""
    of_sitting: dict[int, list[tuple[RosterEntry, PlaceSet]]] = {}
    for person, place in changed:
        of_sitting.setdefault(person.entry.sitting_id, []).append((person.entry, place))
    how: Facts = {"how": sent.how or "by hand", **({"seed": sent.seed} if sent.seed is not None else {})}
    for sitting_id, moves in of_sitting.items():
        before: Facts = {"hall": hall_id, "tables": {entry.student_id: entry.table_label for entry, _ in moves}}
        after: Facts = {"hall": hall_id, "tables": {entry.student_id: table_of(place) for entry, place in moves}, **how}
        work.note("seats.set", f"sitting:{sitting_id}", before=before, after=after, sitting_id=sitting_id)


def _refuse(wrong: list[RowProblem]) -> None:
    if wrong:
        shown = wrong[:MOST_PROBLEMS]
        raise unfit("wrong_places", f"{len(wrong)} places are wrong; nothing was changed.", shown[0].where, shown)


def _problem(number: int, place: PlaceSet, code: str, **values: str) -> RowProblem:
    return row_problem(f"places.{number}, {place.student_id}", code, **values)
