"""A real app on SQLite and a real Redis, with one user of each role."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from services.api.auth import sessions, users
from services.api.auth.roles import ROLES
from services.api.auth.throttle import Throttle
from services.api.db.engine import make_engine, writing
from services.api.db.migrate import migrate
from services.api.db.tables import Assignment
from services.api.settings import ApiSettings
from services.api.web.app import create_app
from services.api.web.deps import Deps
from services.launcher.embedded_redis import EmbeddedRedis
from shared.clock import ManualClock
from shared.health import HealthBoard
from shared.keys import new_ring
from tests.api.postgres import Cluster, cluster_or_skip

PASSWORD = "long enough to type"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    """Stands at 09:00 until a test advances it."""
    return ManualClock(NOW)


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database with one user of each role, made once and copied for each test."""
    path = tmp_path_factory.mktemp("office") / "nero.db"
    with_users(f"sqlite:///{path}")
    return path


def with_users(url: str) -> None:
    """Migrate an empty database, and make one user of each role in it."""
    engine = make_engine(url)
    migrate(engine)
    with writing(engine) as session:
        for role in ROLES:
            users.create_user(session, role, role, NOW, password=PASSWORD)
    engine.dispose()


@pytest.fixture(scope="session")
def office_cluster() -> Iterator[Cluster]:
    """One private PostgreSQL for the tests that want one."""
    with cluster_or_skip() as cluster:
        yield cluster


@pytest.fixture
def office_url(new_database: Path, tmp_path: Path) -> str:
    """The test's own database."""
    shutil.copy(new_database, tmp_path / "nero.db")
    return f"sqlite:///{tmp_path / 'nero.db'}"


@pytest.fixture
def deps(
    office_url: str, redis_server: EmbeddedRedis, redis: Redis, tmp_path: Path, clock: ManualClock
) -> Iterator[Deps]:
    """What the app stands on: an empty, migrated database, an empty Redis."""
    settings = ApiSettings(
        redis_url=redis_server.url, data_dir=tmp_path, database_url=office_url, api={"live_poll_s": 0.05}
    )
    engine = make_engine(settings.database)
    yield Deps(
        settings=settings,
        engine=engine,
        events=redis,
        frames=redis,
        connect_frames=lambda: AsyncRedis.from_url(redis_server.url, protocol=2),
        media=new_ring("media"),
        clock=clock,
        health=HealthBoard(),
        throttle=Throttle(None),
    )
    engine.dispose()


@pytest.fixture
def app(deps: Deps) -> FastAPI:
    """The app."""
    return create_app(deps)


@pytest.fixture
def anyone(app: FastAPI) -> Iterator[TestClient]:
    """A client that nobody has signed in with."""
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def signed_in(deps: Deps) -> Callable[[str], httpx.Headers]:
    """Sign in as a role; return the headers to send."""
    kept: dict[str, httpx.Headers] = {}

    def headers(role: str) -> httpx.Headers:
        if role not in kept:
            with writing(deps.engine) as session:
                user = users.find(session, role)
                assert user is not None
                token, _ = sessions.open_session(session, user, NOW, deps.settings.api, "", "")
            kept[role] = httpx.Headers({"Authorization": f"Bearer {token}"})
        return kept[role]

    return headers


class As:
    """A client that always asks as one role, from /api/v1 on."""

    def __init__(self, client: TestClient, headers: httpx.Headers) -> None:
        self._client = client
        self._headers = headers

    def __call__(self, method: str, path: str, **options: Any) -> httpx.Response:
        answer: httpx.Response = self._client.request(method, f"/api/v1{path}", headers=self._headers, **options)
        return answer

    def make(self, path: str, **fields: object) -> dict[str, object]:
        """POST and expect it made."""
        answer = self("POST", path, json=fields)
        assert answer.status_code == 201, answer.text
        made: dict[str, object] = answer.json()
        return made


@pytest.fixture
def admin(anyone: TestClient, signed_in: Callable[[str], httpx.Headers]) -> As:
    """An admin."""
    return As(anyone, signed_in("admin"))


@pytest.fixture
def invigilator(anyone: TestClient, signed_in: Callable[[str], httpx.Headers]) -> As:
    """An invigilator, assigned to nothing yet."""
    return As(anyone, signed_in("invigilator"))


@pytest.fixture
def exam_day(admin: As) -> int:
    """Ada sits in hall A, Grace in hall B, Mallory is on no roster; return the sitting."""
    for hall in ("A", "B"):
        admin.make("/halls", id=hall, name=f"Hall {hall}")
    for student, name in (("S1", "Ada Lovelace"), ("S2", "Grace Hopper"), ("S3", "Mallory")):
        admin.make("/students", id=student, name=name)
    exam = admin.make("/exams", code="MATH-201", subject="Analysis II")
    sitting = admin.make(
        "/sittings",
        exam_id=exam["id"],
        starts_at="2026-11-23T09:00:00Z",
        ends_at="2026-11-23T11:00:00Z",
        halls=["A", "B"],
    )
    rows = [{"student_id": "S1", "hall": "A", "table": "C-14"}, {"student_id": "S2", "hall": "B", "table": "B-1"}]
    assert admin("PUT", f"/sittings/{sitting['id']}/roster", json={"rows": rows}).status_code == 200
    return int(str(sitting["id"]))


@pytest.fixture
def watches_a(deps: Deps, exam_day: int, invigilator: As) -> As:
    """The invigilator, assigned to hall A alone."""
    with writing(deps.engine) as session:
        user = users.find(session, "invigilator")
        assert user is not None
        session.add(Assignment(user_id=user.id or 0, sitting_id=exam_day, hall_id="A"))
    return invigilator
