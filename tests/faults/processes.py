"""What the processes of the fault tests do: the engine and the leases are the real ones, the steps are small."""

import signal
import sqlite3
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from shared import faults, names
from shared.connections import connect
from shared.errors import Transient
from shared.events import FaceIdentified
from shared.keys import load_ring
from shared.leases import LeaseKeeper, LeaseTerms
from shared.redis_replies import id_ms
from shared.stage import Delivery, Handoff, one_by_one
from shared.streams import DurableStreams, FrameReaders, FrameRing
from shared.worker import StageSection, StageWorker
from tests.faults.office import Office
from tests.faults.people import frame, identified, live_face

FRAMES_TO_MEET = 3
FRAME_S = 0.02
IMAGE = b"a crop" * 500


@dataclass(frozen=True)
class World:
    """Where everything is, and what is broken on purpose."""

    redis_url: str
    keys: Path
    database: Path
    variant: str
    stage: StageSection
    terms: LeaseTerms
    patience_s: float
    """How long somebody waits at a kiosk before walking away."""

    def connect(self, name: str) -> Redis:
        return connect(self.redis_url, name)


def recognizer(world: World, stop: threading.Event) -> None:
    """Identify live faces."""

    def identify(delivery: Delivery) -> Sequence[Handoff]:
        return [Handoff(names.ATTEMPTS, identified(delivery), delivery.images[:1])]

    _stage(world, names.FACES, names.RECOGNIZER_GROUP, identify, stop)


def ingest(world: World, stop: threading.Event) -> None:
    """Commit attempts."""
    office = Office(world.database)
    redis = world.connect("ingest-broken")

    def apply(delivery: Delivery) -> Sequence[Handoff]:
        found = delivery.event
        assert isinstance(found, FaceIdentified)
        if world.variant == "ack_first":
            redis.xack(delivery.stream, names.INGEST_GROUP, delivery.entry_id)
        faults.point("ingest.before_commit")
        try:
            office.apply(found.event_id, found.trace_id, found.kiosk_id, found.fence, found.received_at.isoformat())
        except sqlite3.OperationalError as error:
            raise Transient(f"the database is locked: {error}") from error
        faults.point("ingest.after_commit")
        return ()

    _stage(world, names.ATTEMPTS, names.INGEST_GROUP, apply, stop)


def liveness(world: World, kiosks: Sequence[str], stop: threading.Event) -> None:
    """Serve kiosks under leases: somebody seen in three frames is alive, once per track."""
    redis = world.connect("liveness")
    ring = load_ring(world.keys, "media")
    keeper = LeaseKeeper(redis, ring, lambda: kiosks, terms=world.terms)
    unfenced = DurableStreams(redis, ring)
    readers = FrameReaders(redis)
    served: dict[str, int] = {}
    seen: dict[tuple[str, int, str], int] = {}

    def emit(kiosk_id: str, fence: int, visit: str) -> bool:
        face = live_face(visit, kiosk_id, fence, f"{keeper.worker_id}-{fence}-{visit}")
        if world.variant != "no_fence":
            return keeper.emit(kiosk_id, fence, names.FACES, face, [IMAGE])
        faults.point("liveness.before_emit")
        unfenced.add(names.FACES, face, [IMAGE])
        return True

    def look() -> None:
        nonlocal served
        held = keeper.held()
        for kiosk_id in served.keys() - held.keys():
            readers.drop(kiosk_id)
        for kiosk_id in held:
            readers.follow(kiosk_id)
        served = held
        for found in readers.read(block_ms=50):
            kiosk_id, visit = found.frame.kiosk_id, found.frame.trace_id
            track = (kiosk_id, served[kiosk_id], visit)
            seen[track] = seen.get(track, 0) + 1
            if seen[track] == FRAMES_TO_MEET:
                faults.point("liveness.in_challenge")
            if seen[track] == FRAMES_TO_MEET and not emit(kiosk_id, served[kiosk_id], visit):
                seen[track] = 0

    keeper.start()
    while not stop.is_set():
        try:
            look()
            if not served:
                stop.wait(0.05)
        except RedisError:
            seen.clear()  # whoever stood there is asked again
            stop.wait(0.1)
    keeper.stop()


def feeder(world: World, visits: Sequence[str], stop: threading.Event, pace_s: float = 0.005) -> None:
    """Add live faces as fast as they are taken; an add whose reply was lost is repeated, as an emitter would."""
    streams = DurableStreams(world.connect("feeder"), load_ring(world.keys, "media"))
    for number, visit in enumerate(visits):
        face = live_face(visit, f"direct{number % 5}", 1, visit)
        while not stop.is_set():
            try:
                streams.add(names.FACES, face, [IMAGE])
                break
            except RedisError:
                stop.wait(0.05)
        time.sleep(pace_s)


def camera(world: World, kiosk_id: str, visits: Sequence[str], stop: threading.Event) -> None:
    """Show one person after the other, each until the office has them, or they lose patience."""
    office = Office(world.database)
    redis = world.connect("camera")
    ring = FrameRing(redis, kiosk_id)
    sequence = 0
    for visit in visits:
        leaves_at = time.monotonic() + world.patience_s
        while not office.has(visit) and time.monotonic() < leaves_at and not stop.is_set():
            sequence += 1
            try:
                ring.publish(frame(visit, kiosk_id, sequence), b"jpeg")
            except RedisError:
                stop.wait(0.05)
            stop.wait(FRAME_S)


def settled(redis: Redis) -> bool:
    """Tell whether everything durable was read and acknowledged."""
    return all(
        _settled(redis, *pair) for pair in ((names.FACES, names.RECOGNIZER_GROUP), (names.ATTEMPTS, names.INGEST_GROUP))
    )


def _settled(redis: Redis, stream: str, group: str) -> bool:
    try:
        found = redis.xinfo_groups(stream)
        last = str(found[0]["last-delivered-id"], "ascii") if found else "0"
        unread = redis.xrange(stream, f"({last}", "+", count=1)
        return bool(found) and not redis.xpending(stream, group)["pending"] and not unread and id_ms(last) >= 0
    except RedisError:
        return False


def _stage(world: World, stream: str, group: str, handle: object, stop: threading.Event) -> None:
    StageWorker(
        world.connect(group),
        load_ring(world.keys, "media"),
        stream,
        group,
        one_by_one(handle),  # type: ignore[arg-type]
        settings=world.stage,
    ).run(stop)


def on_terminate(stop: threading.Event) -> None:
    """A signal sets a flag, and the loop ends itself."""
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
