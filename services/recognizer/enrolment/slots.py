"""Look-alikes of whole slots, looked for again whenever a roster, a sitting or a template changes.

Enrolment names a student's look-alikes in the slots that it knows then; who is put beside them later is found here,
by the same rule. What is found goes to ingest as an event like any other; the same pair again changes nothing there.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager

import numpy as np
from redis.exceptions import RedisError

from services.recognizer.enrolment.enroller import KIOSK_ID
from services.recognizer.follower import GalleryFollower
from services.recognizer.gallery import Matrix
from services.recognizer.settings import RecognizerSection
from services.recognizer.thresholds import Thresholds, fmr_allowed
from shared import logs, names
from shared.clock import Clock
from shared.durable import DurableStreams
from shared.errors import Unavailable
from shared.events import AlikePair, LookAlikesFound, event_id
from shared.repeating import repeating
from shared.schedule import Schedule, ScheduleStore

Pairs = Mapping[tuple[str, str], float]
_BLOCK_ROWS = 512
_PAIRS_AT_ONCE = 500
_EVERY_S = 5
_log = logs.get("enrolment")


def slots_in(schedule: Schedule) -> frozenset[frozenset[str]]:
    """Return everybody who has a sitting in play at a time, for each time at which a sitting starts."""
    return frozenset(schedule.slot(sitting.starts_at) for sitting in schedule.sittings)


def alike_in(slot: frozenset[str], gallery: Matrix, thresholds: Thresholds, budget: float, rare_fmr: float) -> Pairs:
    """Return the pairs of a slot that are too much alike, with their cosines (see `look_alikes.look_alikes_of`)."""
    students, rows = gallery.rows_of(sorted(slot))
    threshold = thresholds.at_fmr(min(rare_fmr, fmr_allowed(budget, len(students))))
    found: dict[tuple[str, str], float] = {}
    for first in range(0, len(students), _BLOCK_ROWS):
        scores = rows[first : first + _BLOCK_ROWS] @ rows[first:].T
        for at, other in np.argwhere(np.triu(scores, k=1) >= threshold):
            found[students[first + at], students[first + other]] = float(scores[at, other])
    return found


class SlotLookAlikes:
    """Looks again when the schedule or the gallery changed, and tells ingest what is new."""

    def __init__(
        self,
        gallery: GalleryFollower,
        schedules: ScheduleStore,
        streams: DurableStreams,
        thresholds: Thresholds,
        settings: RecognizerSection,
        clock: Clock,
    ) -> None:
        self._gallery = gallery
        self._schedules = schedules
        self._streams = streams
        self._thresholds = thresholds
        self._settings = settings
        self._clock = clock
        self._seen: tuple[object, ...] = ()
        self._told: Pairs = {}

    def look(self) -> int:
        """Look where something changed; return how many pairs were told.

        Raises:
            Unavailable: the gallery is of another network.
            RedisError: it is away; call again.
        """
        self._gallery.refresh()
        schedule = self._schedules.read()
        seen = (self._gallery.version, schedule.version)
        if seen == self._seen:
            return 0
        found: dict[tuple[str, str], float] = {}
        for slot in slots_in(schedule):
            budget, rare_fmr = self._settings.false_positive_budget, self._settings.look_alike_fmr
            found.update(alike_in(slot, self._gallery.enrolled, self._thresholds, budget, rare_fmr))
        new = {pair: score for pair, score in found.items() if self._told.get(pair) != score}
        for event in self._events(new):
            self._streams.add(names.ENROLLED, event)
        self._seen, self._told = seen, found
        return len(new)

    def _events(self, pairs: Pairs) -> Iterator[LookAlikesFound]:
        ordered = sorted(pairs.items())
        for first in range(0, len(ordered), _PAIRS_AT_ONCE):
            told = ordered[first : first + _PAIRS_AT_ONCE]
            name = event_id("look_alikes", self._gallery.model_id, *told)
            yield LookAlikesFound(
                event_id=name,
                kiosk_id=KIOSK_ID,
                captured_at=self._clock.now(),
                trace_id=name,
                model_id=self._gallery.model_id,
                pairs=tuple(AlikePair(student_a=a, student_b=b, similarity=score) for (a, b), score in told),
            )


def watching_slots(look_alikes: SlotLookAlikes) -> AbstractContextManager[None]:
    """Look every few seconds while this lasts."""

    def look() -> None:
        try:
            told = look_alikes.look()
        except (RedisError, Unavailable) as error:
            _log.warning("look-alikes wait", error=type(error).__name__)
        else:
            if told:
                _log.info("look-alikes of changed slots", pairs=told)

    return repeating("look-alikes", _EVERY_S, look)
