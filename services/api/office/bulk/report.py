"""What became of each file of a bulk enrolment."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, or_, select

from services.api.db.tables import LookAlikePair
from services.api.office.bulk.files import PhotoFile
from services.api.office.bulk.storing import PhotoState
from services.api.office.tables_csv import write_csv
from services.api.office.work import Work
from services.api.problems import RowProblem

WRONG_LINE = "wrong_line"
_AT_ONCE = 400
_HEADER = ("file", "student_id", "result", "detail", "looks_like")


class ReportRow(BaseModel):
    """One file."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"file": "S0001.jpg", "student_id": "S0001", "result": "enrolled", "looks_like": ["S0007"]}]
        }
    )

    file: str
    student_id: str = ""
    result: str = Field(
        description="`enrolled`, `already` (it was before), `waiting` (the worker has not answered), or why it was "
        "refused: `unknown_student`, `inactive_student`, `by_number`, `double`, `same_picture`, `too_many_photos`, "
        "`not_an_image`, `image_too_large`, or the enrolment worker's code (`no_face`, `blurred`, …)."
    )
    detail: str = ""
    code: str = Field("", description="What is wrong with a line of the list.")
    values: dict[str, str] = Field(default_factory=dict, description="What the sentence in another language needs.")
    looks_like: list[str] = Field(default_factory=list, description="Students of the same slots who are too alike.")

    def wrong_line(self) -> RowProblem:
        """Return what is wrong with a line of the list."""
        return RowProblem(where=self.file, code=self.code, message=self.detail, values=self.values)


def wrong_lines(found: Iterable[RowProblem]) -> list[ReportRow]:
    """Name the wrong lines of the list of students."""
    return [
        ReportRow(file=one.where, result=WRONG_LINE, detail=one.message, code=one.code, values=one.values)
        for one in found
    ]


def rows_of(
    files: Iterable[PhotoFile],
    states: dict[str, PhotoState],
    asked_at: datetime,
    gone: set[str],
    alike: dict[str, list[str]],
) -> list[ReportRow]:
    """Say of each file what became of it; what was judged before `asked_at` was so already. Pure."""
    return [_row(file, states, asked_at, gone, alike) for file in files]


def without_photo(files: Iterable[PhotoFile], listed: Iterable[str]) -> list[ReportRow]:
    """Name the students of the list of whom the archive has no photo."""
    have = {file.student_id for file in files}
    return [ReportRow(file="", student_id=one, result="no_photo") for one in listed if one not in have]


def look_alikes(work: Work, students: Sequence[str]) -> dict[str, list[str]]:
    """Return, for each of these students, who was found too much alike."""
    found: dict[str, set[str]] = {}
    for at in range(0, len(students), _AT_ONCE):
        some = list(students[at : at + _AT_ONCE])
        mine = or_(col(LookAlikePair.student_a).in_(some), col(LookAlikePair.student_b).in_(some))
        for pair in work.session.exec(select(LookAlikePair).where(mine, LookAlikePair.state != "dismissed")):
            found.setdefault(pair.student_a, set()).add(pair.student_b)
            found.setdefault(pair.student_b, set()).add(pair.student_a)
    return {student: sorted(others) for student, others in found.items()}


def counts_of(rows: Iterable[ReportRow]) -> dict[str, object]:
    """Count the results, and the students who can be told apart by face now."""
    listed = list(rows)
    enrolled = {row.student_id for row in listed if row.result in ("enrolled", "already")}
    alike = {row.student_id for row in listed if row.looks_like}
    return {
        "files": sum(bool(row.file) for row in listed),
        "students_enrolled": len(enrolled),
        "look_alikes": len(alike),
        "results": dict(sorted(Counter(row.result for row in listed).items())),
    }


def to_csv(rows: Iterable[ReportRow]) -> bytes:
    """Return the report as a file."""
    return write_csv(
        _HEADER, ((row.file, row.student_id, row.result, row.detail, " ".join(row.looks_like)) for row in rows)
    )


def to_json(rows: Sequence[ReportRow]) -> bytes:
    """Return the report as it is kept."""
    return json.dumps([row.model_dump() for row in rows]).encode()


def from_json(data: bytes) -> list[ReportRow]:
    """Undo `to_json`."""
    return [ReportRow.model_validate(row) for row in json.loads(data)]


def _row(
    file: PhotoFile,
    states: dict[str, PhotoState],
    asked_at: datetime,
    gone: set[str],
    alike: dict[str, list[str]],
) -> ReportRow:
    row = ReportRow(file=file.name, student_id=file.student_id, result=file.result, detail=file.detail)
    row.values = dict(file.values)
    if file.result:
        return row
    state = states.get(file.photo_id)
    if file.student_id in gone or state is None:
        return row.model_copy(update={"result": "unknown_student"})
    row.looks_like = alike.get(file.student_id, [])
    if state.state == "enrolled":
        row.result = "enrolled" if state.judged_since(asked_at) else "already"
    elif state.state == "refused":
        row.result, row.detail = state.refusal or "refused", state.detail
    else:
        row.result = "waiting"
    return row
