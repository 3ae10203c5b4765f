"""The office as it is when students enrol themselves: its jobs done by hand, its mails read from the outbox."""

import email
import email.policy
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from services.api.db.engine import writing
from services.api.db.tables import ProposedPhoto
from services.api.ingest.enrolments import record_checked
from services.api.jobs import worker
from services.api.jobs.run import JobTools
from services.api.web.deps import Deps
from shared.events import EnrolmentRefusal, PhotosChecked, event_id
from tests.api_web.conftest import As
from tests.api_web.pictures import tiny_jpeg

GOOD = tiny_jpeg(640, 480)
OTHER = tiny_jpeg(800, 600)


@dataclass
class Site:
    """The office, its jobs done by hand, and the mails that left it."""

    admin: As
    deps: Deps
    client: TestClient
    outbox: Path

    def invite(self, *student_ids: str, purpose: str = "enrol") -> dict[str, Any]:
        wish = {"purpose": purpose, "student_ids": list(student_ids)}
        answer = self.admin("POST", "/invitations", json=wish)
        assert answer.status_code == 202, answer.text
        invited: dict[str, Any] = answer.json()
        if invited["job_id"]:
            worker.do(invited["job_id"])
        return invited

    def mails(self) -> list[email.message.EmailMessage]:
        """Return what lies in the outbox, oldest first."""
        files = sorted(self.outbox.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in files]

    def token(self) -> str:
        """Return what opens the page of the newest mail."""
        found = re.search(r"#token=(\S+)", self.mails()[-1].get_content())
        assert found is not None
        return found[1]

    def link(self, token: str | None = None) -> "As":
        """Return the student's hand."""
        return As(self.client, httpx.Headers({"Authorization": f"Bearer {token or self.token()}"}))

    def checked(self, *findings: EnrolmentRefusal | None) -> None:
        """Let the enrolment worker say what it found of the photos that wait, in the order in which they were added."""
        with writing(self.deps.engine) as session:
            rows = session.exec(select(ProposedPhoto).where(ProposedPhoto.state == "pending")).all()
            rows = sorted(rows, key=lambda row: (row.added_at, row.id))
            assert len(rows) == len(findings)
            record_checked(session, _checked([row.id for row in rows], findings, rows[0]), self.deps.clock.now())

    def session(self) -> Session:
        return Session(self.deps.engine)


def _checked(photo_ids: list[str], findings: tuple[EnrolmentRefusal | None, ...], row: ProposedPhoto) -> PhotosChecked:
    return PhotosChecked(
        event_id=event_id("checked", *photo_ids),
        kiosk_id="enrolment",
        captured_at=row.asked_at,
        trace_id="t",
        student_id=row.student_id,
        photo_ids=tuple(photo_ids),
        model_id="test-net",
        findings=findings,
        details=tuple("too dark" if code else "" for code in findings),
    )


def open_self_enrolment(admin: As, deps: Deps, client: TestClient) -> Site:
    """Ada and Grace have addresses, Mallory has none."""
    for student, address in (("S1", "ada@example.org"), ("S2", "grace@example.org")):
        assert admin("PATCH", f"/students/{student}", json={"email": address}).status_code == 200
    settings = deps.settings
    worker.make_ready(JobTools(deps.engine, deps.events, settings.api, deps.media, deps.clock, settings.data_dir))
    return Site(admin, deps, client, settings.data_dir / "outbox")


def propose(ada: As, *images: bytes) -> httpx.Response:
    """Send photos as the page does."""
    return ada("POST", "/self/photos", files=[("photo", ("p.jpg", image, "image/jpeg")) for image in images])


def submitted(site: Site, student: str = "S1") -> As:
    """Let a student hand one good photo in."""
    site.invite(student)
    ada = site.link()
    ada("POST", "/self/consent", json={"text_version": "1"})
    assert propose(ada, GOOD).status_code == 202
    site.checked(None)
    assert ada("POST", "/self/submit").json()["step"] == "submitted"
    return ada
