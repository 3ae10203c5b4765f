"""The whole of Nero on one machine: two private Redis, the database, keys, models, every process."""

import secrets
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from redis import Redis
from sqlmodel import Session

from services.api.auth import users
from services.api.db.engine import database_url, make_engine, writing
from services.api.db.migrate import migrate
from services.api.problems import Problem
from services.launcher import plan as planning
from services.launcher.embedded_redis import EmbeddedRedis
from services.launcher.merged_log import MergedLog
from services.launcher.plan import Plan
from services.launcher.ports import free_ports, refuse_taken
from services.launcher.settings import LauncherSettings
from services.launcher.supervisor import Patience, Supervisor
from services.launcher.tls import ensure_certificate, local_names
from shared.clock import Clock, SystemClock
from shared.connections import connect
from shared.errors import Unavailable
from shared.keys import ensure_ring
from shared.model_list import MODELS
from shared.models import ModelCache

PROJECT_ROOT = Path(__file__).resolve().parents[2]
OnStep = Callable[[str], None]
"""Told what is being done, in a few words."""


@dataclass(frozen=True)
class Wish:
    """How this stack differs from the settings."""

    host: str = "127.0.0.1"
    web_port: int | None = None
    """None: a free one."""
    ws_port: int | None = None
    tls: bool = False
    accept_simulated: bool = False
    capture: tuple[str, ...] = planning.CAPTURE
    extra_env: tuple[tuple[str, str], ...] = ()
    liveness_processes: int | None = None
    sign_in_as: tuple[str, str] | None = None
    """A user and password to make (rehearsals, the demo). None: the first run makes `admin` with a one-time one."""


class Stack:
    """Start it, use `base_url`, `watch` it, stop it."""

    def __init__(self, settings: LauncherSettings, wish: Wish, log: MergedLog, clock: Clock | None = None) -> None:
        self._settings = settings
        self._wish = wish
        self._log = log
        self._clock = clock or SystemClock()
        self._exit = ExitStack()
        self._mending = threading.Lock()
        self._stopping = threading.Event()
        self._redis: tuple[EmbeddedRedis, ...] = ()
        self._supervisor: Supervisor | None = None
        self._plan: Plan | None = None
        self.one_time_password: str | None = None
        self.missing_models: tuple[str, ...] = ()

    @property
    def plan(self) -> Plan:
        """What runs."""
        assert self._plan is not None, "the stack is not started"
        return self._plan

    @property
    def supervisor(self) -> Supervisor:
        """Who watches."""
        assert self._supervisor is not None, "the stack is not started"
        return self._supervisor

    def events_redis(self) -> Redis:
        """Connect to the events Redis."""
        return connect(self.plan.redis_url, "launcher")

    def frames_redis(self) -> Redis:
        """Connect to the frames Redis."""
        return connect(self.plan.frames_redis_url, "launcher")

    def start(self, on_step: OnStep, cancelled: Callable[[], bool] = lambda: False) -> None:
        """Start everything, and wait until all of it works, or until `cancelled`.

        Raises:
            Unavailable: something is missing or does not start, with what to do.
        """
        try:
            self._start(on_step, cancelled)
        except BaseException:
            self.stop()
            raise

    def watch(self, ended: Callable[[], bool]) -> None:
        """Watch over everything until `ended`."""

        def over() -> bool:
            self.mend_redis()
            return ended()

        self.supervisor.run_until(over)

    def mend_redis(self) -> None:
        """Start an embedded Redis again that died; its file brings back all that it acknowledged."""
        with self._mending:
            for server in () if self._stopping.is_set() else self._redis:
                if not server.running():
                    self._log.line("nero", "an embedded Redis ended; starting it again")
                    server.restart()

    def stop(self) -> None:
        """Stop everything: the cameras first, Redis last."""
        with self._mending:  # whoever watches from another thread must not start a Redis that nobody stops
            self._stopping.set()
        if self._supervisor is not None:
            self._supervisor.stop()
        self._exit.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start(self, on_step: OnStep, cancelled: Callable[[], bool]) -> None:
        plan = self._make_plan()
        on_step("checking the models")
        self.missing_models = gather_models(plan.models_dir, plan.models_mirror)
        on_step("starting Redis")
        plan = self._with_redis(plan)
        on_step("bringing the database up to date")
        self._prepare_office(plan)
        self._plan = plan
        section = self._settings.launcher
        specs = planning.processes(plan)
        self._supervisor = Supervisor(specs, self._log, Patience(section.ready_s, section.stop_s))
        on_step(f"starting {len(specs)} services")
        self._supervisor.start()
        self._supervisor.wait_ready(lambda waiting: on_step(_waiting_for(waiting, len(specs))), cancelled)

    def _make_plan(self) -> Plan:
        settings, wish, section = self._settings, self._wish, self._settings.launcher
        liveness = wish.liveness_processes or section.liveness_processes or planning.liveness_default()
        count = planning.process_count(liveness, section.recognizer_processes)
        web_port, ws_port, *health = free_ports(count + 2)
        data_dir = settings.data_dir.expanduser().resolve()
        certificate = None
        if wish.tls:
            names = (*local_names(), *section.tls_names)
            certificate = ensure_certificate(section.tls_dir.expanduser().resolve(), names, self._clock.now())
        plan = Plan(
            redis_url=settings.redis_url,
            frames_redis_url=settings.frames_url,
            database_url=database_url(settings.database_url, data_dir),
            data_dir=data_dir,
            keys_dir=settings.keys_dir.expanduser().resolve(),
            models_dir=settings.models_dir.expanduser().resolve(),
            models_mirror=find_mirror(settings.models_mirror),
            host=wish.host,
            web_port=web_port if wish.web_port is None else wish.web_port,
            ws_port=ws_port if wish.ws_port is None else wish.ws_port,
            health_ports=tuple(health),
            liveness_processes=liveness,
            recognizer_processes=section.recognizer_processes,
            certificate=certificate,
            accept_simulated=wish.accept_simulated,
            capture=wish.capture,
            extra_env=dict(wish.extra_env),
        )
        refuse_taken(plan.host, plan.web_port, "the web server", "stop what runs there, or give another --port")
        refuse_taken(plan.host, plan.ws_port, "capture", "stop what runs there, or set NERO_API__CAPTURE_WS_PORT")
        return plan

    def _with_redis(self, plan: Plan) -> Plan:
        """Start the private servers, unless the settings name one that runs."""
        if "redis_url" in self._settings.model_fields_set:
            return plan
        events = EmbeddedRedis(plan.data_dir / "redis-events", persistent=True)
        frames = EmbeddedRedis(
            plan.data_dir / "redis-frames", persistent=False, maxmemory_mb=self._settings.launcher.frames_redis_mb
        )
        self._redis = tuple(self._exit.enter_context(server) for server in (events, frames))
        return replace(plan, redis_url=events.url, frames_redis_url=frames.url)

    def _prepare_office(self, plan: Plan) -> None:
        ensure_ring(plan.keys_dir, "template")
        ensure_ring(plan.keys_dir, "media")
        plan.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        engine = make_engine(plan.database_url)
        try:
            migrate(engine)
            with writing(engine) as session:
                if self._wish.sign_in_as is not None:
                    name, password = self._wish.sign_in_as
                    users.create_user(session, name, "super_admin", self._clock.now(), password=password)
                else:
                    self.one_time_password = self._first_admin(session)
        finally:
            engine.dispose()

    def _first_admin(self, session: Session) -> str | None:
        try:
            return users.first_admin(session, self._clock.now(), self._settings.admin_password_hash)
        except Problem as problem:
            raise Unavailable(f"NERO_ADMIN_PASSWORD_HASH: {problem.body.message}") from problem


class BackgroundWatch:
    """Watches over a stack from a thread, while the foreground plays an exam through it."""

    def __init__(self, stack: Stack) -> None:
        self._ended = threading.Event()
        self._thread = threading.Thread(target=stack.watch, args=(self._ended.is_set,), name="watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(5)


def find_mirror(given: Path | None) -> Path | None:
    """Return the folder that model files are taken from: the one that is set, else the one beside the project."""
    if given is not None:
        return given.expanduser().resolve()
    beside = PROJECT_ROOT.parent / "shared" / "models"
    return beside if beside.is_dir() else None


def gather_models(models_dir: Path, mirror: Path | None) -> tuple[str, ...]:
    """Fill the cache from what is on this machine; return what each file that is still missing disables."""
    cache = ModelCache(models_dir, mirror)
    return tuple(
        f"{file.name} is missing, which disables {file.disables}" for file in MODELS if not cache.has(file.name)
    )


def new_password() -> str:
    """Make a password for a user of one run."""
    return secrets.token_urlsafe(24)


def _waiting_for(waiting: Sequence[str], count: int) -> str:
    ready = f"{count - len(waiting)} of {count} services ready"
    return f"{ready}; waiting for {', '.join(waiting)}" if waiting else ready
