"""What a student does by the link that was mailed: consent or opt out, propose photos, submit, take it back."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import select

from services.api.auth import links as auth
from services.api.db.tables import ProposedPhoto, Student, StudentLink, Submission
from services.api.examples import example_of
from services.api.office import consents, links, photos, proposals, students
from services.api.office.links import Purpose
from services.api.office.photos import EnrolmentAsked, OpenPhoto
from services.api.office.students import Enrolment, StudentChange
from services.api.office.work import Work
from services.api.problems import conflict

Step = Literal["consent", "photos", "submitted", "approved", "refused", "by_number", "practice"]
PhotoState = Literal["pending", "good", "refused"]
BASIS = "consent"


class ProposedPublic(BaseModel):
    """One proposed photo, and what was found."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": "3f2a", "state": "good", "refusal": None, "detail": ""}]}
    )

    id: str
    state: PhotoState
    refusal: str | None = Field(None, description="Why it is no good: a code that says what to change.")
    detail: str = ""


class OwnPage(BaseModel):
    """What the student's page shows."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "purpose": "enrol",
                    "student_id": "S0001",
                    "name": "Ada Lovelace",
                    "step": "photos",
                    "enrolment": "none",
                    "text_version": "1",
                    "consented_at": "2026-11-02T09:56:00Z",
                    "expires_at": "2026-11-16T09:00:00Z",
                    "opened_at": "2026-11-02T09:55:00Z",
                    "used": False,
                    "photos": [example_of(ProposedPublic)],
                    "max_photos": 5,
                    "can_submit": True,
                    "can_withdraw": True,
                }
            ]
        }
    )

    purpose: Purpose
    student_id: str
    name: str
    step: Step = Field(description="Where the student is; `by_number`: opted out.")
    enrolment: Enrolment = Field(description="How the student's enrolment is now, whatever was proposed.")
    text_version: str = Field(description="The version of the text that consent is asked with: `consent.text.v…`.")
    consented_at: datetime | None = None
    expires_at: datetime
    opened_at: datetime | None = None
    used: bool = Field(False, description="Whether the photos were handed in: only a withdrawal is left.")
    photos: list[ProposedPublic] = Field(default_factory=list)
    max_photos: int
    can_submit: bool = Field(False, description="Whether there is a photo, and every one is good.")
    can_withdraw: bool = Field(False, description="Whether a consent stands.")


class ConsentGiven(BaseModel):
    """Consent, in the words that were shown."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"text_version": "1"}]})

    text_version: str = Field(max_length=64, description="The version that was read.")


def page(work: Work) -> OwnPage:
    """Return what the student's page shows."""
    link = links.of_caller(work)
    student = students.get(work, link.student_id)
    submission = _submission(work)
    shown = proposals.of(work, submission) if submission else []
    return OwnPage(
        purpose=link.purpose,
        student_id=student.id,
        name=student.name,
        step=_step(link.purpose, student, submission),
        enrolment=students.enrolments(work, [student.id])[student.id],
        text_version=work.api.consent_text_version,
        consented_at=submission.consented_at if submission else None,
        expires_at=link.expires_at,
        opened_at=link.opened_at,
        used=link.used_at is not None,
        photos=[ProposedPublic(**row.model_dump(include={"id", "state", "refusal", "detail"})) for row in shown],
        max_photos=work.api.max_photos,
        can_submit=_can_submit(shown),
        can_withdraw=bool(consents.standing(work, student.id)),
    )


def open_page(work: Work) -> OwnPage:
    """Write down that the student came, and return the page."""
    links.opened(work, work.by.link_id or 0)
    return page(work)


def consent(work: Work, given: ConsentGiven) -> OwnPage:
    """Record consent with its words and time; who had opted out is in again.

    Raises:
        Problem: the words were changed meanwhile, or this link was used.
    """
    link = _open_link(work)
    if given.text_version != work.api.consent_text_version:
        raise conflict("text_changed", "The text was changed meanwhile: read it again.", "text_version")
    if students.get(work, link.student_id).by_number:
        students.change(work, link.student_id, StudentChange(by_number=False))
    consents.give(work, link.student_id, BASIS, given.text_version)
    submission = _submission(work) or Submission(
        link_id=link.id or 0, student_id=link.student_id, text_version="", consented_at=work.now
    )
    submission.state, submission.text_version, submission.consented_at = "draft", given.text_version, work.now
    work.session.add(submission)
    work.session.flush()
    return page(work)


def decline(work: Work) -> OwnPage:
    """Opt out, or take consent back: template, photos and what was proposed go, and check-in is by number."""
    link = links.of_caller(work)
    student = students.get(work, link.student_id)
    if consents.standing(work, student.id):
        consents.withdraw(work, student.id)
    elif not student.by_number:
        students.change(work, student.id, StudentChange(by_number=True))
    return page(work)


def propose(work: Work, images: list[bytes], source: str) -> EnrolmentAsked:
    """Add photos; `proposals.try_check` comes after the commit.

    Raises:
        Problem: no consent, submitted already, or too many.
    """
    return proposals.add(work, _draft(work), images, source)


def check_consented(work: Work) -> None:
    """Refuse a camera's picture from somebody who did not say yes, or is done.

    Raises:
        Problem: no consent, or submitted already.
    """
    submission = _submission(work)
    if submission is None or submission.state != "draft":
        raise conflict("consent_first", "Give your consent first.")


def drop(work: Work, photo_id: str) -> EnrolmentAsked | None:
    """Remove a photo that was not submitted yet.

    Raises:
        Problem: there is none, or it was submitted.
    """
    return proposals.remove(work, _draft(work), photo_id)


def photo(work: Work, photo_id: str) -> OpenPhoto:
    """Return one of the student's own proposed photos.

    Raises:
        Problem: there is none.
    """
    submission = _submission(work)
    if submission is None:
        raise conflict("consent_first", "Give your consent first.")
    return photos.opened(work, proposals.get(work, submission, photo_id))


def submit(work: Work) -> OwnPage:
    """Hand the photos in; the link is used.

    Raises:
        Problem: no photo, or one that is not good.
    """
    submission = _draft(work)
    if not _can_submit(proposals.of(work, submission)):
        raise conflict("photos_not_good", "Take at least one good photo, and remove those that are refused.", "photos")
    submission.state, submission.submitted_at = "submitted", work.now
    work.session.add(submission)
    links.used(work, links.of_caller(work))
    work.note("submission.submit", f"student:{submission.student_id}", after={"submission": submission.id})
    return page(work)


def _submission(work: Work) -> Submission | None:
    return work.session.exec(select(Submission).where(Submission.link_id == work.by.link_id)).first()


def _draft(work: Work) -> Submission:
    _open_link(work)
    submission = _submission(work)
    if submission is None or submission.state != "draft":
        raise conflict("consent_first", "Give your consent first.")
    return submission


def _open_link(work: Work) -> StudentLink:
    """Return the caller's link as it is now that nobody else changes what it is about."""
    link = links.of_caller(work)
    students.locked(work, link.student_id)
    work.session.refresh(link)
    if link.used_at is not None or not auth.is_open(link, work.now):
        raise conflict("link_used", "This link was used already. Ask the exam office for a new one.")
    return link


def _step(purpose: str, student: Student, submission: Submission | None) -> Step:
    if purpose == "practice":
        return "practice"
    if student.by_number:
        return "by_number"
    steps: dict[str, Step] = {"draft": "photos", "submitted": "submitted", "approved": "approved", "refused": "refused"}
    return steps.get(submission.state, "consent") if submission else "consent"


def _can_submit(shown: list[ProposedPhoto]) -> bool:
    return bool(shown) and all(row.state == "good" for row in shown)
