"""The schedule: what the office knows, as the pipeline needs it, in one versioned view.

Ingest writes it from the database; capture, liveness and recognizer follow it, so that they start
and work while the API and the database are down. It holds no names and no pictures.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Annotated

from pydantic import AwareDatetime, Field
from redis import Redis

from shared import names
from shared.events import KioskId, Policy, StudentId, Wire

PRACTICE = "practice-"
"""What the ids of practice kiosks begin with, and no door's: what happens there admits nobody, whatever else goes wrong."""
_STRICTNESS: dict[Policy, int] = {"off": 0, "blink": 1, "challenge": 2}


def strictest(policies: Iterable[Policy]) -> Policy:
    """Return the policy that asks for most.

    >>> strictest(["blink", "off"])
    'blink'
    """
    return max(policies, key=_STRICTNESS.__getitem__)


def practice_kiosk(number: int) -> str:
    """Return the id of a practice kiosk."""
    return f"{PRACTICE}{number}"


def is_practice(kiosk_id: str) -> bool:
    """Tell whether this is a practice kiosk.

    >>> is_practice("practice-1"), is_practice("A__door1")
    (True, False)
    """
    return kiosk_id.startswith(PRACTICE)


class KioskView(Wire):
    """One camera at one door."""

    kiosk_id: KioskId
    hall: str
    source: str
    """`0` (V4L2 index), `rtsp://…`, `http://…`, `file:PATH`, `folder:PATH`, `browser:`, or a source of the launcher's."""
    capture_node: str = "local"
    direction: Annotated[str, Field(pattern="^(in|out)$")] = "in"
    policy: Policy | None = None
    """Overrides the sitting's, where set."""
    token_hash: str | None = None
    """SHA-256, hex, of the kiosk's token."""
    enabled: bool = True
    practice_student_id: StudentId | None = None
    """A practice kiosk's student: a face there is compared with this one person, and nobody is admitted."""


class SittingView(Wire):
    """One sitting in play today or soon, and who sits in which of its halls."""

    sitting_id: int
    exam_code: str
    subject: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    opens_at: AwareDatetime
    late_after: AwareDatetime
    closes_at: AwareDatetime
    in_play_from: AwareDatetime
    policy: Policy
    hall_of: dict[StudentId, str]
    left_halls: tuple[str, ...] = ()
    """Halls that it was moved out of: their doors still answer for it, and send people on."""

    @cached_property
    def halls(self) -> frozenset[str]:
        """The halls whose doors answer for this sitting."""
        return frozenset((*self.hall_of.values(), *self.left_halls))


class Schedule(Wire):
    """The whole view."""

    version: int = 0
    kiosks: tuple[KioskView, ...] = ()
    sittings: tuple[SittingView, ...] = ()
    look_alikes: tuple[tuple[StudentId, StudentId], ...] = ()
    """Confirmed twins: always asked for number and ID."""

    def kiosk(self, kiosk_id: str) -> KioskView | None:
        """Return one kiosk, or None."""
        return next((kiosk for kiosk in self.kiosks if kiosk.kiosk_id == kiosk_id), None)

    def in_play(self, at: datetime) -> tuple[SittingView, ...]:
        """Return the sittings in play at `at`: from 60 minutes before they open until their end."""
        return tuple(s for s in self.sittings if s.in_play_from <= at <= s.ends_at)

    def slot(self, at: datetime) -> frozenset[str]:
        """Return every student with a sitting in play at `at`, in whichever hall."""
        return frozenset(student for sitting in self.in_play(at) for student in sitting.hall_of)

    def policy_for(self, kiosk: KioskView, at: datetime) -> Policy | None:
        """Return the liveness policy at a kiosk: the strictest of its own and its hall's sittings in play.

        So a kiosk can ask for more than a sitting does, never for less. None: nothing is in play for this hall.
        """
        if is_practice(kiosk.kiosk_id):
            return kiosk.policy
        here = [s.policy for s in self.in_play(at) if kiosk.hall in s.halls]
        if not here:
            return None
        own = [kiosk.policy] if kiosk.policy else []
        return strictest([*here, *own])


class ScheduleStore:
    """Reads and writes the view in the events Redis."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self._seen: Schedule | None = None

    def write(self, schedule: Schedule) -> int:
        """Replace the view; return its new version."""
        version = int(self._redis.hincrby(names.SCHEDULE, "version", 1))
        document = schedule.model_copy(update={"version": version}).model_dump_json()
        self._redis.hset(names.SCHEDULE, mapping={"document": document, "document_version": version})
        return version

    def read(self) -> Schedule:
        """Return the newest view; asks only for its version when nothing changed."""
        version = self._redis.hget(names.SCHEDULE, "document_version")
        if version is None:
            self._seen = None  # what is written next may count from 1 again
            return Schedule()
        if self._seen is None or int(version) != self._seen.version:
            document = self._redis.hget(names.SCHEDULE, "document")
            self._seen = Schedule.model_validate_json(document or b"{}")
        return self._seen
