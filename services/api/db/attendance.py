"""What happened at the doors and what people decided: attempts, cases, seals."""

from datetime import datetime

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from services.api.db.types import optional_time, time_field


class Attempt(SQLModel, table=True):
    """One event at a kiosk, or one decision of a person. Immutable; the roster is a projection of these."""

    __table_args__ = (
        Index("ix_attempt_student_captured", "student_id", "captured_at"),
        Index("ix_attempt_kiosk_captured", "kiosk_id", "captured_at"),
        Index("ix_attempt_sitting_hall", "sitting_id", "hall_id"),
        Index("ix_attempt_review", "review_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    event_id: str = Field(unique=True, max_length=64)
    kind: str
    """`face_identified`, `liveness_failed` or `decision`."""
    kiosk_id: str | None = None
    """None: decided without a kiosk."""
    door_hall_id: str | None = None
    """The kiosk's hall at the time."""
    direction: str = "in"
    trace_id: str = ""
    track_id: str | None = None

    captured_at: datetime = time_field()
    """`t` of the verdict table: the frame's time, held against the broker's; for a decision, when it was made."""
    claimed_at: datetime | None = optional_time()
    """What the camera's clock said, where it had to be clamped."""
    track_started_at: datetime | None = optional_time()
    frame_sent_at: datetime | None = optional_time()
    """When capture published the deciding frame: latency is counted from here."""
    received_at: datetime | None = optional_time()
    recorded_at: datetime = time_field()
    """Wall time of the commit."""

    verdict: str
    """A `shared.events.Verdict`, or a decision's `services.api.attendance.decisions.Action`."""
    student_id: str | None = None
    """Who it was, where that was settled; None for nobody and for doubtful ones."""
    sitting_id: int | None = None
    hall_id: str | None = None
    """The hall the student belongs in."""
    table_label: str | None = None
    say_at: datetime | None = optional_time()
    """The time on the screen: when it opens, when to be back, when the other sitting is."""
    case_number: int | None = None
    review_id: int | None = None
    repeat_of_id: int | None = None

    finding: str | None = None
    failure: str | None = None
    """A `FailureReason`, for `liveness_failed`."""
    asked: str | None = None
    """`search` or `number`."""
    claimed_student_id: str | None = None
    candidate_id: str | None = None
    score: float | None = None
    runner_up_id: str | None = None
    runner_up_score: float | None = None
    threshold: float | None = None
    admission_score: float | None = None
    like_admission: bool | None = None
    """Whether the face is like today's admission; None where there is none to compare with."""
    doubtful: bool = False
    """A look-alike, a twin, or one that a person said no to: can't be admitted by the machine."""
    options: list[list[object]] = Field(default_factory=list, sa_type=JSON)
    """For each of the student's sittings in play then: [sitting id, gate], the gate `open`, `early`, `closed`
    or `elsewhere`. What the projection needs, frozen, so that later edits don't rewrite who was admitted."""
    policy: str | None = None
    model_id: str | None = None
    simulated: bool = False
    measures: dict[str, object] = Field(default_factory=dict, sa_type=JSON)
    """The other numbers of the event (challenge, quality, scope), for reports."""

    actor: str | None = None
    """`user:{id}` of a decision; None for the machine."""
    reason: str | None = None
    sets_status: str | None = None
    """A decision's effect: `in` (present or late by its time), `present`, `late`, `out`, `expected`; None: no effect."""
    effective_at: datetime | None = optional_time()
    """The time that a decision is about (a paper sheet's), where it is not its own."""
    undoes_id: int | None = None


class Evidence(SQLModel, table=True):
    """The crop of an attempt, sealed by the media ring about `evidence:{event_id}`; deletable, unlike the attempt."""

    attempt_id: int = Field(primary_key=True, foreign_key="attempt.id")
    student_id: str | None = Field(default=None, index=True)
    """The candidate: deleted with that student."""
    sealed: bytes | None = None
    width: int = 0
    height: int = 0
    probe: bytes | None = None
    """The probe's template, sealed under the candidate's template key; an admission by decision takes it."""
    model_id: str | None = None
    recorded_at: datetime = time_field()
    delete_after: datetime | None = optional_time(index=True)


class Review(SQLModel, table=True):
    """One case for an invigilator. Claimed and settled by conditional updates, so that two can't settle the same."""

    __table_args__ = (Index("ix_review_hall_state", "hall_id", "state"),)

    id: int | None = Field(default=None, primary_key=True)
    case_number: int
    """Counts from 1 per hall and day."""
    hall_id: str = Field(foreign_key="hall.id")
    """The hall whose door it happened at."""
    sitting_id: int | None = Field(default=None, foreign_key="sitting.id", index=True)
    kiosk_id: str
    track_id: str
    verdict: str
    """The verdict that opened it."""
    detail: str = ""
    """A code: the failure or finding behind it, `unlike_admission`, `other_door`."""
    student_id: str | None = Field(default=None, index=True)
    listed: bool = False
    """Listed only (wrong hall): needs no answer."""
    attempt_id: int = Field(foreign_key="attempt.id")
    """The attempt that opened it; others point here by `review_id`."""
    visits: int = 1
    state: str = "open"
    """`open`, `settled`."""
    opened_at: datetime = time_field()
    claimed_by: str | None = None
    claimed_at: datetime | None = optional_time()
    settled_as: str | None = None
    settled_by: str | None = None
    settled_at: datetime | None = optional_time()
    settled_attempt_id: int | None = None


class Seal(SQLModel, table=True):
    """The end of a sitting in one hall: the final roster, its hashes, and the audit chain's head then."""

    __table_args__ = (UniqueConstraint("sitting_id", "hall_id"),)

    id: int | None = Field(default=None, primary_key=True)
    sitting_id: int = Field(foreign_key="sitting.id")
    hall_id: str = Field(foreign_key="hall.id")
    sealed_by: str
    sealed_at: datetime = time_field()
    totals: dict[str, object] = Field(default_factory=dict, sa_type=JSON)
    csv: bytes = b""
    """Sealed by the media ring about `seal:{sitting_id}:{hall_id}:csv`: it holds names."""
    csv_sha256: str = ""
    """Of the file as it is fetched."""
    pdf: bytes = b""
    """Sealed likewise, about `seal:{sitting_id}:{hall_id}:pdf`."""
    pdf_sha256: str = ""
    audit_seq: int = 0
    """The audit chain's head that both files print."""
    audit_head: str = ""


class Difference(SQLModel, table=True):
    """A difference between what was counted in a hall and its roster; each is settled or signed with a reason."""

    __table_args__ = (Index("ix_difference_sitting_hall", "sitting_id", "hall_id"),)

    id: int | None = Field(default=None, primary_key=True)
    sitting_id: int = Field(foreign_key="sitting.id")
    hall_id: str = Field(foreign_key="hall.id")
    about: str
    """`head_count` or `scripts`."""
    amount: int
    """How many more (or, below 0, fewer) were counted than the roster says, of the whole difference."""
    student_id: str | None = None
    """Whom it is about, where that is known."""
    note: str = ""
    state: str = "open"
    """`open`, `settled` (it turned out to be none), `signed` (it stands, with a reason)."""
    reason: str = ""
    noted_by: str
    noted_at: datetime = time_field()
    decided_by: str | None = None
    decided_at: datetime | None = optional_time()


class Amendment(SQLModel, table=True):
    """A correction of a sealed record; the record itself stays."""

    id: int | None = Field(default=None, primary_key=True)
    seal_id: int = Field(foreign_key="seal.id", index=True)
    student_id: str
    before: dict[str, object] = Field(default_factory=dict, sa_type=JSON)
    after: dict[str, object] = Field(default_factory=dict, sa_type=JSON)
    reason: str
    actor: str
    at: datetime = time_field()
