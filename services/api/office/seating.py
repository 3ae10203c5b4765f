"""Giving out the seats of one hall. Pure: who has to sit, which seats there are, and what came of it.

A seat is (row, column), from 1; row 1 is the front. Nobody is lost, no seat is given twice, a blocked seat never.
What somebody needs goes before spacing, and spacing before order.
"""

import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.api.office.seating_improved import Pair
from services.api.office.seating_needs import Need, Seat, need_of

__all__ = ["Fixed", "Pair", "Plan", "Seat", "Seated", "Sitter", "Unmet", "at_random", "by_id"]


@dataclass(frozen=True)
class Plan:
    """The seats of a hall."""

    rows: int
    columns: int
    blocked: frozenset[Seat] = frozenset()

    def seats(self) -> list[Seat]:
        """Return every seat that may be given, from the front, row by row."""
        places = ((row, column) for row in range(1, self.rows + 1) for column in range(1, self.columns + 1))
        return [seat for seat in places if seat not in self.blocked]

    def has(self, seat: Seat) -> bool:
        """Tell whether there is such a seat, and nothing blocks it."""
        row, column = seat
        return 1 <= row <= self.rows and 1 <= column <= self.columns and seat not in self.blocked


@dataclass(frozen=True)
class Sitter:
    """Somebody to be seated."""

    key: str
    """Unique in this hall: a student may sit two exams at once only on paper, but rosters are made by hand."""
    student_id: str
    exam: int
    """Those of the same exam must not be neighbours."""
    seat_need: str = ""


@dataclass(frozen=True)
class Fixed:
    """A seat that is not to be given: somebody has it already."""

    key: str
    exam: int


@dataclass(frozen=True)
class Unmet:
    """A need that the seats could not meet; a person has to look."""

    key: str
    need: str
    why: str
    """`taken`: no such seat was left. `by_hand`: the plan does not know what is meant."""


@dataclass(frozen=True)
class Seated:
    """What came of it."""

    seats: Mapping[str, Seat] = field(default_factory=dict)
    unseated: tuple[str, ...] = ()
    """More people than seats: these have none."""
    unmet: tuple[Unmet, ...] = ()
    neighbours: tuple[Pair, ...] = ()
    """Pairs of one exam that sit beside each other, where that was to be avoided."""


@dataclass
class Floor:
    """Seats while they are given out."""

    plan: Plan
    free: dict[Seat, None]
    """In the order in which they are preferred."""
    given: dict[str, Seat] = field(default_factory=dict)
    unmet: list[Unmet] = field(default_factory=list)

    def give(self, sitter: Sitter, seat: Seat) -> None:
        """Give a free seat away."""
        del self.free[seat]
        self.given[sitter.key] = seat


def by_id(plan: Plan, sitters: Iterable[Sitter], fixed: Mapping[Seat, Fixed]) -> Seated:
    """Seat people by their number, from the front, row by row."""
    floor = floor_of(plan, fixed)
    ordered = sorted(sitters, key=natural)
    rest = meet_needs(floor, ordered, lambda _sitter, seats: seats[0])
    return fill(floor, rest)


def at_random(plan: Plan, sitters: Iterable[Sitter], fixed: Mapping[Seat, Fixed], seed: int) -> Seated:
    """Seat people at random on the seats nearest to the front; the same seed, people and seats: the same places."""
    floor = floor_of(plan, fixed)
    ordered = sorted(sitters, key=natural)
    draw = random.Random(seed)
    rest = meet_needs(floor, ordered, lambda _sitter, seats: draw.choice(seats))
    draw.shuffle(rest)
    return fill(floor, rest)


def floor_of(plan: Plan, fixed: Mapping[Seat, Fixed]) -> Floor:
    """Return the seats that nobody has."""
    return Floor(plan, {seat: None for seat in plan.seats() if seat not in fixed})


def meet_needs(floor: Floor, sitters: Sequence[Sitter], choose: Callable[[Sitter, list[Seat]], Seat]) -> list[Sitter]:
    """Seat those first who need a seat of some kind, most particular needs first; return the others."""
    with_need = [(sitter, need_of(sitter.seat_need)) for sitter in sitters if sitter.seat_need.strip()]
    for sitter, need in sorted(with_need, key=lambda pair: (-len(pair[1].kinds), natural(pair[0]))):
        if need.by_hand:
            floor.unmet.append(Unmet(sitter.key, sitter.seat_need, "by_hand"))
        if not need.kinds:
            continue
        fitting = _fitting(floor, need)
        if fitting:
            floor.give(sitter, choose(sitter, fitting))
        else:
            floor.unmet.append(Unmet(sitter.key, sitter.seat_need, "taken"))
    return [sitter for sitter in sitters if sitter.key not in floor.given]


def fill(floor: Floor, sitters: Sequence[Sitter]) -> Seated:
    """Seat the others in the order that they and the seats are in."""
    for sitter, seat in zip(sitters, list(floor.free), strict=False):
        floor.give(sitter, seat)
    return seated(floor, sitters)


def seated(floor: Floor, sitters: Iterable[Sitter], neighbours: tuple[Pair, ...] = ()) -> Seated:
    """Sum up."""
    without = tuple(sitter.key for sitter in sitters if sitter.key not in floor.given)
    return Seated(floor.given, without, tuple(floor.unmet), neighbours)


def natural(sitter: Sitter) -> tuple[tuple[int, int, str], ...]:
    """Sort S2 before S10."""
    parts = re.findall(r"\d+|\D+", f"{sitter.student_id}\0{sitter.key}")
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)


def _fitting(floor: Floor, need: Need) -> list[Seat]:
    fitting = need.fitting(floor.plan.rows, floor.plan.columns, floor.plan.blocked)
    return [seat for seat in floor.free if seat in fitting]
