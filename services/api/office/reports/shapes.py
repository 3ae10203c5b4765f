"""What reports show."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from services.api.examples import example_of
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

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "totals": example_of(Totals),
                    "attendance_percent": 92.1,
                    "lateness": {"count": 6, "median_min": 4.0, "most_min": 11.0},
                    "overrides": {"count": 1, "taken_back": 0, "by_kind": {"admit": 1}},
                    "exceptions": [{"verdict": "ambiguous", "detail": "margin", "count": 1, "open": 0}],
                    "doors": [
                        {
                            "door": "A__door1",
                            "people": 221,
                            "refused": 4,
                            "refused_percent": 1.8,
                            "by_reason": {"timeout": 4},
                        }
                    ],
                    "minutes_to_last": 41.0,
                    "waiting": {"cases": 1, "answered": 1, "median_s": 41.0, "p95_s": 41.0, "longest_s": 41.0},
                }
            ]
        }
    )

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

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sitting_id": 1,
                    "exam_code": "MATH-201",
                    "subject": "Analysis II",
                    "halls": ["A", "B"],
                    "zone": "UTC",
                    "opens_at": "2026-11-23T08:30:00Z",
                    "starts_at": "2026-11-23T09:00:00Z",
                    "ends_at": "2026-11-23T11:00:00Z",
                    "policy": "challenge",
                    "state": "sealed",
                }
            ]
        }
    )

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

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "student_id": "S0001",
                    "name": "Ada Lovelace",
                    "hall": "A",
                    "table": "C-14",
                    "status": "present",
                    "admitted_at": "2026-11-23T08:52:11Z",
                    "minutes_late": None,
                    "door": "A__door1",
                    "overrides": 0,
                    "cases": 0,
                    "amended": False,
                }
            ]
        }
    )

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
        json_schema_extra={
            "examples": [
                {
                    "head": example_of(SittingHead),
                    "figures": example_of(Figures),
                    "arrivals": {"minutes": ["2026-11-23T08:52:00Z"], "punctual": [1], "late": [0]},
                    "students": [example_of(StudentLine)],
                }
            ]
        }
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

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "title": "MATH-201",
                    "since": None,
                    "until": None,
                    "figures": example_of(Figures),
                    "arrivals": {"minutes": [22], "punctual": [1], "late": [0]},
                    "sittings": [{"head": example_of(SittingHead), "figures": example_of(Figures)}],
                }
            ]
        }
    )

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

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "student_id": "S0001",
                    "name": "Ada Lovelace",
                    "totals": {"on_roster": 1, "present": 1},
                    "attendance_percent": 100.0,
                    "sittings": [
                        {"head": example_of(SittingHead), "line": example_of(StudentLine), "refused_first": 0}
                    ],
                }
            ]
        }
    )

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
