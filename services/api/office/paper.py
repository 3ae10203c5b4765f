"""The paper sheet entered afterwards: many at once, with the times on it, all or nothing."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.api.attendance.decisions import mark
from services.api.attendance.rules import rules_of
from services.api.db.tables import RosterEntry
from services.api.office import rosters, sittings
from services.api.office.decisions import Key, by_of, check_time
from services.api.office.students import StudentNumber
from services.api.office.work import Work
from services.api.problems import Problem, RowProblem, unfit
from services.api.words import row_problem

ON_PAPER = "from the paper sheet"


class PaperRow(BaseModel):
    """One line of the sheet."""

    model_config = ConfigDict(extra="forbid")

    student_id: StudentNumber
    at: AwareDatetime = Field(description="The time on the sheet.")
    status: Literal["in", "out"] = "in"


class PaperSheet(BaseModel):
    """Lines of the sheet."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"rows": [{"student_id": "S0001", "at": "2026-11-23T08:57:00Z"}], "key": "sheet-1"}]
        },
    )

    rows: list[PaperRow] = Field(min_length=1, max_length=2000)
    key: str | None = Key


class PaperEntered(BaseModel):
    """What came of the sheet."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"entered": 12, "in_already": ["S0007"]}]})

    entered: int
    in_already: list[str] = Field(description="Who was in before: nothing was changed for them.")


def enter(work: Work, sitting_id: int, hall_id: str, sheet: PaperSheet) -> PaperEntered:
    """Mark everybody on the sheet at the time on it, or with any wrong line nobody.

    Raises:
        Problem: 422 with every wrong line, a sealed sitting.
    """
    sittings.check_not_sealed(sittings.get(work, sitting_id))
    there = rosters.entries_of(work, sitting_id)
    wrong = [problem for number, row in enumerate(sheet.rows) for problem in _wrong(work, hall_id, there, number, row)]
    wrong += _doubles(sheet.rows)
    if wrong:
        raise unfit(
            "wrong_rows", f"{len(wrong)} lines are wrong; nothing was entered.", wrong[0].where, wrong, count=len(wrong)
        )
    known = [row.student_id for row in sheet.rows if _in_already(there[row.student_id], row)]
    for number, row in sorted(enumerate(sheet.rows), key=lambda line: line[1].student_id):  # locks, in their order
        if row.student_id not in known:
            _mark(work, sitting_id, row, f"{sheet.key}:{number}" if sheet.key else None)
    return PaperEntered(entered=len(sheet.rows) - len(known), in_already=known)


def _mark(work: Work, sitting_id: int, row: PaperRow, key: str | None) -> None:
    by, rules = by_of(work, key, None), rules_of(work.api)
    mark(work.session, sitting_id, row.student_id, row.status, by, rules, reason=ON_PAPER, effective_at=row.at)


def _in_already(entry: RosterEntry, row: PaperRow) -> bool:
    return row.status == "in" and entry.status in ("present", "late")


def _wrong(work: Work, hall_id: str, there: dict[str, RosterEntry], number: int, row: PaperRow) -> list[RowProblem]:
    entry = there.get(row.student_id)
    if entry is None or entry.hall_id != hall_id:
        return [row_problem(_place(number, "student_id"), "not_on_roster", student=row.student_id)]
    if row.status == "out" and entry.status == "expected":
        return [row_problem(_place(number, "status"), "not_in", student=row.student_id)]
    try:
        check_time(work, entry.sitting_id, row.at, work.now)
    except Problem as problem:
        body = problem.body
        return [RowProblem(where=_place(number, "at"), code=body.code, message=body.message, values=body.values)]
    return []


def _doubles(rows: list[PaperRow]) -> list[RowProblem]:
    seen: set[str] = set()
    wrong = []
    for number, row in enumerate(rows):
        if row.student_id in seen:
            wrong.append(row_problem(_place(number, "student_id"), "double", student=row.student_id))
        seen.add(row.student_id)
    return wrong


def _place(number: int, field: str) -> str:
    return f"rows.{number}, {field}"
