"""What somebody needs of a seat, as the office wrote it: words that the plan knows, and words for a person."""

import re
from dataclasses import dataclass
from functools import lru_cache

Seat = tuple[int, int]
NEAR_ROWS = 2
"""`front` and `back` are the first and the last two rows with seats."""
_KNOWN = {
    "front": "front",
    "depan": "front",
    "hadapan": "front",
    "back": "back",
    "rear": "back",
    "belakang": "back",
    "aisle": "aisle",
    "edge": "aisle",
    "lorong": "aisle",
    "tepi": "aisle",
}
_FILLING = frozenset(
    {"a", "an", "at", "and", "by", "in", "near", "of", "on", "row", "seat", "table", "the", "dan", "di"}
)


@dataclass(frozen=True)
class Need:
    """A need, read."""

    kinds: frozenset[str]
    """`front`, `back`, `aisle`: all of them have to hold."""
    by_hand: bool
    """Something else is said besides: a person has to look. `door` too: the plan doesn't say where doors are."""

    def fitting(self, rows: int, columns: int, blocked: frozenset[Seat]) -> frozenset[Seat]:
        """Return the seats of a plan that are of all these kinds."""
        found = [_seats_of(kind, rows, columns, blocked) for kind in sorted(self.kinds)]
        return frozenset.intersection(*found) if found else frozenset()


def need_of(words: str) -> Need:
    """Read what the office wrote."""
    said = re.findall(r"[^\W\d_]+", words.casefold())
    kinds = frozenset(_KNOWN[word] for word in said if word in _KNOWN)
    other = any(word not in _KNOWN and word not in _FILLING for word in said) or bool(re.search(r"\d", words))
    return Need(kinds, other or not kinds)


@lru_cache(maxsize=64)
def _seats_of(kind: str, rows: int, columns: int, blocked: frozenset[Seat]) -> frozenset[Seat]:
    every = [(row, column) for row in range(1, rows + 1) for column in range(1, columns + 1)]
    free = [seat for seat in every if seat not in blocked]
    if kind == "aisle":
        used = {column for _, column in free}
        return frozenset(seat for seat in free if not {seat[1] - 1, seat[1] + 1} <= used)
    with_seats = sorted({row for row, _ in free})
    near = with_seats[:NEAR_ROWS] if kind == "front" else with_seats[-NEAR_ROWS:]
    return frozenset(seat for seat in free if seat[0] in near)
