"""What goes into a decision about one frame, and what comes out of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from services.liveness.check import Passed
from services.liveness.crops import Candidate, Cut
from services.liveness.observation import FrameSize, Observation
from services.liveness.screen import Screen
from shared.events import FailureReason, NumberAsk, Policy


@dataclass(frozen=True)
class Frame:
    """One frame, as the decisions see it."""

    t_s: float
    size: FrameSize
    seen: Sequence[Observation]
    cut: Cut
    policy: Policy | None
    """None: no sitting is in play here."""
    ask: NumberAsk | None = None
    last: bool = False


@dataclass(frozen=True)
class FailedForGood:
    """A failure that is told to the office."""

    reason: FailureReason
    failures: int
    evidence: Candidate | None


@dataclass(frozen=True)
class Report:
    """A result of one track."""

    track_id: str
    track_started_s: float
    trace_id: str
    policy: Policy
    attempt: int
    claimed_student_id: str | None
    waited_s: float
    """Frame time from the face served to this result."""
    result: Passed | FailedForGood


class Tried(NamedTuple):
    """A challenge that is over, also one that is only counted: the person may try again."""

    policy: Policy
    result: Literal["met"] | FailureReason


@dataclass(frozen=True)
class Decision:
    """What one frame led to."""

    screen: Screen
    reports: Sequence[Report] = ()
