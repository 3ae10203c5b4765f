"""The office as it runs: the real web process, and where a test asks for them ingest and the job worker, on one database."""

import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from redis import Redis
from sqlalchemy import Engine

from services.api.auth import callers, sessions, users
from services.api.auth.caller import Caller
from services.api.auth.roles import ROLES, Role
from services.api.db import engine as db
from services.api.db.engine import make_engine, writing
from services.api.db.migrate import migrate
from services.api.office.work import Work, follow_schedule
from services.api.settings import ApiSettings
from services.launcher.ports import free_ports
from shared.clock import SystemClock
from shared.connections import connect
from shared.keys import ensure_ring, load_ring

PASSWORD = "long enough to type"


@dataclass
class OfficeSite:
    """Where the office is, and its database, keys and Redis for the test's own hands."""

    url: str
    settings: ApiSettings
    engine: Engine
    events: Redis
    env: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    logs: dict[str, list[str]] = field(default_factory=dict)

    def start(self, process: str) -> None:
        """Start `web`, `ingest` or `office`, and wait until it is well."""
        port = free_ports(1)[0]
        env = {**self.env, "NERO_METRICS_PORT": str(port)}
        running = subprocess.Popen(
            [sys.executable, "-m", "services.api", process], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self.processes[process] = running
        lines = self.logs.setdefault(process, [])
        threading.Thread(target=_collect, args=(running, lines), daemon=True).start()
        address = f"{self.url}/health" if process == "web" else f"http://127.0.0.1:{port}/health"
        _until(lambda: _answers(address), f"{process} is well:\n" + "\n".join(lines), lambda: running.poll() is None)

    def stop(self, process: str) -> None:
        """Stop one process as an operator would."""
        running = self.processes.pop(process, None)
        if running is not None:
            running.terminate()
            try:
                running.wait(20)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()

    def client(self, role: Role | None) -> httpx.Client:
        """Return a client that has signed in as a role, from /api/v1 on; with None, as nobody."""
        headers = {"Authorization": f"Bearer {self.token(role)}"} if role else {}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=30)

    def token(self, role: Role) -> str:
        """Open a session of this role's user; return its token."""
        with writing(self.engine) as session:
            user = users.find(session, role)
            assert user is not None
            return sessions.open_session(session, user, SystemClock().now(), self.settings.api, "", "test")[0]

    def cookie(self, role: Role) -> dict[str, Any]:
        """Return the cookie of a fresh session, as Playwright's `add_cookies` takes it."""
        return {
            "name": callers.COOKIE,
            "value": self.token(role),
            "url": self.url,
            "httpOnly": True,
            "sameSite": "Strict",
        }

    @contextmanager
    def work(self, role: Role = "admin") -> Iterator[Work]:
        """Do office work as a role, for what would be tedious through pages."""
        with writing(self.engine) as session, follow_schedule(session):
            user = users.find(session, role)
            assert user is not None
            by = Caller(user_id=user.id, role=role)
            media = load_ring(self.settings.keys_dir, "media")
            yield Work(session, by, SystemClock().now(), self.settings.api, media, self.events)

    @contextmanager
    def looking(self) -> Iterator[Any]:
        """Open a session that only reads."""
        with db.reading(self.engine) as session:
            yield session

    def close(self) -> None:
        """Stop everything."""
        for process in ("web", "office", "ingest"):
            self.stop(process)
        self.engine.dispose()


def open_site(folder: Path, redis_url: str, *processes: str, database_url: str | None = None, **env: str) -> OfficeSite:
    """Make a database with one user of each role (named like it), keys, and start these processes on it."""
    port = free_ports(1)[0]
    ensure_ring(folder / "keys", "media")
    ensure_ring(folder / "keys", "template")
    settings = ApiSettings(redis_url=redis_url, data_dir=folder, keys_dir=folder / "keys", database_url=database_url)
    engine = make_engine(settings.database)
    migrate(engine)
    with writing(engine) as session:
        for role in ROLES:
            users.create_user(session, role, role, SystemClock().now(), password=PASSWORD)
    site_env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("NERO_API")},
        "NERO_REDIS_URL": redis_url,
        "NERO_FRAMES_REDIS_URL": redis_url,
        "NERO_DATA_DIR": str(folder),
        "NERO_KEYS_DIR": str(folder / "keys"),
        "NERO_DATABASE_URL": settings.database,
        "NERO_METRICS_HOST": "127.0.0.1",
        "NERO_ACCEPT_SIMULATED": "true",
        "NERO_API__PORT": str(port),
        "NERO_API__SIGN_IN_PER_MINUTE": "1000",
        "NERO_API__SIGN_IN_PER_MINUTE_ADDRESS": "1000",
        "PYTHONUNBUFFERED": "1",
        **env,
    }
    site = OfficeSite(f"http://127.0.0.1:{port}", settings, engine, connect(redis_url, "site"), site_env)
    try:
        for process in processes or ("web",):
            site.start(process)
    except BaseException:
        site.close()
        raise
    return site


def remove(folder: Path) -> None:
    """Remove a site's folder."""
    shutil.rmtree(folder, ignore_errors=True)


def _collect(running: subprocess.Popen[bytes], lines: list[str]) -> None:
    assert running.stdout is not None
    lines.extend(line.decode(errors="replace").rstrip() for line in running.stdout)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _until(holds: Callable[[], bool], what: str, alive: Callable[[], bool], timeout_s: float = 150.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert alive(), f"ended: {what}"
        assert time.monotonic() < deadline, f"waited {timeout_s} s: {what}"
        time.sleep(0.1)
