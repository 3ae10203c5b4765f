"""Looks at both Redis servers for everybody: a group whose workers are all dead says nothing of itself."""

from redis import Redis
from redis.exceptions import RedisError

from shared import metrics
from shared.broker_errors import kind_of
from shared.broker_room import measure_room
from shared.durable import GROUPS
from shared.queues import measure_queue


class Brokers:
    """The two, as ingest reaches them."""

    def __init__(self, events: "Redis", frames: "Redis") -> None:
        self._events = events
        self._frames = frames

    def measure(self) -> None:
        """Measure what waits for every group of every durable stream, and how the frames Redis is.

        Raises:
            RedisError: one of the two is away; the other was measured all the same.
        """
        try:
            self._look_at_frames()
        finally:
            self._look_at_events()

    def _look_at_events(self) -> None:
        try:
            for stream, groups in GROUPS.items():
                for group in groups:
                    measure_queue(self._events, stream, group)
        except RedisError as error:
            _away("events", error)
            raise
        metrics.BROKER_UP.labels("events").set(1)

    def _look_at_frames(self) -> None:
        try:
            self._frames.ping()
            measure_room(self._frames, "frames")
        except RedisError as error:
            _away("frames", error)
            raise
        metrics.BROKER_UP.labels("frames").set(1)


def _away(which: str, error: RedisError) -> None:
    metrics.BROKER_UP.labels(which).set(0)
    metrics.BROKER_ERRORS.labels(which, kind_of(error)).inc()
