"""The roster as a projection: what a student's attempts and people's decisions, ordered by `t`, amount to.

Pure. The order of arrival doesn't matter, and a late attempt never overrides a decision that a
person made after it. Ingest decides with the same fold, up to the attempt at hand.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from services.api.attendance.verdicts import ADMITTED, Facts, Found, Gate, Seat, Status, decide
from shared.events import Verdict

Sets = Literal["in", "present", "late", "out", "expected"]


@dataclass(frozen=True)
class Terms:
    """A sitting's times for one student; lateness is derived anew when they change."""

    starts_at: datetime
    late_limit: datetime
    """`late_after`, the student's own allowance and the queue grace."""


@dataclass(frozen=True)
class Rules:
    """What is set for the whole office."""

    repeat_interval: timedelta = timedelta(seconds=10)
    other_door: timedelta = timedelta(minutes=10)


@dataclass(frozen=True)
class Sighting:
    """The student, recognised at a kiosk."""

    t: datetime
    event_id: str
    kiosk_id: str
    direction: Literal["in", "out"]
    asked: str
    found: Found
    options: tuple[tuple[int, Gate], ...]
    """Each of the student's sittings that was in play, and what its gate said: frozen when it was ingested."""
    doubtful: bool = False
    twin: bool = False
    attempt_id: int | None = None


@dataclass(frozen=True)
class Ruling:
    """What a person decided."""

    t: datetime
    event_id: str
    sitting_id: int
    sets: Sets
    effective_at: datetime
    """The time it is about: of the admission, or of the going out."""
    attempt_id: int | None = None


Happening = Sighting | Ruling


@dataclass(frozen=True)
class Standing:
    """How a student stands in one sitting."""

    status: Status = "expected"
    at: datetime | None = None
    """When admitted (present, late), or when gone out."""
    kiosk_id: str | None = None
    attempt_id: int | None = None
    admitted: "Standing | None" = None
    """While out: how it was before, to come back to."""
    seen_at: datetime | None = None
    seen_kiosk_id: str | None = None


@dataclass(frozen=True)
class Said:
    """The verdict that a kiosk gave this student last, by itself (not a repeat)."""

    t: datetime
    verdict: Verdict
    event_id: str


class Fold:
    """The state after some happenings of one student, in order."""

    def __init__(self, terms: Mapping[int, Terms], rules: Rules) -> None:
        self._terms = terms
        self._rules = rules
        self.standings: dict[int, Standing] = {}
        self._said: dict[tuple[str, str], Said] = {}

    def add(self, happening: Happening) -> None:
        """Take the next one in."""
        if isinstance(happening, Ruling):
            self._rule(happening)
        else:
            self._see(happening)

    def facts(self, sighting: Sighting) -> Facts:
        """Return what the student's history says of a sighting that comes next."""
        chosen = self.choose(sighting)
        said = self.said_before(sighting)
        return Facts(
            direction=sighting.direction,
            verdict_before=said.verdict if said else None,
            doubtful=sighting.doubtful,
            twin=sighting.twin,
            seat=self._seat(chosen, sighting.t) if chosen else None,
            other_door=chosen is not None and self._other_door(self.standing(chosen[0]), sighting),
        )

    def choose(self, sighting: Sighting) -> tuple[int, Gate] | None:
        """Return the sitting in play that counts.

        That is where the student has to come back to or leaves from; else the one where the student
        is not yet in; else the one whose start is nearest.
        """
        options = [option for option in sighting.options if option[0] in self._terms]
        return min(options, key=lambda option: self._rank(option, sighting), default=None)

    def said_before(self, sighting: Sighting) -> Said | None:
        """Return the verdict that this sighting only repeats."""
        said = self._said.get((sighting.kiosk_id, sighting.asked))
        return said if said and sighting.t - said.t <= self._rules.repeat_interval else None

    def standing(self, sitting_id: int) -> Standing:
        """Return how the student stands in a sitting."""
        return self.standings.get(sitting_id, Standing())

    def _rank(self, option: tuple[int, Gate], sighting: Sighting) -> tuple[bool, bool, float, int]:
        sitting_id, gate = option
        status = self.standing(sitting_id).status
        here = gate != "elsewhere"
        comes_or_goes = here and (status == "out" or (sighting.direction == "out" and status in ADMITTED))
        away_s = abs((self._terms[sitting_id].starts_at - sighting.t).total_seconds())
        return (not comes_or_goes, status != "expected", away_s, sitting_id)

    def _seat(self, chosen: tuple[int, Gate], t: datetime) -> Seat:
        sitting_id, gate = chosen
        return Seat(sitting_id, gate, self.standing(sitting_id).status, t <= self._terms[sitting_id].late_limit)

    def _other_door(self, standing: Standing, sighting: Sighting) -> bool:
        return (
            standing.seen_at is not None
            and standing.seen_kiosk_id != sighting.kiosk_id
            and sighting.t - standing.seen_at <= self._rules.other_door
        )

    def _see(self, sighting: Sighting) -> None:
        facts = self.facts(sighting)
        decision = decide(sighting.found, facts)
        if decision.repeat:
            return
        self._said[sighting.kiosk_id, sighting.asked] = Said(sighting.t, decision.verdict, sighting.event_id)
        if facts.seat is not None:
            before = self.standing(facts.seat.sitting_id)
            self.standings[facts.seat.sitting_id] = _after(before, decision.verdict, sighting)

    def _rule(self, ruling: Ruling) -> None:
        terms = self._terms.get(ruling.sitting_id)
        if terms is not None:
            before = self.standing(ruling.sitting_id)
            self.standings[ruling.sitting_id] = _ruled(before, ruling, terms)


def project(
    terms: Mapping[int, Terms], happenings: Iterable[Happening], rules: Rules | None = None
) -> dict[int, Standing]:
    """Return how one student stands in each sitting, after everything that happened."""
    fold = fold_of(terms, happenings, rules)
    return {sitting_id: fold.standing(sitting_id) for sitting_id in terms}


def fold_of(terms: Mapping[int, Terms], happenings: Iterable[Happening], rules: Rules | None = None) -> Fold:
    """Fold what happened, in the order of `t`."""
    fold = Fold(terms, rules or Rules())
    for happening in sorted(happenings, key=in_order):
        fold.add(happening)
    return fold


def in_order(happening: Happening) -> tuple[datetime, bool, str]:
    """Sort by `t`; at the same moment a person has the last word, and ids make the rest definite."""
    return (happening.t, isinstance(happening, Ruling), happening.event_id)


def shown_status(status: str, *, check_in_over: bool, cancelled: bool) -> str:
    """Return the status as it is said everywhere: who is expected is absent once check-in is over.

    Nobody is absent from a sitting that was called off: who was expected there is `cancelled`.
    """
    if status != "expected":
        return status
    return "cancelled" if cancelled else "absent" if check_in_over else "expected"


def _after(before: Standing, verdict: Verdict, sighting: Sighting) -> Standing:
    seen = replace(before, seen_at=sighting.t, seen_kiosk_id=sighting.kiosk_id)
    now = Standing(
        at=sighting.t,
        kiosk_id=sighting.kiosk_id,
        attempt_id=sighting.attempt_id,
        seen_at=sighting.t,
        seen_kiosk_id=sighting.kiosk_id,
    )
    if verdict == "present":
        return replace(now, status="present")
    if verdict == "late":
        return replace(now, status="late")
    if verdict == "out":
        return replace(now, status="out", admitted=before.admitted or before)
    if verdict == "returned" and before.admitted is not None:
        return replace(before.admitted, seen_at=sighting.t, seen_kiosk_id=sighting.kiosk_id)
    return seen if verdict == "already_in" else before


def _ruled(before: Standing, ruling: Ruling, terms: Terms) -> Standing:
    if ruling.sets == "in" and before.status != "expected":
        return before.admitted or before  # let back in, or in already: the admission stays as it was
    if ruling.sets == "expected":
        return Standing(attempt_id=ruling.attempt_id)
    punctual = ruling.effective_at <= terms.late_limit
    status: Status = ("present" if punctual else "late") if ruling.sets == "in" else ruling.sets
    admitted = (before.admitted or before) if status == "out" else None
    return Standing(status, ruling.effective_at, None, ruling.attempt_id, admitted)
