"""`python -m tests.faults.real.door WORLD [unfenced]`: serves kiosks under leases, as liveness does.

Everybody in line at a kiosk is alive, and types their number. Between seeing and handing on, the
process may stall longer than its lease lives (`liveness.in_challenge`), or crash.
"""

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from shared import faults, logs, names
from shared.connections import connect
from shared.events import ActionDone, Event, LiveFace, event_id
from shared.keys import load_ring
from shared.leases import LeaseKeeper
from shared.settings import CommonSettings
from shared.streams import DurableStreams
from tests.faults.real.faces import Face, read_face
from tests.faults.real.world import KIOSKS, THROUGH, World, load_world, student_id

WAITING_MAX = 40
"""Live faces and attempts that may wait before the next person steps up: people queue, streams hardly."""
_STAGES = ((names.FACES, names.RECOGNIZER_GROUP), (names.ATTEMPTS, names.INGEST_GROUP))


class Unfenced(LeaseKeeper):
    """Broken on purpose: hands on without asking whose the kiosk is."""

    def __init__(self, world: World, redis: Redis) -> None:
        ring = load_ring(world.keys_dir, "media")
        super().__init__(redis, ring, lambda: KIOSKS)
        self._streams = DurableStreams(redis, ring)

    def emit(self, kiosk_id: str, fence: int, stream: str, event: Event, images: Sequence[bytes] = ()) -> bool:
        faults.point("liveness.before_emit")
        self._streams.add(stream, event, images)
        faults.point("liveness.after_emit")
        return True


def live_face(number: int, kiosk_id: str, fence: int, face: Face) -> LiveFace:
    """Somebody blinked at a kiosk and typed their number."""
    now = datetime.now(UTC)
    track_id = f"{fence:08d}-{student_id(number)}"
    return LiveFace(
        event_id=event_id("live_face", kiosk_id, track_id),
        kiosk_id=kiosk_id,
        captured_at=now,
        trace_id=track_id,
        track_id=track_id,
        track_started_at=now,
        fence=fence,
        policy="blink",
        frame_sent_at=now,
        claimed_student_id=student_id(number),
        challenge=(ActionDone(action="blink", asked_at=now, done_at=now),),
        crops=face.crops,
    )


def note_accepted(world: World, face: LiveFace) -> None:
    """Remember that a live face is on its way, whatever becomes of this process."""
    file = os.open(world.accepted, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(file, f"{face.event_id} {face.kiosk_id} {face.track_id}\n".encode())
    os.close(file)


class Door:
    """One worker: everybody in line is served by whichever door has the kiosk's lease."""

    def __init__(self, world: World, redis: Redis, keeper: LeaseKeeper, stop: threading.Event) -> None:
        self._world = world
        self._redis = redis
        self._keeper = keeper
        self._stop = stop
        self._faces = Path(world.folder) / "faces"
        self._lines = {kiosk_id: self._not_through(kiosk_id) for kiosk_id in KIOSKS}

    def serve(self) -> None:
        """Let everybody through, one after the other at each kiosk, until told to stop."""
        self._keeper.start()
        while not self._stop.is_set():
            try:
                for kiosk_id, fence in self._keeper.held().items():
                    self._wait_for_room()
                    self._call_next(kiosk_id, fence)
            except RedisError:
                self._lines = {kiosk_id: self._not_through(kiosk_id) for kiosk_id in KIOSKS}
                self._stop.wait(0.1)
            self._keeper.beat()
            self._stop.wait(0.01)
        self._keeper.stop()

    def _call_next(self, kiosk_id: str, fence: int) -> None:
        number = next(self._lines[kiosk_id], None)
        if number is None:
            return
        shown = read_face(self._faces, number)
        face = live_face(number, kiosk_id, fence, shown)
        faults.point("liveness.in_challenge")
        if self._keeper.emit(kiosk_id, fence, names.FACES, face, shown.jpegs):
            note_accepted(self._world, face)
            self._redis.sadd(THROUGH, student_id(number))
        else:
            self._lines[kiosk_id] = self._not_through(kiosk_id)

    def _not_through(self, kiosk_id: str) -> Iterator[int]:
        """Who of a line still has to come; asked of Redis each time, for another door may have served some."""
        line = self._world.line(kiosk_id)
        return (number for number in line if not self._redis.sismember(THROUGH, student_id(number)))

    def _wait_for_room(self) -> None:
        while not self._stop.is_set() and sum(_waiting(self._redis, *stage) for stage in _STAGES) > WAITING_MAX:
            self._keeper.beat()
            self._stop.wait(0.05)


def _waiting(redis: Redis, stream: str, group: str) -> int:
    found = {entry["name"].decode(): entry for entry in redis.xinfo_groups(stream)}
    mine = found.get(group, {})
    return int(mine.get("lag") or 0) + int(mine.get("pending") or 0)


def main(world: World, *, fenced: bool) -> None:
    """Serve until told to stop."""
    logs.configure(CommonSettings(log_level="error"), "door")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    redis = connect(world.redis_url, "door")
    ring = load_ring(world.keys_dir, "media")
    keeper = LeaseKeeper(redis, ring, lambda: KIOSKS) if fenced else Unfenced(world, redis)
    Door(world, redis, keeper, stop).serve()


if __name__ == "__main__":
    main(load_world(Path(sys.argv[1])), fenced="unfenced" not in sys.argv)
