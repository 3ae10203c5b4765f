"""Who sits beside whom, and making it better by moving and swapping while that helps. Pure."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from services.api.office.seating_needs import Seat

Pair = tuple[str, str]
_AROUND = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))
_MOST_LOOKS = 300_000
"""A hall is arranged within a second or two, not to perfection."""


@dataclass
class Crowd:
    """Everybody in the hall, by seat."""

    people: dict[Seat, tuple[str, int]] = field(default_factory=dict)
    """Key and exam."""

    def add(self, seat: Seat, key: str, exam: int) -> None:
        """Seat somebody."""
        self.people[seat] = (key, exam)

    def beside(self, seat: Seat, exam: int, but: Seat | None = None) -> int:
        """Count the neighbours of a seat that write this exam, one seat's left out."""
        row, column = seat
        count = 0
        for down, right in _AROUND:
            at = (row + down, column + right)
            there = self.people.get(at)
            count += there is not None and there[1] == exam and at != but
        return count

    def pairs(self) -> tuple[Pair, ...]:
        """Return every two neighbours of one exam."""
        return tuple(sorted(self._pairs()))

    def _pairs(self) -> Iterator[Pair]:
        for (row, column), (key, exam) in self.people.items():
            for down, right in _AROUND[4:]:
                there = self.people.get((row + down, column + right))
                if there is not None and there[1] == exam:
                    yield (key, there[0]) if key < there[0] else (there[0], key)


def improve(crowd: Crowd, free: Sequence[Seat], movable: Collection[str]) -> dict[str, Seat]:
    """Move and swap while there are fewer pairs afterwards; return where those are now who may be moved."""
    empty, looks = list(free), _MOST_LOOKS
    better = True
    while better and looks > 0:
        better = False
        for seat in [seat for seat, (key, _) in crowd.people.items() if key in movable]:
            if seat not in crowd.people or not crowd.beside(seat, crowd.people[seat][1]):
                continue
            looks -= len(empty) + len(crowd.people)
            if _move(crowd, seat, empty) or _swap(crowd, seat, movable):
                better = True
            if looks <= 0:
                break
    return {key: seat for seat, (key, _) in crowd.people.items() if key in movable}


def _move(crowd: Crowd, seat: Seat, empty: list[Seat]) -> bool:
    """Move one to an empty seat where fewer of the same exam sit beside them."""
    _, exam = crowd.people[seat]
    best = min(empty, key=lambda other: (crowd.beside(other, exam, but=seat), other), default=None)
    if best is None or crowd.beside(best, exam, but=seat) >= crowd.beside(seat, exam):
        return False
    crowd.people[best] = crowd.people.pop(seat)
    empty[empty.index(best)] = seat
    return True


def _swap(crowd: Crowd, seat: Seat, movable: Collection[str]) -> bool:
    """Swap one with somebody of another exam, where both together then have fewer of their own beside them."""
    key, exam = crowd.people[seat]
    here = crowd.beside(seat, exam)
    for other, (other_key, other_exam) in crowd.people.items():
        if other_exam == exam or other_key not in movable:
            continue
        now = here + crowd.beside(other, other_exam)
        if crowd.beside(other, exam, but=seat) + crowd.beside(seat, other_exam, but=other) < now:
            crowd.people[seat], crowd.people[other] = (other_key, other_exam), (key, exam)
            return True
    return False
