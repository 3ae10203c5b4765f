"""Giving out seats: nobody is lost, no seat is given twice, and who writes the same sits apart where there is room."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.api.office.seating import Fixed, Plan, Seat, Seated, Sitter, at_random, by_id
from services.api.office.seating_needs import need_of
from services.api.office.seating_spaced import spaced

MATH, PHYSICS, LATIN = 1, 2, 3


def people(exam: int, count: int, need: str = "") -> list[Sitter]:
    return [Sitter(f"{exam}:S{number}", f"S{number}", exam, need) for number in range(1, count + 1)]


def exam_of(key: str) -> int:
    return int(key.split(":", maxsplit=1)[0])


def neighbours(seats: dict[str, Seat]) -> set[tuple[str, str]]:
    """Every two of one exam beside each other, found the slow way."""
    return {
        (a, b)
        for (a, (row, column)), (b, (other_row, other_column)) in product(seats.items(), repeat=2)
        if a < b and exam_of(a) == exam_of(b) and max(abs(row - other_row), abs(column - other_column)) == 1
    }


@st.composite
def halls(draw: st.DrawFn) -> Plan:
    rows, columns = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    seats = [(row, column) for row in range(1, rows + 1) for column in range(1, columns + 1)]
    return Plan(rows, columns, frozenset(draw(st.lists(st.sampled_from(seats), max_size=len(seats)))))


@st.composite
def crowds(draw: st.DrawFn) -> list[Sitter]:
    sizes = draw(st.lists(st.integers(0, 20), min_size=1, max_size=5))
    needs = st.sampled_from(["", "", "", "front", "aisle", "back aisle", "by the door"])
    return [
        Sitter(f"{exam}:S{number}", f"S{number}", exam, draw(needs))
        for exam, size in enumerate(sizes, 1)
        for number in range(size)
    ]


def check(plan: Plan, sitters: list[Sitter], fixed: dict[Seat, Fixed], came: Seated) -> None:
    keys = {sitter.key for sitter in sitters}
    assert set(came.seats) | set(came.unseated) == keys
    assert not set(came.seats) & set(came.unseated)
    assert len(set(came.seats.values())) == len(came.seats)
    assert all(plan.has(seat) and seat not in fixed for seat in came.seats.values())
    free = [seat for seat in plan.seats() if seat not in fixed]
    assert len(came.seats) == min(len(keys), len(free))


@given(halls(), crowds(), st.data())
@settings(max_examples=150, deadline=None)
def test_nobody_is_lost_no_seat_is_given_twice_and_blocked_ones_stay_empty(
    plan: Plan, sitters: list[Sitter], data: st.DataObject
) -> None:
    seats = plan.seats()
    taken = data.draw(st.lists(st.sampled_from(seats), max_size=5, unique=True)) if seats else []
    fixed = {seat: Fixed(f"9:F{number}", 9) for number, seat in enumerate(taken)}
    check(plan, sitters, fixed, by_id(plan, sitters, fixed))
    check(plan, sitters, fixed, at_random(plan, sitters, fixed, 7))
    came = spaced(plan, sitters, fixed)
    check(plan, sitters, fixed, came)
    assert set(came.neighbours) == neighbours({**came.seats, **{there.key: seat for seat, there in fixed.items()}})


def fits(sizes: list[int], rooms: list[int]) -> bool:
    """Whether every exam finds room in one of the four patterns, tried in every way."""
    if not sizes:
        return True
    return any(
        fits(sizes[1:], [*rooms[:at], room - sizes[0], *rooms[at + 1 :]])
        for at, room in enumerate(rooms)
        if room >= sizes[0]
    )


@given(halls(), st.lists(st.integers(1, 16), min_size=1, max_size=5))
@settings(max_examples=200, deadline=None)
def test_nobody_sits_beside_their_like_wherever_a_checkerboard_has_room(plan: Plan, sizes: list[int]) -> None:
    rooms = [0, 0, 0, 0]
    for row, column in plan.seats():
        rooms[row % 2 * 2 + column % 2] += 1
    came = spaced(plan, [one for exam, size in enumerate(sizes, 1) for one in people(exam, size)], {})
    if fits(sizes, rooms):
        assert came.neighbours == ()
        assert neighbours(dict(came.seats)) == set()


def test_two_exams_fill_half_a_hall_without_a_neighbour() -> None:
    came = spaced(Plan(10, 10), people(MATH, 25) + people(PHYSICS, 25), {})
    assert came.neighbours == ()
    assert len(came.seats) == 50


def test_four_exams_fill_a_hall_without_a_neighbour() -> None:
    came = spaced(Plan(6, 6), [one for exam in (1, 2, 3, 4) for one in people(exam, 9)], {})
    assert came.neighbours == ()
    assert len(came.seats) == 36


def test_where_there_is_no_room_few_are_neighbours_and_they_are_named() -> None:
    came = spaced(Plan(4, 4), people(MATH, 5), {})
    assert 1 <= len(came.neighbours) <= 2
    assert set(came.neighbours) == neighbours(dict(came.seats))
    full = spaced(Plan(2, 2), people(MATH, 4), {})
    assert len(full.neighbours) == 6


def test_an_aisle_parts_neighbours() -> None:
    aisle = frozenset((row, 2) for row in (1, 2, 3))
    came = spaced(Plan(3, 3, aisle), people(MATH, 4), {})
    assert came.neighbours == ()


def test_who_has_checked_in_stays_and_counts_as_a_neighbour() -> None:
    came = spaced(Plan(1, 3), people(MATH, 1), {(1, 1): Fixed("1:F", MATH)})
    assert came.seats == {"1:S1": (1, 3)}
    aside = spaced(Plan(1, 4), people(MATH, 1), {(1, 2): Fixed("1:F", MATH)})
    assert aside.seats == {"1:S1": (1, 4)}
    beside = spaced(Plan(1, 2), people(MATH, 1), {(1, 1): Fixed("1:F", MATH)})
    assert beside.neighbours == (("1:F", "1:S1"),)


def test_by_id_counts_numbers_as_numbers() -> None:
    came = by_id(Plan(1, 3), [Sitter(key, key, MATH) for key in ("S10", "S2", "S1")], {})
    assert came.seats == {"S1": (1, 1), "S2": (1, 2), "S10": (1, 3)}


def test_the_same_seed_draws_the_same_seats() -> None:
    plan, sitters = Plan(5, 5), people(MATH, 20)
    assert at_random(plan, sitters, {}, 1).seats == at_random(plan, sitters, {}, 1).seats
    assert at_random(plan, sitters, {}, 1).seats != at_random(plan, sitters, {}, 2).seats
    assert max(row for row, _ in at_random(plan, sitters, {}, 1).seats.values()) == 4


@pytest.mark.parametrize("generate", [by_id, spaced])
def test_who_needs_a_seat_at_the_front_gets_one(generate: type) -> None:
    others = people(MATH, 12)
    came = generate(Plan(4, 4), [*others, Sitter("1:S9x", "S99", MATH, "Front, at the aisle")], {})
    assert came.seats["1:S9x"][0] in (1, 2)
    assert came.seats["1:S9x"][1] in (1, 4)
    assert came.unmet == ()


def test_what_could_not_be_met_is_said() -> None:
    wishes = [Sitter(f"1:S{n}", f"S{n}", MATH, "front") for n in range(5)]
    came = by_id(Plan(4, 2), wishes, {})
    assert [(one.key, one.why) for one in came.unmet] == [("1:S4", "taken")]
    assert "1:S4" in came.seats
    strange = by_id(Plan(2, 2), [Sitter("1:A", "A", MATH, "by the door")], {})
    assert [one.why for one in strange.unmet] == ["by_hand"]


def test_needs_are_read_in_both_languages() -> None:
    assert need_of("Front row").kinds == {"front"}
    assert need_of("tepi lorong, depan").kinds == {"front", "aisle"}
    assert not need_of("aisle seat").by_hand
    assert need_of("front, near a socket").by_hand
    assert need_of("C-14").by_hand


def test_a_large_hall_is_arranged_in_time() -> None:
    sitters = [one for exam in (1, 2, 3) for one in people(exam, 250)]
    came = spaced(Plan(30, 30), sitters, {})
    assert len(came.seats) == 750
    assert len(came.neighbours) < 250
