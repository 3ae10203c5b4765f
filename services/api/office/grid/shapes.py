"""What is asked, shown and saved of the grid."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from services.api.office.attendance import Status

StatusFilter = Literal["expected", "present", "late", "out", "absent", "cancelled", "none"]
SortBy = Literal[
    "student_id",
    "-student_id",
    "name",
    "-name",
    "exam",
    "-exam",
    "date",
    "-date",
    "hall",
    "-hall",
    "table",
    "-table",
    "status",
    "-status",
]
Column = Literal["student_id", "name", "exam", "date", "time", "hall", "table", "note"]
PLACE_COLUMNS: tuple[Column, ...] = ("exam", "date", "time", "hall", "table", "note")
"""The columns that say where a student sits; `name` is the student's own."""
MOST_ROWS_SAVED = 5_000
EXAMPLE: JsonDict = {
    "key": "e17",
    "student_id": "S0001",
    "name": "Ada Lovelace",
    "exam": "MATH-201",
    "date": "2026-11-23",
    "time": "09:00",
    "hall": "A",
    "table": "C-14",
    "note": "",
    "status": "present",
    "at": "2026-11-23T08:52:11Z",
    "student_version": 1,
    "entry_version": 1,
    "active": True,
    "sitting_id": 1,
    "zone": "UTC",
    "provisional": False,
    "sealed": False,
}


class GridFilter(BaseModel):
    """Which rows are meant; all of them where nothing is said."""

    exam: str | None = Field(None, max_length=64, description="An exam's whole code, else a part of one.")
    day: date | None = Field(None, alias="date", description="The day of the sitting, in its hall's time zone.")
    hall: str | None = Field(None, max_length=64, description="A hall's whole id, else a part of its id or name.")
    status: StatusFilter | None = Field(
        None, description="As it is shown; `none`: students who are at no sitting at all."
    )
    text: str | None = Field(
        None, max_length=200, description="Words of a name or a student number, in any script and any case."
    )
    sitting: int | None = Field(None, ge=1, lt=2**31, description="One sitting, by its id.")


class GridView(GridFilter):
    """A page of these rows."""

    sort: SortBy = Field("student_id", description="A column; with `-` before it, backwards.")
    offset: int = Field(0, ge=0, lt=2**31)
    limit: int = Field(100, ge=1, le=1000)
    keys: list[str] = Field(
        default_factory=list, max_length=1000, description="Only these rows, whatever the filter: as they are now."
    )


class GridRow(BaseModel):
    """One student at one sitting, or at none."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    key: str = Field(description="Names the row in edits: `e17`, or `s:S0001` for a student at no sitting.")
    student_id: str
    name: str
    active: bool
    student_version: int
    entry_version: int | None
    sitting_id: int | None
    exam: str
    date: str = Field(description="The sitting's day in the hall's time zone, `2026-11-23`.")
    time: str = Field(description="When it starts there, `09:00`.")
    zone: str
    hall: str
    table: str
    note: str
    status: Status | None = Field(description="`absent` is who was expected, once check-in is over.")
    at: datetime | None = Field(description="When the student came in, or went out.")
    provisional: bool
    sealed: bool = Field(description="The record is sealed: nothing of this row but the name can be edited.")


class GridPage(BaseModel):
    """Some rows of a view, and how many there are."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"rows": [EXAMPLE], "total": 200000}]})

    rows: list[GridRow]
    total: int


class GridTotals(BaseModel):
    """How many stand how, in what is filtered."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"rows": 240, "students": 240, "expected": 0, "present": 212, "late": 6, "out": 3, "absent": 19}
            ]
        }
    )

    rows: int = 0
    students: int = Field(0, description="Each counted once, however many sittings they are at.")
    expected: int = 0
    present: int = 0
    late: int = 0
    out: int = 0
    absent: int = 0
    cancelled: int = Field(0, description="Expected at a sitting that is cancelled.")


class GridCells(BaseModel):
    """Cells of a row; what is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"table": "C-15"}]})

    name: str | None = None
    exam: str | None = Field(None, description="The code of an exam that there is: the student moves to it.")
    date: str | None = Field(None, description="`2026-11-23`: the student moves to the exam's sitting of that day.")
    time: str | None = Field(None, description="`09:00`: which sitting, where the exam has several that day.")
    hall: str | None = None
    table: str | None = None
    note: str | None = None


class GridEdit(BaseModel):
    """Edited cells of one row."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "key": "e17",
                    "student_version": 1,
                    "entry_version": 3,
                    "cells": {"table": "C-15"},
                    "seen": {"table": "C-14"},
                }
            ]
        },
    )

    key: str = Field(max_length=80)
    student_version: int | None = Field(None, description="The one that was seen: another there is a conflict.")
    entry_version: int | None = Field(None, description="The one that was seen: another there is a conflict.")
    cells: GridCells
    seen: GridCells = Field(
        default_factory=GridCells,
        description="What these cells held when they were edited: one that still holds it is no conflict.",
    )


class GridAdd(BaseModel):
    """A new row: a student, made if there is none of this number, and where they sit."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(max_length=80, description="The page's own name of the row, for what is said of it.")
    student_id: str = Field(max_length=64)
    cells: GridCells = Field(default_factory=GridCells)


class GridRemove(BaseModel):
    """A row that goes: off the roster, or with `s:…` the student, photos and templates at once."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(max_length=80)
    student_version: int | None = None
    entry_version: int | None = None


class GridSave(BaseModel):
    """Everything that was edited since the last save: all of it is applied, or with any bad cell nothing."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "edits": [{"key": "e17", "entry_version": 3, "cells": {"table": "C-15"}}],
                    "add": [
                        {
                            "key": "new1",
                            "student_id": "S0002",
                            "cells": {"exam": "MATH-201", "date": "2026-11-23", "hall": "A"},
                        }
                    ],
                    "remove": [{"key": "e18", "entry_version": 1}],
                }
            ]
        },
    )

    edits: list[GridEdit] = Field(default_factory=list, max_length=MOST_ROWS_SAVED)
    add: list[GridAdd] = Field(default_factory=list, max_length=MOST_ROWS_SAVED)
    remove: list[GridRemove] = Field(default_factory=list, max_length=MOST_ROWS_SAVED)


class GridSaved(BaseModel):
    """What a save did."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"edited": 1, "added": 1, "removed": 1, "students_created": 0}]}
    )

    edited: int = 0
    added: int = 0
    removed: int = 0
    students_created: int = 0
