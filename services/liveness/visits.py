"""A visit: one person at the kiosk, over all the tracks they make. It holds the count and the trace id.

A face that goes and comes back within ten seconds continues its visit, so walking off resets nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

from services.liveness.check import Passed
from services.liveness.crops import Candidate
from services.liveness.decision import FailedForGood, Report
from services.liveness.observation import Appearance, likeness
from shared.events import FailureReason, Policy

KEPT_S = 10.0
MOST_FAILURES = 3
_SOMEBODY_ELSE = 0.35
"""Likeness under which whoever comes is taken for another person, and does not inherit the count. The half of all
pairs of different people are under it; the others inherit it, which costs them tries and never saves them one."""


@dataclass
class Visit:
    """One person's visit."""

    trace_id: str
    track_id: str
    track_started_s: float
    policy: Policy
    last_seen_s: float
    look: Appearance | None = None
    attempt: int = 0
    """Counts what was sent of this track, so that each event has its own id."""
    failures: int = 0
    reason: FailureReason = "timeout"
    evidence: Candidate | None = None
    settled: bool = False
    """A verdict was sent: passed, or failed for good. Nothing is owed at its end."""
    claimed_student_id: str | None = None
    """The number that this person typed."""

    @property
    def owes_a_failure(self) -> bool:
        """Whether its end must be reported: somebody failed, or typed a number, and left without a verdict."""
        return (self.failures > 0 or self.claimed_student_id is not None) and not self.settled

    def failed_for_good(self) -> FailedForGood:
        """Return its failure, as it is told to the office."""
        return FailedForGood(self.reason if self.failures else "not_seen", self.failures, self.evidence)

    def report(self, result: Passed | FailedForGood, policy: Policy, waited_s: float = 0.0) -> Report:
        """Return a result of this visit."""
        return Report(
            track_id=self.track_id,
            track_started_s=self.track_started_s,
            trace_id=self.trace_id,
            policy=policy,
            attempt=self.attempt,
            claimed_student_id=self.claimed_student_id,
            waited_s=waited_s,
            result=result,
        )


class Visits:
    """The present visit of one kiosk, and the one that may be continued."""

    def __init__(self, new_trace_id: Callable[[], str]) -> None:
        self._new_trace_id = new_trace_id
        self.current: Visit | None = None

    def arrive(self, track_id: str, t_s: float, policy: Policy, look: Appearance) -> tuple[Visit, Visit | None]:
        """Return the visit of a track that begins to be served, and the one that is over because of it."""
        before = self.current
        if before is not None and self._continues(before, t_s, look):
            before.track_id, before.track_started_s, before.last_seen_s = track_id, t_s, t_s
            return before, None
        self.current = Visit(self._new_trace_id(), track_id, t_s, policy, t_s, look)
        return self.current, before

    def end(self) -> Visit | None:
        """End the present visit now (another face, or the footage is over); return it."""
        ended, self.current = self.current, None
        return ended

    def expire(self, t_s: float) -> Visit | None:
        """End the present visit if nobody came back; return it then."""
        if self.current is None or t_s - self.current.last_seen_s <= KEPT_S:
            return None
        return self.end()

    @staticmethod
    def _continues(before: Visit, t_s: float, look: Appearance) -> bool:
        if before.settled or t_s - before.last_seen_s > KEPT_S:
            return False
        return before.look is None or likeness(before.look, look) >= _SOMEBODY_ELSE
