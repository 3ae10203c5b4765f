"""What reports show."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from services.api.office.closing.counts import Totals

Format = Literal["csv", "xlsx", "pdf"]


class Lateness(BaseModel):
    """How late the late ones were."""

    count: int = 0
    median_min: float | None = None
    most_min: float | None = None


class Overrides(BaseModel):
    """What people decided."""

    count: int = 0
    taken_back: int = 0
    by_kind: dict[str, int] = Field(default_factory=dict)


class ReasonCount(BaseModel):
    """Cases of one reason."""

    verdict: str
    detail: str
    count: int
    open: int = Field(description="Still waiting for an answer.")


class DoorTries(BaseModel):
    """First tries at one door."""

    door: str
    people: int
    refused: int = Field(description="Not let in at their first try there, by liveness or recognition.")
    refused_percent: float | None
    by_reason: dict[str, int]


class Waiting(BaseModel):
    """How long cases waited for a person."""

    cases: int = 0
    answered: int = 0
    median_s: float | None = None
    p95_s: float | None = None
    longest_s: float | None = None


class Arrivals(BaseModel):
    """Who came in each minute."""

    minutes: list[datetime] = Field(default_factory=list)
    punctual: list[int] = Field(default_factory=list)
    late: list[int] = Field(default_factory=list)


class SpanArrivals(BaseModel):
    """Who came in each minute of several sittings, their openings laid on one another."""

    minutes: list[int] = Field(
        default_factory=list, description="From the opening of check-in; below 0: let in by hand before it."
    )
    punctual: list[int] = Field(default_factory=list)
    late: list[int] = Field(default_factory=list)


class Figures(BaseModel):
    """The figures of one sitting, or of several together."""

    totals: Totals
    attendance_percent: float | None = Field(description="Of the roster, who came; null: nobody is on it.")
    lateness: Lateness
    overrides: Overrides
    exceptions: list[ReasonCount]
    doors: list[DoorTries]
    minutes_to_last: float | None = Field(description="From the opening of check-in to the last one admitted.")
    waiting: Waiting


class SittingHead(BaseModel):
    """Which sitting."""

    sitting_id: int
    exam_code: str
    subject: str
    halls: list[str]
    zone: str
    opens_at: datetime
    starts_at: datetime
    ends_at: datetime
    policy: str
    state: str


class StudentLine(BaseModel):
    """One student of a sitting."""

    student_id: str
    name: str
    hall: str
    table: str
    status: str
    admitted_at: datetime | None
    minutes_late: float | None
    door: str | None
    overrides: int
    cases: int
    amended: bool


class SittingReport(BaseModel):
    """One sitting."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"head": {"sitting_id": 1, "exam_code": "MATH-201"}, "figures": {}}]}
    )

    head: SittingHead
    figures: Figures
    arrivals: Arrivals
    students: list[StudentLine]


class SittingSummary(BaseModel):
    """One sitting of several."""

    head: SittingHead
    figures: Figures


class SpanReport(BaseModel):
    """Several sittings: an exam's, or a term's."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"title": "MATH-201", "sittings": []}]})

    title: str
    since: datetime | None
    until: datetime | None
    figures: Figures
    arrivals: SpanArrivals
    sittings: list[SittingSummary]


class StudentSittingLine(BaseModel):
    """One sitting of a student."""

    head: SittingHead
    line: StudentLine
    refused_first: int = Field(description="Doors that did not let the student in at the first try.")


class StudentReport(BaseModel):
    """One student."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"student_id": "S0001", "sittings": []}]})

    student_id: str
    name: str
    totals: Totals
    attendance_percent: float | None
    sittings: list[StudentSittingLine]


class StudentTally(BaseModel):
    """One student over several sittings."""

    student_id: str
    name: str
    totals: Totals
    minutes_late: float = Field(description="Of all sittings together.")
    overrides: int
    cases: int


class StudentsReport(BaseModel):
    """All students of a span of time."""

    since: datetime
    until: datetime
    totals: Totals
    students: list[StudentTally]


class ReportAsk(BaseModel):
    """A long report, made by a job."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "about": "term",
                    "since": "2026-11-01T00:00:00Z",
                    "until": "2026-12-20T00:00:00Z",
                    "format": "xlsx",
                }
            ]
        },
    )

    about: Literal["sitting", "exam", "term", "students"]
    sitting_id: int | None = Field(None, ge=1, lt=2**31)
    exam_id: int | None = Field(None, ge=1, lt=2**31)
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    format: Format = "xlsx"

    @model_validator(mode="after")
    def _whole(self) -> "ReportAsk":
        """Each needs to say what it is about."""
        needed = {"sitting": ("sitting_id",), "exam": ("exam_id",)}.get(self.about, ("since", "until"))
        missing = [name for name in needed if getattr(self, name) is None]
        if missing:
            raise ValueError(f"a report about {self.about} needs {' and '.join(missing)}")
        return self
