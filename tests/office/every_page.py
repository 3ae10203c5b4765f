"""An office in which every page has something to show, and the address of each."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi.responses import HTMLResponse
from sqlmodel import col, select

from services.api import audit
from services.api.auth import tokens
from services.api.auth.caller import Caller
from services.api.db.tables import (
    Accommodation,
    AuditEntry,
    LookAlikePair,
    Photo,
    ProposedPhoto,
    Review,
    StudentLink,
    Template,
)
from services.api.ingest.views_of import schedule_of
from services.api.office import decisions, exams, kiosks, photos, rosters, self_enrolment, sittings
from services.api.office.closing import sealing, state
from services.api.office.closing.shapes import CountsPut, DifferenceNote
from services.api.office.decisions import Marking
from services.api.office.exams import ExamCreate
from services.api.office.rosters import RosterPut, RosterRow
from services.api.office.self_enrolment import ConsentGiven
from services.api.office.sitting_shapes import SittingCreate
from services.api.office.work import Work
from services.api.pages.registry import PAGES
from services.api.pages.site import load_pages
from services.api.web.app import api_routes
from services.api.words import words_of
from shared.clock import SystemClock
from shared.schedule import ScheduleStore
from tests.browser.scenes import ada_jpeg, door_jpeg
from tests.office.hall_story import HallStory
from tests.office.site import OfficeSite

load_pages()
PLAIN = {route.name: route.path for route in api_routes() if route.response_class is HTMLResponse}
"""Pages that are no office pages: the kiosk's, the hall's, a student's own."""
OFFICE = {operation: spec.address for operation, spec in PAGES.items()}
MORE = {
    "closing_sealed": "/office/sittings/{sealed_id}/close?hall=A",
    "report_sitting": "/office/reports?about=sitting&id={sealed_id}",
    "report_student": "/office/reports?about=student&id={student_id}",
    "report_exam": "/office/reports?about=exam",
    "own_consent": "/enrol#token={consent_token}",
    "own_photos": "/enrol#token={photos_token}",
    "practice_begin": "/practice#token={practice_token}",
    "kiosk_waiting": "/kiosk/{kiosk_id}#token={kiosk_token}",
}
"""Other faces of some of them."""
ADDRESSES = OFFICE | PLAIN | MORE


@dataclass(frozen=True)
class EveryPage:
    """What the addresses of pages are filled with."""

    values: dict[str, object]

    def address(self, name: str) -> str:
        """Return where a page is found.

        Raises:
            KeyError: it asks for something that is not here yet: add it.
        """
        return ADDRESSES[name].format(**self.values)


def furnish(office: OfficeSite) -> EveryPage:
    """Fill the office: a hall in the middle of an exam, one of yesterday that is sealed, students at every step."""
    audit.anchor_at(office.engine, office.settings.audit_head)
    story = HallStory(office)
    story.watched_by("invigilator")
    story.sees("S1")
    story.sees("S2", finding="margin", runner_up="S3")
    story.suspects(ago_s=30)
    with office.work() as work:
        sealed_id = _yesterday(work)
        values = {
            "student_id": "S1",
            "sitting_id": story.sitting_id,
            "sealed_id": sealed_id,
            "hall_id": "A",
            "kiosk_id": "A__door1",
            "kiosk_token": kiosks.issue_token(work, "A__door1").token,
            "review_id": work.session.exec(select(Review.id)).first(),
            "seq": work.session.exec(select(AuditEntry.seq).where(AuditEntry.action == "hall.create")).first(),
            "consent_token": _link(work, "S4", "enrol"),
            "practice_token": _link(work, "S1", "practice"),
        }
        _people(work)
    with office.looking() as session:
        ScheduleStore(office.events).write(schedule_of(session, SystemClock().now(), office.settings.api))
    return EveryPage(values | {"photos_token": _in_the_middle(office, "S5"), "submitted": _in_the_middle(office, "S6")})


def _yesterday(work: Work) -> int:
    now = work.now
    exam = exams.create(work, ExamCreate(code="PHYS-110", subject="Mechanics"))
    times = {"starts_at": now - timedelta(hours=26), "ends_at": now - timedelta(hours=24)}
    sitting = sittings.create(work, SittingCreate(exam_id=exam.id, halls=["A"], **times))
    rows = [RosterRow(student_id=number, hall="A", table=f"A-{number[1:]}") for number in ("S1", "S2", "S3")]
    rosters.patch(work, sitting.id, RosterPut(rows=rows))
    for number in ("S1", "S2"):
        decisions.mark_student(work, sitting.id, number, Marking(status="in", at=now - timedelta(hours=26, minutes=4)))
    state.put_counts(work, sitting.id, "A", CountsPut(head_count=2, scripts_collected=1))
    signed = DifferenceNote(about="scripts", amount=-1, student_id="S2", reason="fell ill and took hers along")
    state.note_difference(work, sitting.id, "A", signed)
    sealing.seal(work, sitting.id, "A", words_of("en"))
    return sitting.id


def _people(work: Work) -> None:
    """Ada and Grace are enrolled and alike, one photo was refused, Eve is allowed some minutes more."""
    for number, images in (("S1", [ada_jpeg()]), ("S2", [ada_jpeg(), door_jpeg()])):
        photos.upload(work, number, images, source="webcam", basis="consent", text_version="1")
    work.session.flush()
    ada, grace, refused = work.session.exec(select(Photo).order_by(Photo.student_id, col(Photo.width).desc())).all()
    for photo in (ada, grace):
        photo.state = "enrolled"
    refused.state, refused.refusal, refused.detail = "refused", "face_too_small", "eyes 41 px apart"
    asked: dict[str, Any] = {"asked_at": work.now, "enrolled_at": work.now}
    work.session.add(Template(student_id="S1", model_id="m", sealed=b"", photo_ids=[ada.id], event_id="ada", **asked))
    alike: dict[str, Any] = {"similarity": 0.71, "model_id": "m", "found_at": work.now}
    work.session.add(LookAlikePair(student_a="S1", student_b="S2", **alike))
    work.session.add(Accommodation(student_id="S3", allowance_min=15, set_by="user:1", set_at=work.now))


def _in_the_middle(office: OfficeSite, student_id: str) -> str:
    """Let a student consent and propose a good photo; who is S6 hands it in. Returns what opens their page."""
    with office.work() as work:
        token = _link(work, student_id, "enrol")
    with office.work() as work:
        link = work.session.exec(select(StudentLink).where(StudentLink.token_hash == tokens.token_hash(token))).one()
        own = Work(
            work.session, Caller(link_id=link.id, link_purpose="enrol"), work.now, work.api, work.media, work.events
        )
        self_enrolment.consent(own, ConsentGiven(text_version=work.api.consent_text_version))
        self_enrolment.propose(own, [ada_jpeg()], "webcam")
        for photo in work.session.exec(select(ProposedPhoto).where(ProposedPhoto.student_id == student_id)):
            photo.state = "good"
        work.session.flush()
        if student_id == "S6":
            self_enrolment.submit(own)
    return token


def _link(work: Work, student_id: str, purpose: str) -> str:
    token = tokens.new_token(tokens.LINK)
    times: dict[str, Any] = {"created_at": work.now, "expires_at": work.now + timedelta(days=7)}
    work.session.add(StudentLink(student_id=student_id, purpose=purpose, token_hash=tokens.token_hash(token), **times))
    work.session.flush()
    return token
