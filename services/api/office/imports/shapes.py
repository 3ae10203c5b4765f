"""An import as it is shown, and the word to do it."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.api.office.imports.describe import ChangeRow
from services.api.office.imports.wanted import Kind
from services.api.problems import ProblemBody, RowProblem

State = Literal["reading", "ready", "applying", "applied", "failed", "expired"]


class ImportPublic(BaseModel):
    """What an import would do, or did."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "import-3f",
                    "kind": "roster",
                    "state": "ready",
                    "sitting_id": 1,
                    "file_name": "roster.csv",
                    "job_id": "import-3f",
                    "created_at": "2026-11-02T09:00:00Z",
                    "rows": 240,
                    "counts": {"added": 240},
                    "fingerprint": "9f86d081…",
                }
            ]
        }
    )

    id: str
    kind: Kind
    state: State = Field(description="`reading` and `applying`: a job is at it; look again.")
    sitting_id: int | None = None
    file_name: str = ""
    job_id: str = Field(description="The job to follow while it reads or applies.")
    created_at: datetime
    expires_at: datetime | None = None
    rows: int = 0
    counts: dict[str, int] = Field(default_factory=dict)
    ignored_columns: list[str] = Field(default_factory=list)
    problems: list[RowProblem] = Field(default_factory=list, description="The first of them; all are in `errors.csv`.")
    problems_total: int = 0
    clashes: list[RowProblem] = Field(default_factory=list)
    clashes_total: int = 0
    changes: list[ChangeRow] = Field(default_factory=list, description="The first of each kind; all: `changes.csv`.")
    fingerprint: str = Field("", description="Of exactly these changes: confirm with it.")
    error: str = ""
    problem: ProblemBody | None = Field(None, description="Why it failed, for a page in any language.")


class ImportConfirm(BaseModel):
    """The word to do it."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"fingerprint": "9f86d081…", "accept_clashes": False}]}
    )

    fingerprint: str = Field(max_length=64, description="Of the preview that was seen.")
    accept_clashes: bool = Field(False, description="Do it although there are clashes.")
