"""What came of many walk-ups, and why those that missed did. Pure: truths and reports in, lines out."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.launcher.rehearsal.report import OutcomeLine, Report
from services.launcher.rehearsal.truth import ADMITTING, Truth, WalkUp, as_expected, outcomes_during

KINDS = ("genuine", "again", "wrong_hall", "stranger", "photo", "swap")
_ATTACKS = frozenset({"stranger", "photo", "swap"})
_MATCHED = ADMITTING | {"already_in", "wrong_hall"}
_Z = 1.96


@dataclass(frozen=True)
class Played:
    """One walk-up, and what came of it."""

    folder: str
    walkup: WalkUp
    outcomes: tuple[OutcomeLine, ...]
    refusal: str | None = None
    """Why this student's enrolment photo was refused."""

    @property
    def right_at_once(self) -> bool:
        """Whether its first outcome was the answer, and no other was wrong."""
        first = self.outcomes[:1] if self.walkup.expect != "not_admitted" else self.outcomes
        return as_expected(self.walkup, first) and not self.admitted_wrongly

    @property
    def admitted_wrongly(self) -> bool:
        """Whether anybody was let in who must not be, or as somebody else."""
        own = None if self.walkup.kind in (*_ATTACKS, "wrong_hall") else self.walkup.student_id
        return any(line.verdict in ADMITTING and line.student_id != own for line in self.outcomes)

    @property
    def taken_for_a_student(self) -> bool:
        """Whether somebody who is none was matched as a student, let in or not."""
        return self.walkup.kind in _ATTACKS and any(line.verdict in _MATCHED for line in self.outcomes)

    @property
    def cause(self) -> str:
        """What came instead of the answer."""
        if self.refusal is not None:
            return f"enrolment photo refused: {self.refusal}"
        return "; ".join(_said(line) for line in self.outcomes) or "no verdict while standing there"


def played(folder: str, truth: Truth, report: Report, refusals: Mapping[str, str]) -> list[Played]:
    """Put each walk-up beside its outcomes; `refusals` by student."""
    return [
        Played(folder, walkup, tuple(outcomes_during(walkup, report)), refusals.get(walkup.student_id or ""))
        for walkup in truth.walkups
    ]


def tally_lines(walkups: Sequence[Played]) -> Iterator[str]:
    """Tell how each kind came out, and each one that came out otherwise."""
    yield f"{'kind':12} walk-ups  as it should, at the first try   let in wrongly   taken for a student"
    for kind in KINDS:
        these = [one for one in walkups if one.walkup.kind == kind]
        if these:
            right, wrong = sum(one.right_at_once for one in these), sum(one.admitted_wrongly for one in these)
            taken = sum(one.taken_for_a_student for one in these)
            yield f"{kind:12} {len(these):8}  {_share(right, len(these)):30}   {wrong:14}   {taken:19}"
    missed = [one for one in walkups if not one.right_at_once]
    if missed:
        yield "otherwise:"
    for one in missed:
        who = one.walkup.student_id or "nobody of the roster"
        yield f"  {one.folder} {one.walkup.kiosk} {one.walkup.start_s:g} s, {one.walkup.kind}, {who}: {one.cause}"


def interval(right: int, of: int) -> tuple[float, float]:
    """Return the 95% interval of a share, after Wilson, 1927."""
    share, square = right / of, _Z * _Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = _Z / (1 + square / of) * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    return middle - half, middle + half


def _share(right: int, of: int) -> str:
    low, high = interval(right, of)
    return f"{right} = {right / of:.1%} [{low:.1%}, {high:.1%}]"


def _said(line: OutcomeLine) -> str:
    details = [line.student_id, line.reason, None if line.score is None else f"{line.score:.3f}"]
    return f"{line.verdict} ({', '.join(detail for detail in details if detail)})"
