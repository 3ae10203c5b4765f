"""Mails that lie as files, where no server is set: they go when their links end or their students are deleted."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError

from services.api.jobs import outbox
from services.api.jobs.outbox import outbox_tidied, remove_ended
from services.api.jobs.run import JobTools
from services.api.web.deps import Deps
from shared.clock import ManualClock
from tests.api_web.conftest import As
from tests.api_web.self_enrolling import Site, open_self_enrolment
from tests.broker import wait_until


@pytest.fixture
def site(admin: As, deps: Deps, anyone: TestClient, exam_day: int) -> Site:
    """Ada and Grace have a mail each in the outbox."""
    opened = open_self_enrolment(admin, deps, anyone)
    opened.invite("S1", "S2")
    assert addressees(opened) == {"ada@example.org", "grace@example.org"}
    return opened


def addressees(site: Site) -> set[str]:
    return {str(one["To"]) for one in site.mails()}


def tidied(site: Site) -> int:
    return remove_ended(site.deps.engine, site.outbox, site.deps.clock.now())


def test_mails_stay_while_their_links_open_their_pages(site: Site) -> None:
    assert site.link()("GET", "/self").status_code == 200
    assert tidied(site) == 0
    assert addressees(site) == {"ada@example.org", "grace@example.org"}


def test_a_students_mails_go_with_the_student(site: Site, admin: As) -> None:
    assert admin("DELETE", "/students/S1").status_code == 204
    assert tidied(site) == 1
    assert addressees(site) == {"grace@example.org"}


def test_a_mail_goes_with_its_revoked_link(site: Site, admin: As) -> None:
    (ada,) = admin("GET", "/links?student_id=S1").json()
    assert admin("DELETE", f"/links/{ada['id']}").status_code == 204
    assert tidied(site) == 1
    assert addressees(site) == {"grace@example.org"}


def test_a_link_that_took_anothers_place_leaves_one_mail(site: Site) -> None:
    site.invite("S1")
    assert len(site.mails()) == 3
    assert tidied(site) == 1
    assert addressees(site) == {"ada@example.org", "grace@example.org"}
    assert site.link()("GET", "/self").status_code == 200


def test_mails_go_when_their_links_run_out(site: Site, clock: ManualClock) -> None:
    days = site.deps.settings.api.enrol_link_days
    clock.advance(timedelta(days=days).total_seconds() - 1)
    assert tidied(site) == 0
    clock.advance(1)
    assert tidied(site) == 2
    assert list(site.outbox.iterdir()) == []


def test_half_a_mail_of_a_dead_worker_goes_and_what_is_not_ours_stays(site: Site, admin: As) -> None:
    (site.outbox / f".mail-{'0' * 24}.part").write_bytes(b"To: ada")
    (site.outbox / "letter.eml").write_bytes(b"To: the caretaker")
    assert tidied(site) == 1
    assert (site.outbox / "letter.eml").exists()
    assert len(list(site.outbox.iterdir())) == 3


def test_the_worker_looks_by_itself_and_again_after_the_database_was_away(
    site: Site, admin: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert admin("DELETE", "/students/S1").status_code == 204
    deps, tries = site.deps, [OperationalError("SELECT 1", None, Exception("away"))]

    def once_away(*given: object) -> int:
        if tries:
            raise tries.pop()
        return remove_ended(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox, "remove_ended", once_away)
    monkeypatch.setattr(outbox, "EVERY_S", 0.01)
    settings = deps.settings
    with outbox_tidied(JobTools(deps.engine, deps.events, settings.api, deps.media, deps.clock, settings.data_dir)):
        wait_until(lambda: addressees(site) == {"grace@example.org"}, "Ada's mail to go")


def test_an_office_that_never_mailed_has_no_outbox(site: Site) -> None:
    assert remove_ended(site.deps.engine, site.outbox / "none", site.deps.clock.now()) == 0
