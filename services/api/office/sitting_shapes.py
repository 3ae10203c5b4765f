"""What is sent and shown of a sitting."""

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from shared.events import Policy

EXAMPLE: JsonDict = {
    "exam_id": 1,
    "starts_at": "2026-11-23T09:00:00Z",
    "ends_at": "2026-11-23T11:00:00Z",
    "halls": ["A", "B"],
    "policy": "challenge",
}


class SittingCreate(BaseModel):
    """A new sitting."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    exam_id: int = Field(ge=1, lt=2**31)
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    opens_at: AwareDatetime | None = Field(
        None, description="When check-in opens. Default: 30 minutes before the start."
    )
    late_after: AwareDatetime | None = Field(None, description="From when on one is late. Default: the start.")
    closes_at: AwareDatetime | None = Field(
        None, description="After it an invigilator decides. Default: 30 minutes after the start, at most the end."
    )
    policy: Policy = Field(
        "challenge", description="`off` admits without liveness; the audit log and report then say so."
    )
    halls: list[str] = Field(min_length=1, max_length=200)


class SittingChange(BaseModel):
    """What to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"late_after": "2026-11-23T09:10:00Z"}]})

    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    opens_at: AwareDatetime | None = None
    late_after: AwareDatetime | None = None
    closes_at: AwareDatetime | None = None
    policy: Policy | None = None
    halls: list[str] | None = Field(None, min_length=1, max_length=200)
    cancelled: bool | None = None
    version: int | None = None


class SittingPublic(BaseModel):
    """One sitting."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **EXAMPLE,
                    "id": 1,
                    "exam_code": "MATH-201",
                    "subject": "Analysis II",
                    "opens_at": "2026-11-23T08:30:00Z",
                    "late_after": "2026-11-23T09:00:00Z",
                    "closes_at": "2026-11-23T09:30:00Z",
                    "state": "planned",
                    "invigilators": [3],
                    "students": 180,
                    "version": 1,
                }
            ]
        }
    )

    id: int
    exam_id: int
    exam_code: str
    subject: str
    opens_at: datetime
    starts_at: datetime
    late_after: datetime
    closes_at: datetime
    ends_at: datetime
    policy: Policy
    state: str
    halls: list[str]
    invigilators: list[int] = Field(description="Ids of the users assigned to it.")
    students: int = Field(description="How many are on its roster.")
    version: int
