"""Seats given out by number, at random or spaced: looked at before they are applied, so nothing is changed here."""

import secrets
from collections.abc import Iterable, Mapping, Sequence

from services.api.office import seat_labels, sittings
from services.api.office.seat_shapes import NotMet, PlaceProposed, Proposal, SeatsWish
from services.api.office.seating import Fixed, Plan, Seat, Seated, Sitter, at_random, by_id
from services.api.office.seating_spaced import spaced
from services.api.office.seats import Person, drawn, hall_of, people_of, seat_of
from services.api.office.work import Work
from services.api.problems import unfit

MOST_PAIRS = 200


def propose(work: Work, sitting_id: int, hall_id: str, wish: SeatsWish, *, also_who_is_in: bool = False) -> Proposal:
    """Give seats out, and change nothing. Who has checked in stays, unless they have come from another hall.

    Raises:
        Problem: no such sitting, or it is not in this hall, or the hall has no plan, or it is sealed.
    """
    hall = hall_of(work, sitting_id, hall_id)
    plan, sitting = drawn(hall), sittings.get(work, sitting_id)
    sittings.check_not_sealed(sitting)
    if plan is None:
        raise unfit("no_plan", f"Hall {hall_id} has no rows and columns yet: set them first.", "hall_id")
    everyone = people_of(work, sitting, hall_id)
    moving = [person for person in everyone if _may_move(person, plan, wish, sitting_id, also_who_is_in)]
    fixed = _fixed(everyone, moving, plan)
    seed = _seed(wish)
    came = _generate(plan, [_sitter(person) for person in moving], fixed, wish, seed)
    return _proposal({person.key: person for person in everyone}, came, wish, seed)


def _may_move(person: Person, plan: Plan, wish: SeatsWish, sitting_id: int, also_who_is_in: bool) -> bool:
    if (person.has_checked_in and not also_who_is_in) or person.entry.sealed:
        return False
    here = person.entry.sitting_id == sitting_id or (wish.how == "spaced" and wish.together)
    return here and not (wish.keep_seated and seat_of(person.entry, plan) is not None)


def _fixed(everyone: Iterable[Person], moving: Iterable[Person], plan: Plan) -> dict[Seat, Fixed]:
    moved = {person.key for person in moving}
    stays = [(person, seat_of(person.entry, plan)) for person in everyone if person.key not in moved]
    return {seat: Fixed(person.key, person.sitting.exam_id) for person, seat in stays if seat is not None}


def _sitter(person: Person) -> Sitter:
    return Sitter(person.key, person.entry.student_id, person.sitting.exam_id, person.seat_need)


def _seed(wish: SeatsWish) -> int | None:
    if wish.how != "random":
        return None
    return wish.seed if wish.seed is not None else secrets.randbelow(1_000_000)


def _generate(
    plan: Plan, sitters: Sequence[Sitter], fixed: Mapping[Seat, Fixed], wish: SeatsWish, seed: int | None
) -> Seated:
    if wish.how == "random":
        return at_random(plan, sitters, fixed, seed or 0)
    return spaced(plan, sitters, fixed) if wish.how == "spaced" else by_id(plan, sitters, fixed)


def _proposal(people: Mapping[str, Person], came: Seated, wish: SeatsWish, seed: int | None) -> Proposal:
    places = [_proposed(people[key], seat) for key, seat in came.seats.items()]
    changed = [place for place in places if not _sits_there(people, place)]
    return Proposal(
        how=wish.how,
        seed=seed,
        places=sorted(changed, key=lambda place: (place.row, place.col)),
        unchanged=len(places) - len(changed),
        unseated=sorted(people[key].entry.student_id for key in came.unseated),
        not_met=[
            NotMet(
                student_id=people[one.key].entry.student_id,
                name=people[one.key].name,
                seat_need=one.need,
                why="by_hand" if one.why == "by_hand" else "taken",
            )
            for one in came.unmet
        ],
        neighbours=[
            (people[first].entry.student_id, people[second].entry.student_id)
            for first, second in came.neighbours[:MOST_PAIRS]
        ],
        neighbour_pairs=len(came.neighbours),
    )


def _proposed(person: Person, seat: Seat) -> PlaceProposed:
    return PlaceProposed(
        sitting_id=person.entry.sitting_id,
        student_id=person.entry.student_id,
        name=person.name,
        row=seat[0],
        col=seat[1],
        table=seat_labels.label(*seat),
        was=person.entry.table_label,
        version=person.entry.version,
    )


def _sits_there(people: Mapping[str, Person], place: PlaceProposed) -> bool:
    entry = people[f"{place.sitting_id}:{place.student_id}"].entry
    return (entry.row, entry.col, entry.table_label) == (place.row, place.col, place.table)
