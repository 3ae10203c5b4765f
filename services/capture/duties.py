"""What capture does beside the cameras: follow the schedule, hear where a face is, say how the cameras are."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import get_args

from pydantic import ValidationError
from redis import Redis

from services.capture.camera import ENDED
from services.capture.fleet import Fleet
from services.capture.plan import kiosks_here
from shared import logs, metrics, names
from shared.broker_room import measure_room
from shared.clock import Clock
from shared.errors import Invalid
from shared.events import CameraState, Prompt, decode
from shared.health import HealthBoard
from shared.kiosk_channel import CameraStatus, KioskChannel
from shared.schedule import KioskView, Schedule, ScheduleStore

_log = logs.get("capture")
STATES: tuple[CameraState, ...] = get_args(CameraState)
STATUS_EVERY_S = 1.0
ROOM_EVERY_S = 5.0
SKEW_EVERY_S = 30.0


class FollowSchedule:
    """Keeps the fleet as the schedule says; while the events Redis is away, as it said last."""

    def __init__(
        self,
        store: ScheduleStore,
        fleet: Fleet,
        board: HealthBoard,
        node: str,
        given: Mapping[str, str],
        clock: Clock,
    ) -> None:
        self._store = store
        self._fleet = fleet
        self._board = board
        self._node = node
        self._given = given
        self._clock = clock
        self._seen = False

    def begin(self) -> None:
        """Start what the command line gave: it runs while the events Redis is away."""
        self._apply(Schedule())

    def __call__(self) -> None:
        """Follow it once."""
        try:
            schedule = self._store.read()
        except ValidationError as error:
            where = ".".join(map(str, error.errors()[0]["loc"]))
            self._board.set("schedule", False, f"the schedule cannot be read ({where}): the last one is kept")
            return
        if schedule.version == 0 and self._seen:
            self._board.set("schedule", False, "the schedule has gone from the events Redis: the last one is kept")
            return
        self._seen = schedule.version > 0
        self._board.set("schedule", True, "the schedule is followed")
        self._apply(schedule)

    def _apply(self, schedule: Schedule) -> None:
        kiosks = kiosks_here(schedule, self._node, self._given)
        self._fleet.apply(kiosks)
        for kiosk_id, kiosk in kiosks.items():
            metrics.CAMERA_NEEDED.labels(kiosk_id).set(is_needed(schedule, kiosk, self._clock.now()))


class WatchKiosks:
    """Hears from the last prompts where a face is, and each second says how the cameras are."""

    def __init__(self, redis: Redis, fleet: Fleet, board: HealthBoard, clock: Clock) -> None:
        self._redis = redis
        self._fleet = fleet
        self._board = board
        self._clock = clock
        self._report_at_s = float("-inf")
        self._reported: frozenset[str] = frozenset()

    def __call__(self) -> None:
        """Watch once."""
        if self._clock.monotonic_s() >= self._report_at_s:
            self._report_at_s = self._clock.monotonic_s() + STATUS_EVERY_S
            self._report()
        self._hear_prompts()

    def _hear_prompts(self) -> None:
        kiosk_ids = self._fleet.kiosk_ids()
        if not kiosk_ids:
            return
        prompts = self._redis.mget([names.last(names.prompts(kiosk_id)) for kiosk_id in kiosk_ids])
        for kiosk_id, raw in zip(kiosk_ids, prompts, strict=True):
            if isinstance(raw, bytes) and sees_face(raw):
                self._fleet.face_in_view(kiosk_id)

    def _report(self) -> None:
        self._fleet.replace_hung()
        statuses = self._fleet.statuses()
        for kiosk_id in self._reported - statuses.keys():
            forget_metrics(kiosk_id)
        self._reported = frozenset(statuses)
        for kiosk_id, status in statuses.items():
            measure(kiosk_id, status)
        self._board.set("cameras", *sentence(statuses))
        for kiosk_id, status in statuses.items():
            KioskChannel(self._redis, kiosk_id).camera(status)


class WatchRoom:
    """Says now and then how much room the frames Redis has left."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock
        self._due_s = float("-inf")

    def __call__(self) -> None:
        """Measure when it is due."""
        if self._clock.monotonic_s() >= self._due_s:
            self._due_s = self._clock.monotonic_s() + ROOM_EVERY_S
            measure_room(self._redis, "frames")


class WatchClock:
    """Holds this node's clock against the events Redis's, now and then."""

    def __init__(self, redis: Redis, node: str, clock: Clock, alarm_s: float) -> None:
        self._redis = redis
        self._node = node
        self._clock = clock
        self._alarm_s = alarm_s
        self._due_s = float("-inf")

    def __call__(self) -> None:
        """Measure when it is due: half-way between asking and answer."""
        if self._clock.monotonic_s() < self._due_s:
            return
        asked_at = self._clock.now()
        seconds, microseconds = self._redis.time()
        middle = asked_at + (self._clock.now() - asked_at) / 2
        server = datetime.fromtimestamp(seconds, UTC).replace(microsecond=microseconds)
        skew_s = (middle - server).total_seconds()
        self._due_s = self._clock.monotonic_s() + SKEW_EVERY_S
        metrics.CLOCK_SKEW.labels(f"node:{self._node}").set(skew_s)
        if abs(skew_s) > self._alarm_s:
            _log.warning("this node's clock is off: set it by NTP", node=self._node, skew_s=round(skew_s, 3))


def sees_face(prompt: bytes) -> bool:
    """Tell whether a prompt names a face in view; a message that is none names none."""
    try:
        event = decode(prompt)
    except Invalid:
        return False
    return isinstance(event, Prompt) and (bool(event.boxes) or event.track_id is not None)


def sentence(statuses: Mapping[str, CameraStatus]) -> tuple[bool, str]:
    """Return whether every camera lives, and the sentence that says so."""
    bad = [
        f"{kiosk_id} is {status.state}" + (f" ({status.detail})" if status.detail else "")
        for kiosk_id, status in statuses.items()
        if status.state != "live" and status.detail != ENDED
    ]
    if bad:
        return False, "; ".join(bad)
    return True, f"cameras: {len(statuses)}" if statuses else "no kiosk names this node"


def is_needed(schedule: Schedule, kiosk: KioskView, at: datetime) -> bool:
    """Tell whether a sitting is in play in a kiosk's hall: a browser that is closed at night is no alarm."""
    return any(kiosk.hall in sitting.halls for sitting in schedule.in_play(at))


def measure(kiosk_id: str, status: CameraStatus) -> None:
    """Write a camera's state into the metrics."""
    for state in STATES:
        metrics.CAMERA_STATE.labels(kiosk_id, state).set(state == status.state)
    metrics.CAMERA_FPS.labels(kiosk_id).set(status.fps)


def forget_metrics(kiosk_id: str) -> None:
    """Take a kiosk that is gone out of the gauges: a stale `lost` would ring for ever."""
    for state in STATES:
        metrics.CAMERA_STATE.remove(kiosk_id, state)
    metrics.CAMERA_FPS.remove(kiosk_id)
    metrics.CAMERA_NEEDED.remove(kiosk_id)
