"""Stills of the enrolment camera: handed to the enrolment worker, answered with its word, and kept by nobody."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient
from redis import Redis
from sqlmodel import select

from services.api.db.tables import AuditEntry, Photo, ProposedPhoto
from services.api.media import photo_about
from services.api.office import stills
from services.api.web.deps import Deps
from services.recognizer.enrolment.job import make_ready
from services.recognizer.enrolment.worker import EnrolmentWorker
from shared import names
from tests.api_web.conftest import As
from tests.api_web.pictures import tiny_jpeg
from tests.api_web.self_enrolling import Site, open_self_enrolment
from tests.broker import wait_until

STILL = tiny_jpeg(640, 480)
QUEUE = "rq:queue:enrolment"


class Eyes:
    """Stands for the worker's models, which are tried in tests/recognizer: reads the still, and says what it is told to."""

    def __init__(self, deps: Deps, finding: str | None) -> None:
        self._deps = deps
        self._finding = finding
        self.saw: list[bytes] = []

    def look(self, still_id: str) -> str | None:
        """Read as the enroller does."""
        sealed = cast(bytes, self._deps.events.getdel(names.enrolment_photo(still_id)))
        self.saw.append(self._deps.media.open_envelope(sealed, photo_about(still_id)))
        return self._finding


def show(who: As, path: str = "/enrolment/stills", image: bytes = STILL) -> tuple[int, dict[str, Any]]:
    answer = who("POST", path, files={"photo": ("still.jpg", image, "image/jpeg")})
    return answer.status_code, answer.json()


def judged(deps: Deps, eyes: Eyes, who: As, path: str = "/enrolment/stills") -> tuple[int, dict[str, Any]]:
    """Show a still while the real worker takes jobs from its queue."""
    make_ready(cast(Any, eyes))
    with ThreadPoolExecutor(1) as page:
        answer = page.submit(show, who, path)
        wait_until(lambda: deps.events.llen(QUEUE) == 1, "the still in the queue")
        EnrolmentWorker.on(deps.events, "enrolment").work(burst=True)
        return answer.result(10)


@pytest.fixture
def site(admin: As, deps: Deps, anyone: TestClient, exam_day: int) -> Site:
    """Ada and Grace have addresses."""
    return open_self_enrolment(admin, deps, anyone)


@pytest.mark.parametrize(("found", "told"), [(None, "good"), ("no_face", "no_face"), ("eyes_closed", "eyes_closed")])
def test_the_page_is_told_what_the_worker_found(admin: As, deps: Deps, found: str | None, told: str) -> None:
    eyes = Eyes(deps, found)
    assert judged(deps, eyes, admin) == (200, {"finding": told})
    assert eyes.saw == [STILL]


def test_nothing_of_a_still_is_kept(site: Site, admin: As, deps: Deps) -> None:
    with site.session() as session:
        before = len(session.exec(select(AuditEntry)).all())
    judged(deps, Eyes(deps, None), admin)
    with site.session() as session:
        assert len(session.exec(select(AuditEntry)).all()) == before
        assert session.exec(select(Photo)).all() == [] and session.exec(select(ProposedPhoto)).all() == []
    assert deps.events.keys("photo:*") == []


def test_without_a_worker_nobody_says_that_it_is_good(
    admin: As, deps: Deps, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stills, "WAIT_S", 0.2)
    assert show(admin) == (200, {"finding": None})
    (still,) = redis.keys("photo:still-*")
    assert 0 < redis.ttl(still) <= stills.KEPT_S
    assert STILL not in cast(bytes, redis.get(still))


def test_what_is_no_picture_is_refused_before_anybody_looks(admin: As, redis: Redis) -> None:
    status, problem = show(admin, image=b"GIF89a" + bytes(64))
    assert (status, problem["code"]) == (415, "unsupported")
    assert redis.llen(QUEUE) == 0


def test_a_student_shows_stills_after_saying_yes_and_not_before(site: Site, deps: Deps) -> None:
    site.invite("S1")
    ada = site.link()
    status, problem = show(ada, "/self/stills")
    assert (status, problem["code"]) == (409, "consent_first")
    ada("POST", "/self/consent", json={"text_version": "1"})
    assert judged(deps, Eyes(deps, "no_face"), ada, "/self/stills") == (200, {"finding": "no_face"})
