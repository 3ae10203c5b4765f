"""The grid as a CSV: what is filtered, row by row, however many there are."""

from collections.abc import Iterator

from services.api.office.grid.rows import every
from services.api.office.grid.shapes import GridFilter
from services.api.office.tables_csv import stream_csv
from services.api.office.work import Work

HEADER = ("student_id", "name", "exam", "date", "start", "hall", "table_number", "status", "at", "note")


def csv_of(work: Work, wanted: GridFilter) -> Iterator[bytes]:
    """Give the file piece by piece; its columns are those that the timetable's import takes."""
    rows = (
        (
            row.student_id,
            row.name,
            row.exam,
            row.date,
            row.time,
            row.hall,
            row.table,
            row.status or "",
            row.at.isoformat() if row.at else "",
            row.note,
        )
        for row in every(work, wanted)
    )
    return stream_csv(HEADER, rows)
