"""The same on PostgreSQL: from the invitation to the approval, and a practice, in one go."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from services.api.web.deps import Deps
from tests.api.postgres import cluster_or_skip
from tests.api_web.conftest import As, with_users
from tests.api_web.self_enrolling import open_self_enrolment, submitted


@pytest.fixture(scope="module")
def office_server() -> Iterator[str]:
    """A private PostgreSQL with one database, migrated, with a user of each role."""
    with cluster_or_skip() as cluster:
        url = cluster.url(cluster.new_database())
        with_users(url)
        yield url


@pytest.fixture
def office_url(office_server: str) -> str:
    """Instead of SQLite."""
    return office_server


def test_ada_enrols_herself_on_postgresql(admin: As, deps: Deps, anyone: TestClient, exam_day: int) -> None:
    assert deps.engine.dialect.name == "postgresql"
    site = open_self_enrolment(admin, deps, anyone)
    submitted(site)
    (waiting,) = admin("GET", "/submissions").json()
    assert admin("POST", f"/submissions/{waiting['id']}/approve").status_code == 202
    grace = submitted(site, "S2")
    (waiting,) = admin("GET", "/submissions").json()
    refused = admin("POST", f"/submissions/{waiting['id']}/refuse", json={"reason": "Somebody else."}).json()
    assert refused["mailed"] and grace("GET", "/self").status_code == 401
    assert site.invite("S1", purpose="practice")["left_out"] == 1  # not enrolled before the worker has done it
    assert admin("GET", "/practice").json() == []
    assert len(admin("GET", f"/links?purpose=enrol&limit={exam_day + 9}").json()) == 3
