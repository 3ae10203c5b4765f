"""Holds a report against a `truth.json`: who walked up when, and what the answer is.

A walk-up expects `present`, `unknown`, `wrong_hall` or `already_in`: an outcome with that verdict, and of
that student where one is named, overlaps it. Or it expects `not_admitted`: no outcome that admits anybody
overlaps it, and the student is not in at the end.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.launcher.rehearsal.report import OutcomeLine, Report

ADMITTING = frozenset({"present", "late", "returned"})
_IN = frozenset({"present", "late"})
_SLACK_S = 1.5
"""A verdict may come when its person is already turning away; walk-ups are at least this far apart."""


class WalkUp(BaseModel):
    """One walk-up of the footage."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    kiosk: str
    kind: str
    student_id: str | None
    start_s: float
    end_s: float
    expect: Literal["present", "unknown", "wrong_hall", "already_in", "not_admitted"]


class Truth(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    present: tuple[str, ...]
    not_present: tuple[str, ...]
    walkups: tuple[WalkUp, ...]


@dataclass(frozen=True)
class Difference:
    """Something that came out otherwise."""

    where: str
    expected: str
    found: str


def read_truth(path: Path) -> Truth:
    """Read the file."""
    return Truth.model_validate(json.loads(path.read_text("utf-8")))


def differences(truth: Truth, report: Report) -> list[Difference]:
    """Return all that came out otherwise than in `truth`."""
    found = [difference for walkup in truth.walkups if (difference := _walkup_difference(walkup, report))]
    status = {line.student_id: line.status for line in report.roster}
    found += [
        Difference(f"roster {student_id}", "present", str(status.get(student_id)))
        for student_id in truth.present
        if status.get(student_id) not in _IN
    ]
    found += [
        Difference(f"roster {student_id}", "not present", str(status[student_id]))
        for student_id in truth.not_present
        if status.get(student_id) in _IN
    ]
    return found


def _walkup_difference(walkup: WalkUp, report: Report) -> Difference | None:
    during = outcomes_during(walkup, report)
    if as_expected(walkup, during):
        return None
    where = f"{walkup.kiosk} {walkup.start_s:g}–{walkup.end_s:g} s ({walkup.kind}, {walkup.student_id or 'nobody'})"
    return Difference(where, walkup.expect, ", ".join(map(_said, during)) or "nothing")


def outcomes_during(walkup: WalkUp, report: Report) -> list[OutcomeLine]:
    """Return the outcomes that fall into a walk-up."""
    return [line for line in report.outcomes if _overlaps(line, walkup)]


def as_expected(walkup: WalkUp, during: Sequence[OutcomeLine]) -> bool:
    """Tell whether the outcomes of a walk-up are its answer."""
    if walkup.expect == "not_admitted":
        return not any(line.verdict in ADMITTING for line in during)
    wanted = walkup.student_id if walkup.expect != "unknown" else None
    others = [line for line in during if line.verdict in ADMITTING and line.student_id != walkup.student_id]
    return not others and any(
        line.verdict == walkup.expect and (wanted is None or line.student_id == wanted) for line in during
    )


def _overlaps(line: OutcomeLine, walkup: WalkUp) -> bool:
    return (
        line.kiosk == walkup.kiosk
        and line.end_s >= walkup.start_s
        and line.start_s <= walkup.end_s
        and line.end_s <= walkup.end_s + _SLACK_S
    )


def _said(line: OutcomeLine) -> str:
    return f"{line.verdict} {line.student_id or ''}".strip()
