"""The demo's exam as data: who sits where, who walks up, and what must come of it.

Two public-domain portraits play every part. Eileen Collins sits in hall A from the start. Grace Hopper
is nobody's student at first, and so a stranger; then she is enrolled and put on hall A's roster too, so
that holding up her photo would be worth a try.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.launcher.people.samples import SAMPLES
from services.launcher.people.script import WalkUp

EXAM_CODE = "ASTRO-101"
SUBJECT = "Orbital mechanics"
HALLS = {"A": "Ground floor, left of the library", "B": "First floor, by the stairs"}
ADMITTED = frozenset({"present", "late", "returned", "already_in", "out"})
"""Verdicts that treat somebody as a student of this hall."""


@dataclass(frozen=True)
class Person:
    """A student of the demo."""

    student_id: str
    name: str
    photo: str | None
    """None: never enrolled."""
    hall: str
    table: str


_EILEENS, _GRACES = SAMPLES
EILEEN = Person("S1956", "Eileen Collins", _EILEENS, "A", "C-14")
GRACE = Person("S1906", "Grace Hopper", _GRACES, "A", "C-15")
KATHERINE = Person("S1918", "Katherine Johnson", None, "B", "B-01")
"""She sits in hall B, so that its door is open, and does not come."""


@dataclass(frozen=True)
class Case:
    """One walk-up, and what must come of it."""

    tells: str
    kiosk_id: str
    walkup: WalkUp
    verdicts: frozenset[str]
    """What the verdict may be."""
    student: Person | None = None
    """Whom it must name; None: nobody in particular."""
    table: str | None = None
    hall: str | None = None
    enrolled_first: Person | None = None
    """Who is enrolled, and put on hall A's roster, just before."""


DOOR_A, DOOR_B = "A__door1", "B__door1"
CASES: tuple[Case, ...] = (
    Case(
        "Eileen walks up to hall A and does what the screen asks",
        DOOR_A,
        WalkUp(photo=_EILEENS),
        frozenset({"present"}),
        EILEEN,
        table=EILEEN.table,
        hall="A",
    ),
    Case(
        "Somebody holds up her photo at hall A",
        DOOR_A,
        WalkUp(photo=_EILEENS, behaviour="hold_still", stay_max_s=40),
        frozenset({"liveness_failed"}),
    ),
    Case(
        "Grace, whom nobody has enrolled, walks up to hall A",
        DOOR_A,
        WalkUp(photo=_GRACES),
        frozenset({"unknown"}),
    ),
    Case(
        "Eileen goes to hall B by mistake",
        DOOR_B,
        WalkUp(photo=_EILEENS),
        frozenset({"wrong_hall"}),
        EILEEN,
        hall="A",
    ),
    Case(
        "Grace is enrolled; Eileen blinks for her and holds up her photo",
        DOOR_A,
        WalkUp(photo=_EILEENS, behaviour="swap_after_blink", swap_to=_GRACES, stay_max_s=40),
        frozenset({"liveness_failed", "ambiguous"}),
        enrolled_first=GRACE,
    ),
    Case(
        "Eileen comes again",
        DOOR_A,
        WalkUp(photo=_EILEENS),
        frozenset({"already_in"}),
        EILEEN,
        table=EILEEN.table,
        hall="A",
    ),
)


@dataclass(frozen=True)
class Result:
    """What came of a case."""

    case: Case
    attempts: tuple[dict[str, Any], ...]

    @property
    def as_stated(self) -> bool:
        """Whether it came out as it must: some attempt fits, and none admits whom it must not."""
        return any(fits(self.case, attempt) for attempt in self.attempts) and not any(
            _admits_wrongly(self.case, attempt) for attempt in self.attempts
        )

    def sentence(self) -> str:
        """Say what the machine said."""
        return "; ".join(map(_said, self.attempts)) or "nothing came of it"


def fits(case: Case, attempt: dict[str, Any]) -> bool:
    """Tell whether an attempt is the one that the case asks for."""
    return (
        attempt["verdict"] in case.verdicts
        and (case.student is None or attempt["student_id"] == case.student.student_id)
        and (case.table is None or attempt["table"] == case.table)
        and (case.hall is None or attempt["hall"] == case.hall)
    )


def roster_differences(roster: Sequence[dict[str, Any]]) -> list[str]:
    """Return what is wrong with the final roster: Eileen is in, and nobody else is."""
    status = {entry["student_id"]: entry["status"] for entry in roster}
    wanted = {EILEEN.student_id: "present", GRACE.student_id: "expected", KATHERINE.student_id: "expected"}
    return [
        f"{student} should be {expected} and is {status.get(student)}"
        for student, expected in wanted.items()
        if status.get(student) != expected
    ]


def _admits_wrongly(case: Case, attempt: dict[str, Any]) -> bool:
    return attempt["verdict"] in ADMITTED and not fits(case, attempt)


def _said(attempt: dict[str, Any]) -> str:
    parts = [attempt["verdict"].replace("_", " ")]
    if attempt["failure"]:
        parts.append(f"({attempt['failure'].replace('_', ' ')})")
    if attempt["hall"] and attempt["student_id"]:
        parts.append(f"hall {attempt['hall']}")
    if attempt["table"] and attempt["student_id"]:
        parts.append(f"table {attempt['table']}")
    if attempt["case_number"]:
        parts.append(f"case {attempt['case_number']} for the invigilator")
    return ", ".join(parts)
