"""Students who enrol themselves: their links, what they propose, how practice went, and the mails that bring links."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from services.api.db.types import optional_time, time_field


class StudentLink(SQLModel, table=True):
    """One link to one student's own page; what opens it is known to nobody here, only its hash."""

    __tablename__ = "student_link"

    id: int | None = Field(default=None, primary_key=True)
    student_id: str = Field(foreign_key="student.id", index=True)
    purpose: str
    """`enrol` or `practice`."""
    token_hash: str = Field(unique=True, max_length=64)
    """SHA-256, hex."""
    batch: str = Field(default="", max_length=64, index=True)
    """The job that made it: run again, it makes no second one."""
    created_by: str = ""
    created_at: datetime = time_field()
    expires_at: datetime = time_field()
    opened_at: datetime | None = optional_time()
    """When it was opened first: the address is the student's."""
    used_at: datetime | None = optional_time()
    """When it did what it is for: it changes nothing any more."""
    revoked_at: datetime | None = optional_time()


class Submission(SQLModel, table=True):
    """The photos that a student proposes by one link, and what an admin said of them."""

    id: int | None = Field(default=None, primary_key=True)
    link_id: int = Field(foreign_key="student_link.id", unique=True)
    student_id: str = Field(foreign_key="student.id", index=True)
    state: str = Field(default="draft", index=True)
    """`draft`, `submitted`, `approved`, `refused`, `void` (consent withdrawn, or never handed in)."""
    text_version: str
    consented_at: datetime = time_field()
    submitted_at: datetime | None = optional_time()
    decided_at: datetime | None = optional_time()
    decided_by: str = ""
    reason: str = ""
    """Why it was refused, in the admin's words to the student."""


class ProposedPhoto(SQLModel, table=True):
    """A photo that a student proposes, sealed like a `Photo`; it is none until an admin approves."""

    __tablename__ = "proposed_photo"
    __table_args__ = (Index("ix_proposed_photo_submission", "submission_id", "added_at"),)

    id: str = Field(primary_key=True, max_length=64)
    """As the `Photo` will be called."""
    submission_id: int = Field(foreign_key="submission.id")
    student_id: str = Field(foreign_key="student.id", index=True)
    sealed: bytes
    content_type: str
    width: int
    height: int
    source: str = "self"
    state: str = "pending"
    """`pending` (being checked), `good`, `refused`."""
    refusal: str | None = None
    detail: str = ""
    added_at: datetime = time_field()
    asked_at: datetime = time_field(index=True)
    """When its last check was asked for: of two results, the later asked stands."""
    checked_at: datetime | None = optional_time()


class PracticeSession(SQLModel, table=True):
    """A practice kiosk: one student's own browser for some minutes. It has no hall, and can admit nobody."""

    __tablename__ = "practice_session"
    __table_args__ = (Index("ix_practice_session_kiosk", "kiosk_id", "opened_at"),)

    id: int | None = Field(default=None, primary_key=True)
    kiosk_id: str = Field(max_length=64)
    """One of a few (`shared.schedule.PRACTICE`), used again and again."""
    link_id: int = Field(foreign_key="student_link.id", index=True)
    student_id: str = Field(foreign_key="student.id", index=True)
    token_hash: str = Field(unique=True, max_length=64)
    opened_at: datetime = time_field()
    expires_at: datetime = time_field()
    ended_at: datetime | None = optional_time()


class PracticeResult(SQLModel, table=True):
    """All that is kept of a practice: whether the enrolment is good enough."""

    __tablename__ = "practice_result"

    id: int | None = Field(default=None, primary_key=True)
    event_id: str = Field(unique=True, max_length=64)
    student_id: str = Field(foreign_key="student.id", index=True)
    at: datetime = time_field()
    result: str
    """`good` or `weak`."""
    code: str
    """What was found, as a `shared.events.Finding`."""


class Mail(SQLModel, table=True):
    """One mail on its way; its text is sealed, and destroyed when it was sent: a link stands in it."""

    id: str = Field(primary_key=True, max_length=64)
    student_id: str = Field(foreign_key="student.id", index=True)
    link_id: int | None = Field(default=None, foreign_key="student_link.id", index=True)
    kind: str
    state: str = Field(default="waiting", index=True)
    """`waiting`, `sending` (by a job that holds it for a while), `sent`, `failed` (given up), `void`."""
    sealed: bytes | None = None
    """JSON of recipient, subject and text, by the media ring about `mail:{id}`."""
    tries: int = 0
    error: str = ""
    created_at: datetime = time_field()
    next_try_at: datetime = time_field(index=True)
    sent_at: datetime | None = optional_time()
