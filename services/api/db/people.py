"""Students, and everything held on them. Deleting one empties these tables of them; attendance facts stay, by id."""

from datetime import datetime

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from services.api.db.types import optional_time, time_field


class Student(SQLModel, table=True):
    """One student; the id is the public student number."""

    id: str = Field(primary_key=True, max_length=64)
    name: str
    email: str | None = None
    active: bool = True
    by_number: bool = False
    """Opted out of recognition, or consent withdrawn: checked in by number and ID."""
    version: int = 1
    """Grows with each edit; an edit names the one that it saw, so that nobody's change is overwritten unseen."""
    created_at: datetime = time_field()
    deleted_at: datetime | None = optional_time()
    """Set: name, photos, templates and keys are gone; the id stays for the attendance facts."""


class StudentKey(SQLModel, table=True):
    """A student's own data keys, wrapped; dropping a row makes every copy of what it opens dead."""

    __tablename__ = "student_key"

    student_id: str = Field(primary_key=True, foreign_key="student.id")
    purpose: str = Field(primary_key=True)
    """`template` (mirrored from Redis, only the recognizer's ring opens it) or `media`."""
    wrapped: bytes


class Photo(SQLModel, table=True):
    """One enrolment photo, sealed under the student's media key (`services.api.media`)."""

    __table_args__ = (
        Index("ix_photo_state", "state", "uploaded_at"),
        Index("ix_photo_student_state", "student_id", "state"),
    )

    id: str = Field(primary_key=True, max_length=64)
    student_id: str = Field(foreign_key="student.id")
    sealed: bytes
    content_type: str
    width: int
    height: int
    state: str = "pending"
    """`pending`, `enrolled`, `refused`."""
    refusal: str | None = None
    """An `EnrolmentRefusal` code, where it was refused."""
    detail: str = ""
    source: str = "upload"
    """`upload`, `webcam`, `import`, `self`."""
    uploaded_at: datetime = time_field()
    judged_at: datetime | None = optional_time()


class Template(SQLModel, table=True):
    """One enrolled template per student and model; opaque to the API, only the recognizer opens it."""

    __table_args__ = (UniqueConstraint("student_id", "model_id"),)

    id: int | None = Field(default=None, primary_key=True)
    student_id: str = Field(foreign_key="student.id")
    model_id: str = Field(index=True)
    sealed: bytes
    quality: dict[str, object] = Field(default_factory=dict, sa_type=JSON)
    photo_ids: list[str] = Field(default_factory=list, sa_type=JSON)
    event_id: str
    asked_at: datetime = time_field()
    """When the enrolment was asked for: of two results, the later asked stands."""
    enrolled_at: datetime = time_field()


class Admission(SQLModel, table=True):
    """The probe that a student was admitted with today, for re-entry; deleted after the sitting."""

    __table_args__ = (UniqueConstraint("sitting_id", "student_id"),)

    id: int | None = Field(default=None, primary_key=True)
    sitting_id: int = Field(foreign_key="sitting.id")
    student_id: str = Field(foreign_key="student.id", index=True)
    model_id: str
    sealed: bytes
    event_id: str
    admitted_at: datetime = time_field()


class Consent(SQLModel, table=True):
    """What a student agreed to, in which words, and when it was taken back."""

    id: int | None = Field(default=None, primary_key=True)
    student_id: str = Field(foreign_key="student.id", index=True)
    basis: str
    """The legal basis: `consent`, or the one that an import states."""
    text_version: str
    given_at: datetime = time_field()
    withdrawn_at: datetime | None = optional_time()


class Accommodation(SQLModel, table=True):
    """What a student is allowed, at one sitting or (without one) at all of them. The screen never says why."""

    id: int | None = Field(default=None, primary_key=True)
    student_id: str = Field(foreign_key="student.id", index=True)
    sitting_id: int | None = Field(default=None, foreign_key="sitting.id", index=True)
    allowance_min: int = 0
    """Minutes after `late_after` that still count as punctual."""
    no_challenge: bool = False
    """Can't blink or turn: goes by number and the invigilator."""
    seat_need: str = ""
    note: str = ""
    set_by: str = ""
    set_at: datetime = time_field()


class LookAlikePair(SQLModel, table=True):
    """Two students closer than a slot's threshold allows; `student_a` sorts before `student_b`."""

    __tablename__ = "look_alike_pair"
    __table_args__ = (UniqueConstraint("student_a", "student_b"),)

    id: int | None = Field(default=None, primary_key=True)
    student_a: str = Field(foreign_key="student.id")
    student_b: str = Field(foreign_key="student.id", index=True)
    similarity: float
    model_id: str
    state: str = "unconfirmed"
    """`unconfirmed`, `confirmed` (twins: always number and ID), `dismissed`."""
    found_at: datetime = time_field()
    decided_by: str | None = None
    decided_at: datetime | None = optional_time()
