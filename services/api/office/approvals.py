"""What students handed in, beside what is on record: an admin approves, or says why not, and the student is told."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlmodel import col, select

from services.api.db.tables import Student, Submission
from services.api.examples import example_of
from services.api.office import links, mail, photos, proposals, students
from services.api.office.photos import EnrolmentAsked, OpenPhoto
from services.api.office.students import Enrolment
from services.api.office.work import Work
from services.api.problems import conflict, not_found

State = Literal["draft", "submitted", "approved", "refused", "void"]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]


class SubmissionPublic(BaseModel):
    """One submission, beside the record."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 1,
                    "student_id": "S0001",
                    "name": "Ada Lovelace",
                    "enrolment": "none",
                    "has_earlier_photo": False,
                    "state": "submitted",
                    "photo_ids": ["3f2a"],
                    "text_version": "1",
                    "consented_at": "2026-11-02T09:56:00Z",
                    "submitted_at": "2026-11-02T10:00:00Z",
                    "decided_at": None,
                    "decided_by": "",
                    "reason": "",
                }
            ]
        }
    )

    id: int
    student_id: str
    name: str
    enrolment: Enrolment = Field(
        description="How the student is enrolled now; with `enrolled` there is a photo already."
    )
    has_earlier_photo: bool = Field(description="Whether `/students/{student_id}/photo` shows one to compare with.")
    state: State
    photo_ids: list[str]
    text_version: str
    consented_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    decided_by: str
    reason: str


class Refusal(BaseModel):
    """Why a submission is refused."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "The photo shows somebody else than the record."}]}
    )

    reason: Reason = Field(description="Mailed to the student, with a link to try again.")


class Refused(BaseModel):
    """A submission that was refused."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "submission": {
                        **example_of(SubmissionPublic),
                        "state": "refused",
                        "decided_at": "2026-11-02T14:00:00Z",
                        "decided_by": "user:2",
                        "reason": "The photo shows somebody else than the record.",
                    },
                    "mailed": True,
                    "job_id": "job-3f",
                }
            ]
        }
    )

    submission: SubmissionPublic
    mailed: bool = Field(description="Whether the student has an address that the reason could be mailed to.")
    job_id: str | None = Field(description="The job that sends the mail; null: one was on its way already.")


def find(work: Work, state: State | None = "submitted", limit: int = 100) -> list[SubmissionPublic]:
    """Return submissions, the one that waits longest first."""
    query = select(Submission).order_by(col(Submission.submitted_at), col(Submission.id)).limit(limit)
    rows = list(work.session.exec(query.where(Submission.state == state) if state else query))
    return [_public(work, row) for row in rows]


def get(work: Work, submission_id: int) -> Submission:
    """Return a submission.

    Raises:
        Problem: there is none.
    """
    submission = work.session.get(Submission, submission_id)
    if submission is None:
        raise not_found("submission", submission_id, "submission_id")
    return submission


def show(work: Work, submission_id: int) -> SubmissionPublic:
    """Return one submission, beside the record."""
    return _public(work, get(work, submission_id))


def photo(work: Work, submission_id: int, photo_id: str) -> OpenPhoto:
    """Return a photo that was handed in and is not decided yet.

    Raises:
        Problem: there is none.
    """
    return photos.opened(work, proposals.get(work, get(work, submission_id), photo_id))


def approve(work: Work, submission_id: int) -> EnrolmentAsked:
    """Make the photos the student's own; `photos.try_hand_over` comes after the commit, and enrols them.

    Raises:
        Problem: decided already.
    """
    submission = _waiting(work, submission_id)
    images = [photos.opened(work, row).data for row in proposals.of(work, submission)]
    version = submission.text_version
    asked = photos.upload(work, submission.student_id, images, source="self", basis="consent", text_version=version)
    _decide(work, submission, "approved")
    return asked


def refuse(work: Work, submission_id: int, wish: Refusal) -> Refused:
    """Say why not: the photos go, and the student gets the reason with a new link.

    Raises:
        Problem: decided already.
    """
    submission = _waiting(work, submission_id)
    student = students.get(work, submission.student_id)
    submission.reason = wish.reason
    _decide(work, submission, "refused")
    mailed = links.has_address(student.email)
    if mailed:
        links.make(work, student, "enrol", kind="refused", reason=wish.reason)
    return Refused(submission=_public(work, submission), mailed=mailed, job_id=mail.ask_to_send(work))


def _waiting(work: Work, submission_id: int) -> Submission:
    submission = get(work, submission_id)
    students.locked(work, submission.student_id)  # two screens, and the student's own, one after the other
    work.session.refresh(submission)
    if submission.state != "submitted":
        raise conflict("submission_decided", "This submission was decided or taken back meanwhile.", "submission_id")
    return submission


def _decide(work: Work, submission: Submission, state: State) -> None:
    submission.state, submission.decided_at, submission.decided_by = state, work.now, work.by.actor
    work.session.add(submission)
    proposals.forget(work, submission)
    work.note(f"submission.{state}", f"student:{submission.student_id}", after={"submission": submission.id})


def _public(work: Work, row: Submission) -> SubmissionPublic:
    student = work.session.get_one(Student, row.student_id)
    return SubmissionPublic(
        **row.model_dump(exclude={"link_id"}),
        name=student.name,
        enrolment=students.enrolments(work, [row.student_id])[row.student_id],
        has_earlier_photo=photos.has_one(work, row.student_id),
        photo_ids=[photo.id for photo in proposals.of(work, row)],
    )
