"""Accounts, jobs, the audit chain, and what the office keeps for itself."""

from datetime import datetime

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from services.api.db.types import optional_time, time_field

MODEL_SETTING = "model"
"""The name of the `Setting` that keeps the office's network."""
BACKUP_SETTING = "last_backup"
"""And of the one that says when the database was last backed up: `at`, `size_bytes`."""


class User(SQLModel, table=True):
    """One account."""

    __tablename__ = "user_account"  # `user` is a reserved word of PostgreSQL

    id: int | None = Field(default=None, primary_key=True)
    username: str = Field(unique=True, max_length=128)
    display_name: str = ""
    password_hash: str
    role: str
    """`super_admin`, `admin`, `invigilator`, `auditor`."""
    active: bool = True
    must_change_password: bool = False
    created_at: datetime = time_field()
    last_sign_in_at: datetime | None = optional_time()
    version: int = 1


class UserSession(SQLModel, table=True):
    """One sign-in."""

    __tablename__ = "user_session"

    token_hash: str = Field(primary_key=True, max_length=64)
    """SHA-256, hex, of the cookie's token."""
    user_id: int = Field(foreign_key="user_account.id", index=True)
    csrf: str = ""
    created_at: datetime = time_field()
    last_seen_at: datetime = time_field()
    expires_at: datetime = time_field(index=True)
    ended_at: datetime | None = optional_time()
    address: str = ""
    user_agent: str = ""


class ApiToken(SQLModel, table=True):
    """A service's token: scoped, expiring, revocable."""

    __tablename__ = "api_token"

    id: int | None = Field(default=None, primary_key=True)
    name: str
    token_hash: str = Field(unique=True, max_length=64)
    user_id: int | None = Field(default=None, foreign_key="user_account.id", index=True)
    """Who made it."""
    role: str = "auditor"
    """`admin` or `auditor`: what it may do at most, within its scopes."""
    scopes: list[str] = Field(default_factory=list, sa_type=JSON)
    created_at: datetime = time_field()
    expires_at: datetime | None = optional_time()
    revoked_at: datetime | None = optional_time()
    last_used_at: datetime | None = optional_time()


class Assignment(SQLModel, table=True):
    """An invigilator of a sitting; without a hall, of all its halls."""

    __table_args__ = (UniqueConstraint("user_id", "sitting_id", "hall_id"),)

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user_account.id")
    sitting_id: int = Field(foreign_key="sitting.id", index=True)
    hall_id: str | None = Field(default=None, foreign_key="hall.id")


class Job(SQLModel, table=True):
    """One long piece of work, in the queue `office`."""

    id: str = Field(primary_key=True, max_length=64)
    kind: str
    state: str = "queued"
    """`uploading` (its files are still coming), `queued`, `running`, `done`, `failed`."""
    done: int = 0
    total: int = 0
    params: dict[str, object] = Field(default_factory=dict, sa_type=JSON)
    """Ids and switches; what holds names or pictures goes into parts, which are sealed."""
    result: dict[str, object] = Field(default_factory=dict, sa_type=JSON)
    files: list[dict[str, object]] = Field(default_factory=list, sa_type=JSON)
    """What it made, to be fetched: name, media type, size in bytes."""
    error: str = ""
    created_by: str = ""
    created_at: datetime = time_field()
    started_at: datetime | None = optional_time()
    finished_at: datetime | None = optional_time()
    expires_at: datetime | None = optional_time()


class JobPart(SQLModel, table=True):
    """A piece of a file that a job reads or made, sealed by the media ring about `job:{job_id}:{name}:{number}`."""

    __tablename__ = "job_part"

    job_id: str = Field(primary_key=True, foreign_key="job.id", max_length=64)
    name: str = Field(primary_key=True, max_length=128)
    number: int = Field(primary_key=True)
    sealed: bytes


class AuditEntry(SQLModel, table=True):
    """Who did what to whom, by id; each entry holds the hash of the one before."""

    __tablename__ = "audit_entry"

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = time_field(index=True)
    actor: str
    action: str = Field(index=True)
    subject: str = Field(index=True)
    """What it was done to: `student:…`, `sitting:…`, `attempt:…`."""
    sitting_id: int | None = Field(default=None, index=True)
    source: str = ""
    """Where it came from: an address, a kiosk, a process."""
    before: dict[str, object] | None = Field(default=None, sa_type=JSON)
    after: dict[str, object] | None = Field(default=None, sa_type=JSON)
    previous_hash: str
    hash: str


class Counter(SQLModel, table=True):
    """Numbers that are given out one after another (case numbers, the audit chain's turn)."""

    name: str = Field(primary_key=True, max_length=128)
    value: int = 0


class Setting(SQLModel, table=True):
    """What the office decided once and for all processes (the model that enrolment started with)."""

    name: str = Field(primary_key=True, max_length=128)
    value: dict[str, object] = Field(default_factory=dict, sa_type=JSON)


class Outbox(SQLModel, table=True):
    """A view in Redis that has to follow a commit: written with the change, deleted when it is published."""

    id: int | None = Field(default=None, primary_key=True)
    view: str
    """`schedule`, `gallery`, `key`."""
    key: str = ""
    """A gallery key, or a student id."""
