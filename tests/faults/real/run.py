"""Everybody checks in through the real services while these crash, stall and lose their Redis and database."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from services.api.db.engine import make_engine
from services.launcher.embedded_redis import EmbeddedRedis
from services.launcher.rehearsal.drained import streams_drained
from shared import dead, logs, names
from shared.connections import connect
from shared.keys import load_ring
from shared.settings import CommonSettings
from shared.streams import DurableStreams
from tests.api.postgres import Cluster, cluster_or_skip
from tests.faults.real.door import live_face, note_accepted
from tests.faults.real.faces import make_faces, read_face
from tests.faults.real.school import Tally, count_attempts, found_school, tally
from tests.faults.real.workers import Workers
from tests.faults.real.world import BURST_KIOSK, THROUGH, World

DRAIN_MAX_S = 30.0
_AWAY_S = 3.0
"""How long a Redis or a database that is restarted stays away."""
_POLL_S = 0.1
_VIEWS_S = 120.0
Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """One run."""

    checkins: int
    materials: Path
    postgres: bool = False
    restart_redis: bool = False
    restart_database: bool = False
    broken: str | None = None
    crash_chance: float | None = None
    """Each time a point is passed. By default some twenty crashes of each stage in 2,000 check-ins."""
    limit_s: float = 1200.0

    @property
    def chance(self) -> float:
        """The chance of a crash at a point."""
        return self.crash_chance or min(0.1, max(0.02, 12 / self.checkins))


@dataclass(frozen=True)
class Result:
    """What came of a run."""

    plan: Plan
    tally: Tally
    faults: dict[str, int]
    restarts: tuple[str, ...]
    ended_by_themselves: dict[str, int]
    dead_letters: int
    drained: bool
    drain_s: float
    seconds: float
    redis_version: str

    @property
    def sound(self) -> bool:
        """Nothing lost, nothing twice, nothing stale, no dead letter, and all of it soon."""
        return self.tally.clean and not self.dead_letters and self.drained and self.drain_s <= DRAIN_MAX_S

    def document(self) -> dict[str, object]:
        """Return it for JSON."""
        return {
            "checkins": self.plan.checkins,
            "database": "postgresql" if self.plan.postgres else "sqlite",
            "broken": self.plan.broken,
            **asdict(self.tally),
            "dead_letters": self.dead_letters,
            "faults": sum(self.faults.values()),
            "faults_by_point": self.faults,
            "restarts": self.restarts,
            "ended_by_themselves": self.ended_by_themselves,
            "drained": self.drained,
            "drain_s": round(self.drain_s, 2),
            "seconds": round(self.seconds, 1),
            "redis": self.redis_version,
            "sound": self.sound,
        }


def run(plan: Plan, say: Say) -> Result:
    """Carry out a plan on Redis servers and a database of its own."""
    logs.configure(CommonSettings(log_level="error"), "faults")
    with (
        tempfile.TemporaryDirectory(prefix="nero-real-") as name,
        EmbeddedRedis(Path(name) / "events", persistent=True) as events,
        EmbeddedRedis(Path(name) / "frames", persistent=False) as frames,
        _database(plan, Path(name)) as (url, cluster),
    ):
        world = World(name, events.url, frames.url, url, str(plan.materials / "models"), plan.checkins)
        say("making faces, students and templates")
        (Path(name) / "faces").mkdir()
        found_school(world, *make_faces(plan.materials, Path(name) / "faces", plan.checkins))
        return _Run(plan, world, events, frames, cluster, say).run()


class _Run:
    def __init__(
        self,
        plan: Plan,
        world: World,
        events: EmbeddedRedis,
        frames: EmbeddedRedis,
        cluster: Cluster | None,
        say: Say,
    ) -> None:
        self._plan = plan
        self._world = world
        self._servers = (events, frames)
        self._cluster = cluster
        self._say = say
        self._redis: Redis = connect(events.url, "harness")
        self._engine: Engine = make_engine(world.database_url)
        chance = {"recognizer": plan.chance, "ingest": plan.chance, "door": plan.chance / 2}
        self._workers = Workers(world.environment(), Path(world.folder) / "log.txt", chance, plan.chance)
        self._due: list[str] = []

    def run(self) -> Result:
        """Play everything; whatever happens, no process is left behind."""
        began_s = time.monotonic()
        try:
            self._start()
            self._let_everybody_through(began_s)
            drain_s = self._drain(began_s)
            drained = self._drained()
        finally:
            self._workers.stop()
            self._engine.dispose()
        return Result(
            plan=self._plan,
            tally=tally(self._world),
            faults=self._workers.faults_by_point(),
            restarts=tuple(self._due),
            ended_by_themselves=dict(self._workers.ended_by_themselves),
            dead_letters=len(dead.list_dead(self._redis)),
            drained=drained,
            drain_s=drain_s,
            seconds=time.monotonic() - began_s,
            redis_version=self._servers[0].version,
        )

    def _start(self) -> None:
        """Start the stages, and open the doors once they know everybody."""
        broken, workers = self._plan.broken, self._workers
        ingest = (
            ("tests.faults.real.broken", broken)
            if broken in ("no_unique_id", "ack_before_commit")
            else ("services.api", "ingest")
        )
        workers.run("ingest", 2, *ingest)
        workers.run("recognizer", 2, "services.recognizer")
        self._say("waiting for the views")
        self._wait(lambda: self._redis.hlen(names.GALLERY_ENTRIES) >= self._plan.checkins, _VIEWS_S)
        self._wait(lambda: self._redis.hexists(names.SCHEDULE, "document"), _VIEWS_S)
        world = str(self._world.save())
        workers.run("door", 2, "tests.faults.real.door", world, *(["unfenced"] if broken == "no_fence" else []))

    def _let_everybody_through(self, began_s: float) -> None:
        """Look after everything until the doors are done; restart what the plan says on the way."""
        wanted = {"redis": self._plan.restart_redis, "database": self._plan.restart_database}
        waiting = [what for what, restart in wanted.items() if restart]
        line = self._plan.checkins - len(self._world.burst())
        while (waiting or self._through() < line) and time.monotonic() - began_s < self._plan.limit_s:
            self._workers.look_after()
            done = self._count()
            self._say(f"{self._through()} of {line} through the doors, {done} attempts")
            if waiting and done > line * (len(self._due) + 1) / (len(self._due) + len(waiting) + 1):
                self._restart(waiting.pop(0))
            time.sleep(_POLL_S)

    def _restart(self, what: str) -> None:
        """End a server as a crash would, leave it away for a while, and start it again."""
        self._say(f"restarting the {what}")
        self._due.append(what)
        for server in self._servers if what == "redis" else ():
            server.kill()
        if what == "database" and self._cluster is not None:
            self._cluster.stop()
        back_s = time.monotonic() + _AWAY_S
        while time.monotonic() < back_s:
            self._workers.look_after()
            time.sleep(_POLL_S)
        for server in self._servers if what == "redis" else ():
            server.start()
        if what == "database" and self._cluster is not None:
            self._cluster.start()

    def _drain(self, began_s: float) -> float:
        """Let many come at once, end every process, then measure how long the rest takes without faults."""
        streams = DurableStreams(self._redis, load_ring(self._world.keys_dir, "media"))
        faces = Path(self._world.folder) / "faces"
        for number in self._world.burst():
            shown = read_face(faces, number)
            face = live_face(number, BURST_KIOSK, 1, shown)
            streams.add(names.FACES, face, shown.jpegs)
            note_accepted(self._world, face)
        self._say("killing everything at once")
        self._workers.faulty = False
        self._workers.kill_all()
        last_fault_s = time.monotonic()
        self._wait(self._drained, max(DRAIN_MAX_S, self._plan.limit_s - (last_fault_s - began_s)))
        return time.monotonic() - last_fault_s

    def _wait(self, what: Callable[[], object], limit_s: float) -> None:
        deadline_s = time.monotonic() + limit_s
        while not what() and time.monotonic() < deadline_s:
            self._workers.look_after()
            time.sleep(_POLL_S)

    def _drained(self) -> bool:
        try:
            return streams_drained(self._redis)
        except RedisError:
            return False

    def _through(self) -> int:
        try:
            return int(self._redis.scard(THROUGH))
        except RedisError:
            return 0

    def _count(self) -> int:
        try:
            return count_attempts(self._engine)
        except DBAPIError:
            return 0


@contextmanager
def _database(plan: Plan, folder: Path) -> Iterator[tuple[str, Cluster | None]]:
    if not plan.postgres:
        yield f"sqlite:///{folder / 'nero.db'}", None
        return
    with cluster_or_skip() as cluster:
        yield cluster.url(cluster.new_database()), cluster
