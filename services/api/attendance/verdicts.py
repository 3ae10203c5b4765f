"""The verdict table. Pure: what was found, and what the office knows at `t`, make one decision.

It is read from the top, and the first row that fits decides. "Within the threshold" is the
recognizer's finding; everything else here is the office's own knowledge.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from shared.events import FailureReason, Finding, Verdict

Status = Literal["expected", "present", "late", "out"]
Gate = Literal["open", "early", "closed", "elsewhere"]
"""What a sitting in play says to this person at this door at `t`; `elsewhere`: it is in another hall."""
ReviewPolicy = Literal["no", "yes", "once_per_visit", "listed"]

ADMITTED: frozenset[Status] = frozenset({"present", "late"})


@dataclass(frozen=True)
class Found:
    """What liveness and the recognizer say."""

    failure: FailureReason | None = None
    """Set: liveness failed for good, and nothing else here is."""
    finding: Finding | None = None
    like_admission: bool | None = None
    """Whether the face is like today's admission of the candidate; None: there is none to compare with."""
    proof_fits: bool = True
    """The proof of life is what this door asks for at that time."""


@dataclass(frozen=True)
class Seat:
    """The one sitting in play that counts for the candidate."""

    sitting_id: int
    gate: Gate
    status: Status
    punctual: bool = True
    """`t` is not after `late_after`, the student's allowance and the queue grace."""


@dataclass(frozen=True)
class Facts:
    """What the office knows of the candidate, at this kiosk, at `t`."""

    known: bool = True
    """The candidate is an active student."""
    direction: Literal["in", "out"] = "in"
    verdict_before: Verdict | None = None
    """This person's verdict at this kiosk, asked the same way, within the repeat interval."""
    doubtful: bool = False
    """A look-alike in this slot, a confirmed twin, or somebody a person has said no to."""
    twin: bool = False
    """A confirmed twin: no face, and no admission of today, tells the two apart."""
    seat: Seat | None = None
    other_door: bool = False
    """Seen at another door within the last minutes."""
    another_sitting: bool = False
    """On the roster of a sitting that is not in play."""


@dataclass(frozen=True)
class Decision:
    """What the table says."""

    verdict: Verdict
    review: ReviewPolicy = "no"
    detail: str = ""
    """A code: why there is a review item."""
    repeat: bool = False


class Case(NamedTuple):
    """One case, with the words that the rows are written in."""

    found: Found
    facts: Facts

    @property
    def somebody(self) -> bool:
        """Somebody is within the threshold, and the office knows them."""
        return self.found.finding in {"match", "margin", "crops_disagree"} and self.facts.known

    @property
    def certain(self) -> bool:
        """Nobody else comes near, and all crops are of one person."""
        return self.found.finding == "match"

    @property
    def same_person(self) -> bool:
        """This is the candidate: certainly so, or today's admission tells the best two apart.

        Never where there is a twin: the second to come would be shown the first one's name.
        """
        if self.facts.twin:
            return False
        return self.certain or (self.found.finding == "margin" and self.found.like_admission is True)

    @property
    def here(self) -> bool:
        """On the roster of this hall."""
        return self.facts.seat is not None and self.facts.seat.gate != "elsewhere"

    @property
    def status(self) -> Status:
        """The candidate's status on that roster."""
        return self.facts.seat.status if self.facts.seat else "expected"

    @property
    def exit(self) -> bool:
        """At an exit kiosk."""
        return self.facts.direction == "out"

    @property
    def gate(self) -> Gate | None:
        """What the sitting that counts says."""
        return self.facts.seat.gate if self.facts.seat else None

    @property
    def punctual(self) -> bool:
        """Not late, with everything that is granted."""
        return self.facts.seat is not None and self.facts.seat.punctual


class Row(NamedTuple):
    """One row of the table."""

    fits: Callable[[Case], bool]
    decision: Callable[[Case], Decision]


def decide(found: Found, facts: Facts) -> Decision:
    """Return what the first row that fits says."""
    case = Case(found, facts)
    return next(row.decision(case) for row in TABLE if row.fits(case))


def _is(verdict: Verdict, review: ReviewPolicy = "no") -> Callable[[Case], Decision]:
    return lambda case: Decision(verdict, review, (case.found.finding or "") if review != "no" else "")


def _liveness_failed(case: Case) -> Decision:
    return Decision("liveness_failed", "yes", str(case.found.failure))


def _proof_too_weak(_case: Case) -> Decision:
    return Decision("liveness_failed", "yes", "proof_too_weak")


def _the_verdict_before(case: Case) -> Decision:
    return Decision(case.facts.verdict_before or "already_in", repeat=True)


def _already_in(case: Case) -> Decision:
    if case.found.like_admission is False:
        return Decision("already_in", "yes", "unlike_admission")
    return Decision("already_in", "yes", "other_door") if case.facts.other_door else Decision("already_in")


def _unlike_who_went_out(_case: Case) -> Decision:
    return Decision("ambiguous", "yes", "unlike_admission")


def _leaves_who_never_came(_case: Case) -> Decision:
    return Decision("ambiguous", "yes", "not_seen_in")


def _ambiguous(case: Case) -> Decision:
    return Decision("ambiguous", "yes", "look_alike" if case.certain else str(case.found.finding))


TABLE: tuple[Row, ...] = (
    # liveness failed for good
    Row(lambda case: case.found.failure is not None, _liveness_failed),
    # a weaker proof of life than the strictest of the kiosk and its hall's sittings in play
    Row(lambda case: not case.found.proof_fits, _proof_too_weak),
    # nobody within the threshold
    Row(lambda case: not case.somebody, _is("unknown", review="once_per_visit")),
    # same person, same kiosk, within the repeat interval
    Row(lambda case: case.same_person and case.facts.verdict_before is not None, _the_verdict_before),
    # on this hall's roster, already in
    Row(lambda case: case.same_person and case.here and case.status in ADMITTED and not case.exit, _already_in),
    # the same, at an exit kiosk
    Row(lambda case: case.same_person and case.here and case.status != "expected" and case.exit, _is("out")),
    # the same, status out, like today's admission
    Row(
        lambda case: case.same_person and case.here and case.status == "out" and case.found.like_admission is True,
        _is("returned"),
    ),
    # the same, status out, unlike it (or with nothing to compare with)
    Row(lambda case: case.same_person and case.here and case.status == "out", _unlike_who_went_out),
    # second best within the margin; a look-alike of this slot or a confirmed twin; crops disagree
    Row(lambda case: not case.certain or case.facts.doubtful, _ambiguous),
    # on this hall's roster, t before check-in opens
    Row(lambda case: case.gate == "early", _is("too_early")),
    # the same at an exit kiosk, check-in open: somebody leaves whom no door saw come
    Row(lambda case: case.gate == "open" and case.exit, _leaves_who_never_came),
    # the same, t up to late_after, the student's own allowance and the queue grace
    Row(lambda case: case.gate == "open" and case.punctual, _is("present")),
    # the same, t up to closes
    Row(lambda case: case.gate == "open", _is("late")),
    # the same, t after closes
    Row(lambda case: case.gate == "closed", _is("closed", review="yes")),
    # on the roster of another hall in play
    Row(lambda case: case.gate == "elsewhere", _is("wrong_hall", review="listed")),
    # on the roster of another sitting
    Row(lambda case: case.facts.another_sitting, _is("wrong_sitting")),
    # enrolled, on no roster
    Row(lambda _case: True, _is("not_registered", review="yes")),
)
