"""Seats on which nobody has a neighbour of the same exam, before, behind, beside or across a corner. Pure.

Seats whose rows and columns are both of one parity are never neighbours: four such patterns cover a hall. Where every
exam finds room in one of them, nobody sits beside their like; where not, as few as can be found do, and are named.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from services.api.office.seating import (
    Fixed,
    Floor,
    Plan,
    Seat,
    Seated,
    Sitter,
    floor_of,
    meet_needs,
    natural,
    seated,
)
from services.api.office.seating_improved import Crowd, improve

Pattern = tuple[int, int]
_MOST_TRIES = 50_000


def spaced(plan: Plan, sitters: Iterable[Sitter], fixed: Mapping[Seat, Fixed]) -> Seated:
    """Seat people so that no two of an exam are neighbours; where that can't be, as few as possible are."""
    floor, crowd = floor_of(plan, fixed), Crowd()
    for seat, there in fixed.items():
        crowd.add(seat, there.key, there.exam)
    ordered = sorted(sitters, key=natural)
    rest = meet_needs(floor, ordered, lambda sitter, seats: _calmest(crowd, sitter, seats))
    movable = {sitter.key for sitter in rest}
    groups = _groups(rest)
    if not any(_fill(floor, crowd, groups, patterns) for patterns in (_from_aisles(plan), _from_corner(plan))):
        _fill_as_can_be(floor, crowd, groups, _from_aisles(plan))
        floor.given.update(improve(crowd, list(floor.free), movable))
    return seated(floor, ordered, crowd.pairs())


def _calmest(crowd: Crowd, sitter: Sitter, seats: Sequence[Seat]) -> Seat:
    seat = min(seats, key=lambda seat: (crowd.beside(seat, sitter.exam), seat))
    crowd.add(seat, sitter.key, sitter.exam)
    return seat


def _groups(sitters: Iterable[Sitter]) -> list[list[Sitter]]:
    """Return people by exam, the largest exam first."""
    groups: dict[int, list[Sitter]] = defaultdict(list)
    for sitter in sitters:
        groups[sitter.exam].append(sitter)
    return sorted(groups.values(), key=lambda group: (-len(group), group[0].exam))


def _fill(floor: Floor, crowd: Crowd, groups: Sequence[list[Sitter]], patterns: Mapping[Seat, Pattern]) -> bool:
    """Give each exam a pattern of its own, or a share of one; False, and nothing given, where that can't be."""
    seats: dict[Pattern, list[Seat]] = defaultdict(list)
    for seat in floor.free:
        seats[patterns[seat]].append(seat)
    names = sorted(seats)
    chosen = _packing([len(group) for group in groups], [len(seats[name]) for name in names])
    if chosen is None:
        return False
    found = dict[str, tuple[Sitter, Seat]]()
    left = {name: list(seats[name]) for name in names}
    for group, number in zip(groups, chosen, strict=True):
        fitting = [seat for seat in left[names[number]] if not crowd.beside(seat, group[0].exam)]
        if len(fitting) < len(group):  # somebody of this exam sits there already, and may not be moved
            return False
        found |= {sitter.key: (sitter, seat) for sitter, seat in zip(group, fitting, strict=False)}
        used = set(fitting[: len(group)])
        left[names[number]] = [seat for seat in left[names[number]] if seat not in used]
    for sitter, seat in found.values():
        _give(floor, crowd, sitter, seat)
    return True


def _packing(sizes: Sequence[int], rooms: Sequence[int]) -> tuple[int, ...] | None:
    """Return for each exam the pattern that holds it, or None where they don't fit."""
    tries = 0

    @cache
    def fits(number: int, left: tuple[int, ...]) -> tuple[int, ...] | None:
        nonlocal tries
        tries += 1
        if number == len(sizes):
            return ()
        for at in sorted(range(len(left)), key=lambda at: -left[at]):
            if left[at] >= sizes[number] and tries < _MOST_TRIES:
                rest = fits(number + 1, (*left[:at], left[at] - sizes[number], *left[at + 1 :]))
                if rest is not None:
                    return (at, *rest)
        return None

    return fits(0, tuple(rooms))


def _fill_as_can_be(
    floor: Floor, crowd: Crowd, groups: Sequence[list[Sitter]], patterns: Mapping[Seat, Pattern]
) -> None:
    """Give each exam in turn the seats with the fewest of its own beside them."""
    for number, group in enumerate(groups):
        for sitter, seat in zip(group, _calm_seats(floor, crowd, group[0].exam, patterns, number), strict=False):
            _give(floor, crowd, sitter, seat)


def _calm_seats(floor: Floor, crowd: Crowd, exam: int, patterns: Mapping[Seat, Pattern], number: int) -> Iterator[Seat]:
    """Yield free seats, those with the fewest neighbours of this exam first; the crowd grows meanwhile."""
    ranks = {name: (rank - number) % 4 for rank, name in enumerate(((0, 0), (1, 1), (0, 1), (1, 0)))}
    waiting: list[list[Seat]] = [[] for _ in range(9)]
    for seat in sorted(floor.free, key=lambda seat: (ranks[patterns[seat]], seat), reverse=True):
        waiting[crowd.beside(seat, exam)].append(seat)
    level = 0
    while level < len(waiting):
        if not waiting[level]:
            level += 1
            continue
        seat = waiting[level].pop()
        now = crowd.beside(seat, exam)
        if now > level:  # it has neighbours since; it comes again among those that have as many
            waiting[now].append(seat)
        elif seat in floor.free:
            yield seat


def _give(floor: Floor, crowd: Crowd, sitter: Sitter, seat: Seat) -> None:
    floor.give(sitter, seat)
    crowd.add(seat, sitter.key, sitter.exam)


def _from_corner(plan: Plan) -> dict[Seat, Pattern]:
    return {(row, column): ((row - 1) % 2, (column - 1) % 2) for row, column in plan.seats()}


def _from_aisles(plan: Plan) -> dict[Seat, Pattern]:
    """Count rows and columns anew behind each aisle: nobody is a neighbour across one."""
    rows, columns = _steps({row for row, _ in plan.seats()}), _steps({column for _, column in plan.seats()})
    return {(row, column): (rows[row], columns[column]) for row, column in plan.seats()}


def _steps(used: set[int]) -> dict[int, int]:
    steps: dict[int, int] = {}
    for at in sorted(used):
        steps[at] = 1 - steps[at - 1] if at - 1 in used else 0
    return steps
