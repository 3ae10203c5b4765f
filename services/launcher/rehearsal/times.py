"""When a rehearsed sitting opens, and which time its footage begins at."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.launcher.rehearsal.folder import ExamFile

OPENS_BEFORE = timedelta(minutes=30)
IN_PLAY_BEFORE = timedelta(minutes=60)
_SHORTEST = timedelta(hours=2)


@dataclass(frozen=True)
class SittingTimes:
    """One sitting's times, and the time of the footage's first frame."""

    footage_from: datetime
    opens_at: datetime
    starts_at: datetime
    late_after: datetime
    closes_at: datetime
    ends_at: datetime

    def document(self) -> dict[str, str]:
        """Return what the office is told."""
        names = ("opens_at", "starts_at", "late_after", "closes_at", "ends_at")
        return {name: getattr(self, name).isoformat() for name in names}


def sitting_times(exam: ExamFile, now: datetime) -> SittingTimes:
    """Return the times of an exam that is played now.

    Without `start` the sitting opens and starts with the first frame. With one, the footage is played as
    if the cameras saw it now; where the sitting is not in play now, its first frame is taken at `start`.
    """
    starts_at = exam.start or now
    late_after = starts_at + timedelta(minutes=exam.late_after_min)
    closes_at = max(late_after, starts_at + timedelta(minutes=exam.closes_min))
    ends_at = max(closes_at, starts_at + _SHORTEST)
    opens_at = starts_at - OPENS_BEFORE if exam.start else starts_at
    in_play = opens_at - IN_PLAY_BEFORE <= now <= ends_at
    return SittingTimes(now if in_play else starts_at, opens_at, starts_at, late_after, closes_at, ends_at)
