"""Which way and in which script each piece of a line is written. Pure: no font is touched here.

A name may hold several scripts, and Arabic runs from right to left. The order is that of the Unicode bidirectional
algorithm (UAX 9), without its explicit embeddings, which names don't have and which are taken out.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

Bidi = str
"""A bidirectional class of UAX 9: `L`, `R`, `AL`, `EN`, `AN`, `NSM`, `ES`, `ET`, `CS`, or a neutral one."""
_STRONG = frozenset({"L", "R", "AL"})
_NUMBERS = frozenset({"EN", "AN"})
_DROPPED = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI", "BN"})


@dataclass(frozen=True)
class Piece:
    """What is set in one go: one font, one direction, its letters in the order in which they are read."""

    text: str
    font: str
    right_to_left: bool = False


def cleaned(text: str) -> str:
    """Return a line in composed letters, without what is invisible: controls, and marks that turn the direction."""
    joiners = "\u200c\u200d"  # they shape Indic and Persian letters
    kept = (
        letter if letter in joiners else " " if unicodedata.category(letter) == "Cc" else letter
        for letter in unicodedata.normalize("NFC", text)
        if letter in joiners
        or unicodedata.category(letter) == "Cc"
        or unicodedata.bidirectional(letter) not in _DROPPED
    )
    return "".join(kept)


def pieces(text: str, font_of: Callable[[str, str | None], str]) -> list[Piece]:
    """Cut one line into pieces, in the order in which they stand on paper, from left to right.

    `font_of` names the font of a letter, given the font of the letter before it.
    """
    levels, fonts = levels_of(text), _fonts(text, font_of)
    cut = [
        (level, font, "".join(letter for *_, letter in run))
        for (level, font), run in groupby(zip(levels, fonts, text, strict=True), key=lambda item: item[:2])
    ]
    order = in_order_of_sight([level for level, *_ in cut])
    return [Piece(cut[at][2], cut[at][1], cut[at][0] % 2 == 1) for at in order]


def levels_of(text: str) -> list[int]:
    """Return each letter's embedding level: odd ones run from right to left."""
    classes = [unicodedata.bidirectional(letter) or "L" for letter in text]
    base = _base(classes)
    resolved = _neutrals(_weak(classes, base), base)
    if base % 2:
        return [base if kind == "R" else base + 1 for kind in resolved]
    return [base + {"L": 0, "R": 1}.get(kind, 2) for kind in resolved]


def in_order_of_sight(levels: Sequence[int]) -> list[int]:
    """Return the places of pieces with these levels as they stand from left to right (UAX 9, L2)."""
    order = list(range(len(levels)))
    for level in range(max(levels, default=0), 0, -1):
        at = 0
        while at < len(order):
            end = at
            while end < len(order) and levels[order[end]] >= level:
                end += 1
            order[at:end] = reversed(order[at:end])
            at = end + 1
    return order


def _base(classes: Sequence[Bidi]) -> int:
    first = next((kind for kind in classes if kind in _STRONG), "L")
    return 0 if first == "L" else 1


def _weak(classes: Sequence[Bidi], base: int) -> list[Bidi]:
    """Resolve marks and numbers (W1 to W7)."""
    start = "R" if base else "L"
    found: list[Bidi] = []
    strong = start
    for at, kind in enumerate(classes):
        resolved = (found[at - 1] if at else start) if kind == "NSM" else kind
        if resolved in _STRONG:
            strong = resolved
        if resolved == "EN" and strong == "AL":
            resolved = "AN"
        found.append(resolved)
    found = ["R" if kind == "AL" else kind for kind in found]
    found = _between_numbers(found)
    return _latin_numbers(found, start)


def _between_numbers(kinds: list[Bidi]) -> list[Bidi]:
    found = list(kinds)
    for at in range(1, len(found) - 1):
        before, after = found[at - 1], found[at + 1]
        joins = found[at] == "CS" or (found[at] == "ES" and before == "EN")
        if joins and before == after and before in _NUMBERS:
            found[at] = before
    for at, kind in enumerate(found):
        beside = {found[at - 1] if at else "", found[at + 1] if at + 1 < len(found) else ""}
        if kind == "ET" and "EN" in beside:
            found[at] = "EN"
    return found


def _latin_numbers(kinds: list[Bidi], start: Bidi) -> list[Bidi]:
    strong, found = start, list[Bidi]()
    for kind in kinds:
        strong = kind if kind in _STRONG else strong
        found.append("L" if kind == "EN" and strong == "L" else kind)
    return found


def _neutrals(kinds: list[Bidi], base: int) -> list[Bidi]:
    """Neutrals take the direction of both their neighbours, or else the line's (N1, N2); numbers count as R."""
    start = "R" if base else "L"
    found = list(kinds)
    at = 0
    while at < len(found):
        end = at
        while end < len(found) and found[end] not in {"L", "R", *_NUMBERS}:
            end += 1
        before, after = _side(found, at - 1, start), _side(found, end, start)
        found[at:end] = [before if before == after else start] * (end - at)
        at = end + 1
    return found


def _side(kinds: Sequence[Bidi], at: int, start: Bidi) -> Bidi:
    if not 0 <= at < len(kinds):
        return start
    return "R" if kinds[at] in _NUMBERS else kinds[at]


def _fonts(text: str, font_of: Callable[[str, str | None], str]) -> list[str]:
    found: list[str] = []
    for letter in text:
        found.append(font_of(letter, found[-1] if found else None))
    return found
