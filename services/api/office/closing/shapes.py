"""What is sent and shown at the end of an exam."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.api.examples import example_of
from services.api.office.closing.counts import About, Totals
from services.api.office.reviews import ReviewPublic
from services.api.office.students import StudentNumber

FinalStatus = Literal["present", "late", "absent", "out"]
Reason = Field(min_length=1, max_length=500)


class CountsPut(BaseModel):
    """What was counted; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"head_count": 211, "scripts_collected": 212}]}
    )

    head_count: int | None = Field(None, ge=0, le=100_000, description="Candidates in the hall, counted.")
    scripts_collected: int | None = Field(None, ge=0, le=100_000)


class DifferenceNote(BaseModel):
    """A difference between a count and the roster."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"about": "scripts", "amount": -1, "student_id": "S0001", "reason": "fell ill, took it along"}]
        },
    )

    about: About
    amount: int = Field(ge=-100_000, le=100_000, description="Counted more than the roster says; below 0: fewer.")
    student_id: StudentNumber | None = Field(None, description="Whom it is about, where that is known.")
    note: str = Field("", max_length=500)
    reason: str = Field("", max_length=500, description="Given: it is signed for at once, with this reason.")


class DifferenceDecision(BaseModel):
    """What became of a difference."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"state": "settled", "reason": "counted again"}]}
    )

    state: Literal["settled", "signed"] = Field(description="`settled`: there is none after all; `signed`: it stands.")
    reason: str = Reason


class DifferencePublic(BaseModel):
    """One difference."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 1,
                    "about": "scripts",
                    "amount": -1,
                    "student_id": "S0001",
                    "name": "Ada Lovelace",
                    "note": "",
                    "state": "signed",
                    "reason": "fell ill, took it along",
                    "noted_by": "user:3",
                    "decided_by": "user:3",
                    "decided_by_name": "Ingrid Nilsen",
                    "decided_at": "2026-11-23T11:10:00Z",
                }
            ]
        }
    )

    id: int
    about: About
    amount: int
    student_id: str | None
    name: str
    note: str
    state: Literal["open", "settled", "signed"]
    reason: str
    noted_by: str
    decided_by: str | None
    decided_by_name: str | None
    decided_at: datetime | None


class OutPerson(BaseModel):
    """Somebody who went out and is not back."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"student_id": "S0002", "name": "Grace Hopper", "table": "C-15", "since": "2026-11-23T10:40:00Z"}
            ]
        }
    )

    student_id: str
    name: str
    table: str
    since: datetime | None


class SealPublic(BaseModel):
    """The seal of one hall."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sitting_id": 1,
                    "hall": "A",
                    "sealed_by": "user:3",
                    "sealed_by_name": "Ingrid Nilsen",
                    "sealed_at": "2026-11-23T11:20:00Z",
                    "totals": example_of(Totals),
                    "csv_sha256": "9f86d081…",
                    "pdf_sha256": "60303ae2…",
                    "audit_seq": 812,
                    "audit_hash": "9b1f…",
                    "amendments": 0,
                    "late_attempts": 0,
                }
            ]
        }
    )

    sitting_id: int
    hall: str
    sealed_by: str
    sealed_by_name: str
    sealed_at: datetime
    totals: dict[str, object]
    csv_sha256: str
    pdf_sha256: str
    audit_seq: int = Field(description="The entry of the audit chain that both files print as its head.")
    audit_hash: str
    amendments: int = Field(description="How many corrections were made since.")
    late_attempts: int = Field(description="Check-ins that reached the office after the seal, and changed nothing.")


class ClosingPublic(BaseModel):
    """Where the end of an exam stands, in one hall."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sitting_id": 1,
                    "hall": "A",
                    "totals": example_of(Totals),
                    "inside": 218,
                    "admitted": 221,
                    "policy": "challenge",
                    "check_in_over": True,
                    "out": [example_of(OutPerson)],
                    "open_cases": [],
                    "head_count": 218,
                    "scripts_collected": 220,
                    "head_count_unexplained": 0,
                    "scripts_unexplained": 0,
                    "differences": [example_of(DifferencePublic)],
                    "blockers": [],
                    "seal": None,
                }
            ]
        }
    )

    sitting_id: int
    hall: str
    totals: Totals
    inside: int = Field(description="Present or late: what the head count is held against.")
    admitted: int = Field(description="Those and who is out: what the scripts are held against.")
    policy: str
    check_in_over: bool
    closed_at: datetime | None = Field(description="When somebody closed check-in here; null: as planned.")
    out: list[OutPerson]
    open_cases: list[ReviewPublic]
    head_count: int | None
    scripts_collected: int | None
    head_count_unexplained: int = Field(description="Counted minus roster minus what was signed for.")
    scripts_unexplained: int
    differences: list[DifferencePublic]
    blockers: list[str] = Field(description="Codes of what keeps it from being sealed; empty: it can be.")
    seal: SealPublic | None


class AmendmentCreate(BaseModel):
    """A correction of a sealed record."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"student_id": "S0001", "status": "present", "reason": "sat at another table"}]
        },
    )

    student_id: StudentNumber
    status: FinalStatus
    reason: str = Reason


class AmendmentPublic(BaseModel):
    """One correction."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 1,
                    "student_id": "S0001",
                    "name": "Ada Lovelace",
                    "before": "absent",
                    "after": "present",
                    "reason": "sat at another table",
                    "actor": "user:2",
                    "actor_name": "Katherine Johnson",
                    "at": "2026-11-24T09:00:00Z",
                }
            ]
        }
    )

    id: int
    student_id: str
    name: str
    before: str
    after: str
    reason: str
    actor: str
    actor_name: str
    at: datetime
