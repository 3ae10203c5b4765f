"""Halls, kiosks, exams, sittings and who sits where."""

from datetime import datetime

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from services.api.db.types import optional_time, time_field


class Hall(SQLModel, table=True):
    """One room; the id is its short name (`A`), as the kiosk shows it."""

    id: str = Field(primary_key=True, max_length=64)
    name: str
    directions: str = ""
    """The way there, for somebody at the wrong door."""
    time_zone: str = "UTC"
    rows: int | None = None
    columns: int | None = None
    blocked: list[list[int]] = Field(default_factory=list, sa_type=JSON)
    """Seats that nobody may have: [row, column], from 1."""
    version: int = 1


class Kiosk(SQLModel, table=True):
    """One camera at one door (`shared.schedule.KioskView`)."""

    id: str = Field(primary_key=True, max_length=64)
    hall_id: str = Field(foreign_key="hall.id", index=True)
    name: str = ""
    source: str = "browser:"
    capture_node: str = "local"
    direction: str = "in"
    policy: str | None = None
    enabled: bool = True
    token_hash: str | None = None
    """SHA-256, hex, of the kiosk's token; shown once or made by pairing, kept nowhere."""
    version: int = 1


class Exam(SQLModel, table=True):
    """What is examined."""

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True, max_length=64)
    subject: str
    version: int = 1


class Sitting(SQLModel, table=True):
    """One exam at one time, in one or several halls."""

    id: int | None = Field(default=None, primary_key=True)
    exam_id: int = Field(foreign_key="exam.id", index=True)
    opens_at: datetime = time_field()
    """When check-in opens."""
    starts_at: datetime = time_field(index=True)
    late_after: datetime = time_field()
    closes_at: datetime = time_field()
    """When check-in closes: after it an invigilator decides."""
    ends_at: datetime = time_field(index=True)
    policy: str = "challenge"
    state: str = "planned"
    """`planned`, `closed` (by an invigilator, before or at its end), `sealed`, `cancelled`."""
    closed_at: datetime | None = optional_time()
    version: int = 1


class SittingHall(SQLModel, table=True):
    """One hall of a sitting, and what its invigilators set there."""

    __tablename__ = "sitting_hall"

    sitting_id: int = Field(primary_key=True, foreign_key="sitting.id")
    hall_id: str = Field(primary_key=True, foreign_key="hall.id", index=True)
    queue_grace_min: int = 0
    """Minutes added to `late_after` while a line stands at the door."""
    head_count: int | None = None
    scripts_collected: int | None = None
    closed_at: datetime | None = optional_time()
    sealed_at: datetime | None = optional_time()
    """When its final roster was sealed here; the sitting is sealed when all of its halls are."""
    note: str = ""


class HallMove(SQLModel, table=True):
    """A sitting that left a hall: the doors there still answer for it, and send people on."""

    __tablename__ = "hall_move"

    id: int | None = Field(default=None, primary_key=True)
    sitting_id: int = Field(foreign_key="sitting.id", index=True)
    from_hall_id: str = Field(foreign_key="hall.id", index=True)
    to_hall_id: str = Field(foreign_key="hall.id", index=True)
    moved_at: datetime = time_field()


class RosterEntry(SQLModel, table=True):
    """One student at one sitting. The `status…` columns are written by the projection of attempts alone."""

    __tablename__ = "roster_entry"
    __table_args__ = (
        UniqueConstraint("sitting_id", "student_id"),
        Index("ix_roster_entry_counts", "sitting_id", "hall_id", "status", "sealed"),
        Index("ix_roster_entry_seat", "sitting_id", "hall_id", "table_label"),
        Index("ix_roster_entry_student", "student_id", "id", "sitting_id", "hall_id", "status", "sealed"),
    )

    id: int | None = Field(default=None, primary_key=True)
    sitting_id: int = Field(foreign_key="sitting.id")
    student_id: str = Field(foreign_key="student.id")
    hall_id: str = Field(foreign_key="hall.id")
    table_label: str = ""
    row: int | None = None
    col: int | None = None
    provisional: bool = False
    """Admitted on a number and an ID, to be confirmed."""
    note: str = ""
    version: int = 1
    """Grows with an edit of the seat, not with attendance."""
    status: str = "expected"
    """`expected`, `present`, `late`, `out`; `absent` and `cancelled` are said of `expected` (`shown_status`)."""
    status_at: datetime | None = optional_time()
    """When the student was admitted (present, late) or went out."""
    status_kiosk_id: str | None = None
    status_attempt_id: int | None = None
    sealed: bool = False
    """Its hall is sealed: nothing here changes any more, corrections are amendments."""
