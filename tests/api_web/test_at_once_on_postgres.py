"""What comes while a student is deleted, and two screens that answer at once: PostgreSQL lets many write together."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlmodel import select

from services.api.auth.caller import Caller
from services.api.db.engine import reading, writing
from services.api.db.tables import Photo, StudentKey, Template
from services.api.ingest.enrolments import record_enrolment
from services.api.office import students
from services.api.web.deps import Deps
from shared import names
from tests.api.postgres import Cluster
from tests.api_web.conftest import As, with_users
from tests.api_web.pictures import tiny_jpeg
from tests.api_web.self_enrolling import Site, open_self_enrolment, submitted
from tests.api_web.test_self_enrolment import enrolled
from tests.broker import wait_until


@pytest.fixture
def office_url(office_cluster: Cluster) -> Iterator[str]:
    """A database of the test's own on PostgreSQL."""
    name = office_cluster.new_database()
    with_users(office_cluster.url(name))
    yield office_cluster.url(name)
    office_cluster.drop(name)


@pytest.fixture
def site(admin: As, deps: Deps, anyone: TestClient, exam_day: int) -> Site:
    """The office; Ada has handed a photo in."""
    site = open_self_enrolment(admin, deps, anyone)
    submitted(site)
    return site


def photographed(site: Site) -> None:
    """The office takes a photo of Ada."""
    photo = [("photo", ("ada.jpg", tiny_jpeg(48, 64), "image/jpeg"))]
    site.admin("POST", "/students/S1/photos", files=photo, data={"basis": "consent"})


def approved(site: Site) -> int:
    """An admin approves what Ada handed in."""
    (waiting,) = site.admin("GET", "/submissions").json()
    return site.admin("POST", f"/submissions/{waiting['id']}/approve").status_code


def recognised(site: Site) -> None:
    """Ada's template arrives."""
    site.deps.events.hset(names.TEMPLATE_KEYS, "S1", b"wrapped")
    with writing(site.deps.engine) as session:
        record_enrolment(session, site.deps.events, enrolled(["p"], site.deps), site.deps.clock.now())


def waiting(deps: Deps) -> int:
    """Return how many transactions wait for another one."""
    with reading(deps.engine) as session:
        return int(session.connection().execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one())


@pytest.mark.parametrize("late", [photographed, approved, recognised])
def test_what_comes_while_ada_is_deleted_is_not_kept(site: Site, late: Callable[[Site], object]) -> None:
    with ThreadPoolExecutor(1) as pool, site.deps.writing(Caller()) as work:
        students.delete(work, "S1")
        work.session.flush()
        coming = pool.submit(late, site)
        wait_until(lambda: coming.done() or waiting(site.deps), "it waits for the deletion")
    coming.result()
    with site.session() as session:
        for table in (Photo, Template, StudentKey):
            assert session.exec(select(table)).all() == []


def test_of_two_screens_that_approve_at_once_one_is_told_so(site: Site) -> None:
    with ThreadPoolExecutor(2) as pool:
        with site.deps.writing(Caller()) as work:
            students.locked(work, "S1")
            answers = [pool.submit(approved, site) for _ in range(2)]
            wait_until(lambda: waiting(site.deps) == 2, "both screens are at it")
        assert sorted(answer.result() for answer in answers) == [202, 409]
    with site.session() as session:
        assert len(session.exec(select(Photo)).all()) == 1
