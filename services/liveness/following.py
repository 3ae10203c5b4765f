"""The schedule as liveness knows it: asked for now and then, and kept while nothing better is to be had."""

from datetime import datetime

from pydantic import ValidationError
from redis.exceptions import RedisError

from shared import logs
from shared.broker_errors import SENTENCES, kind_of
from shared.clock import Clock
from shared.events import Policy
from shared.health import HealthBoard
from shared.schedule import Schedule, ScheduleStore

_log = logs.get("liveness")


class ScheduleFollower:
    """The newest schedule that could be read. One that vanished or is damaged changes nothing: capture goes on too."""

    def __init__(self, store: ScheduleStore, clock: Clock, every_s: float, health: HealthBoard | None = None) -> None:
        self._store = store
        self._clock = clock
        self._every_s = every_s
        self._health = health
        self._schedule = Schedule()
        self._next_s = float("-inf")

    def now(self) -> Schedule:
        """Return the newest schedule known."""
        if self._clock.monotonic_s() >= self._next_s:
            self._next_s = self._clock.monotonic_s() + self._every_s
            trouble = self._look()
            self._say(trouble is None, trouble or "the schedule is followed")
        return self._schedule

    def kiosks(self) -> list[str]:
        """Return the kiosks to be served."""
        return [kiosk.kiosk_id for kiosk in self.now().kiosks if kiosk.enabled]

    def policy(self, kiosk_id: str, at: datetime) -> Policy | None:
        """Return the policy at a kiosk; None when nothing is in play there."""
        schedule = self.now()
        kiosk = schedule.kiosk(kiosk_id)
        return schedule.policy_for(kiosk, at) if kiosk is not None else None

    def _look(self) -> str | None:
        """Read the schedule; return why it could not be taken over, or None."""
        try:
            found = self._store.read()
        except RedisError as error:
            return f"the schedule is not read ({SENTENCES[kind_of(error)]}); the last one is kept"
        except ValidationError as error:
            where = ".".join(map(str, error.errors()[0]["loc"]))
            return f"the schedule cannot be read ({where}): the last one is kept; restart ingest, which writes it"
        if found.version == 0 and self._schedule.version:
            return "the schedule has gone from the events Redis: the last one is kept; ingest writes it again"
        self._schedule = found
        return None

    def _say(self, ok: bool, sentence: str) -> None:
        if self._health is not None:
            self._health.set("schedule", ok, sentence)
        elif not ok:
            _log.warning("schedule kept", why=sentence)
