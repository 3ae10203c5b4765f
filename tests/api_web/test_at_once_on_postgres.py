"""What comes while a student is deleted, and two screens that answer at once: PostgreSQL lets many write together."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlmodel import select

from services.api.auth.caller import Caller
from services.api.db.engine import reading, writing
from services.api.db.tables import (
    Accommodation,
    Admission,
    Evidence,
    Mail,
    Photo,
    PracticeResult,
    PracticeSession,
    Student,
    StudentKey,
    StudentLink,
    Template,
)
from services.api.ingest.attempts import record
from services.api.ingest.enrolments import record_enrolment
from services.api.ingest.office import Arrival, Office
from services.api.ingest.practising import record_practice
from services.api.office import invitations, links, students
from services.api.office.bulk import storing
from services.api.office.bulk.storing import Named
from services.api.office.students import StudentChange
from services.api.office.work import Work
from services.api.web.deps import Deps
from shared import names
from shared.schedule import practice_kiosk
from tests.api.postgres import Cluster
from tests.api.story import identified
from tests.api_web.conftest import NOW, As, with_users
from tests.api_web.pictures import tiny_jpeg
from tests.api_web.self_enrolling import Site, open_self_enrolment, submitted
from tests.api_web.test_imports import ADA, HEADER, preview
from tests.api_web.test_self_enrolment import enrolled
from tests.broker import wait_until

KIOSK = "A__door1"


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
    admin.make("/kiosks", id=KIOSK, hall="A")
    with deps.writing(Caller()) as work:
        link_id = links.make(work, students.get(work, "S1"), "practice")
        times: dict[str, Any] = {"opened_at": NOW, "expires_at": NOW + timedelta(minutes=10)}
        practice = PracticeSession(kiosk_id=practice_kiosk(1), link_id=link_id, student_id="S1", token_hash="", **times)
        work.session.add(practice)
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


def sent_again(site: Site) -> None:
    """The office sends Ada's link once more."""
    (link,) = site.admin("GET", "/links?purpose=practice").json()
    site.admin("POST", f"/links/{link['id']}/resend")


def invited(site: Site) -> None:
    """A job writes links to a group, Ada among them."""
    with site.deps.writing(Caller()) as work:
        invitations.write_links(work, "a job", "enrol", ["S1"])


def allowed(site: Site) -> None:
    """Ada is allowed ten minutes more."""
    site.admin("PUT", "/students/S1/accommodations/0", json={"allowance_min": 10})


def renamed(site: Site) -> None:
    """An import knows Ada by another name."""
    shown = preview(site.admin, HEADER + ADA.replace("Ada Lovelace", "Ada King"), update=True)
    site.admin("POST", f"/imports/{shown['id']}/confirm", json={"fingerprint": shown["fingerprint"]})


def listed(site: Site) -> None:
    """The list beside an archive of photos knows Ada by another name."""
    with site.deps.writing(Caller()) as work:
        storing.make_students(work, {"S1": Named("Ada King", "ada@example.org")}, "a job", update=True)


def seen(site: Site) -> None:
    """Ada comes to the door."""
    event = identified("S1", KIOSK, NOW)
    with writing(site.deps.engine) as session:
        record(session, Arrival(event, (b"a crop",), NOW, NOW), Office(site.deps.settings.api, site.deps.media))


def practised(site: Site) -> None:
    """Ada's practice at home went well."""
    event = identified("S1", practice_kiosk(1), NOW)
    with writing(site.deps.engine) as session:
        record_practice(session, Arrival(event, (), NOW, NOW))


def waiting(deps: Deps) -> int:
    """Return how many transactions wait for another one."""
    with reading(deps.engine) as session:
        return int(session.connection().execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one())


LATE = [photographed, approved, recognised, sent_again, invited, allowed, renamed, listed, seen, practised]
KEPT = (Photo, Template, StudentKey, StudentLink, Mail, Accommodation, Evidence, Admission, PracticeResult)


def meanwhile(site: Site, done: Callable[[Work], object], late: Callable[[Site], object]) -> None:
    """Let something come while something else is done, and not done yet."""
    with ThreadPoolExecutor(1) as pool, site.deps.writing(Caller()) as work:
        done(work)
        work.session.flush()
        coming = pool.submit(late, site)
        wait_until(lambda: coming.done() or waiting(site.deps), "it waits")
    coming.result()


@pytest.mark.parametrize("late", LATE)
def test_what_comes_while_ada_is_deleted_is_not_kept(site: Site, late: Callable[[Site], object]) -> None:
    meanwhile(site, lambda work: students.delete(work, "S1"), late)
    with site.session() as session:
        for table in KEPT:
            assert session.exec(select(table)).all() == []
        ada = session.get_one(Student, "S1")
        assert (ada.name, ada.email) == ("", None)


@pytest.mark.parametrize("late", [photographed, approved, recognised, seen, practised])
def test_no_face_of_ada_is_kept_that_comes_while_she_opts_out(site: Site, late: Callable[[Site], object]) -> None:
    meanwhile(site, lambda work: students.change(work, "S1", StudentChange(by_number=True)), late)
    with site.session() as session:
        for table in (Photo, Template, StudentKey, Evidence, Admission, PracticeResult):
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
