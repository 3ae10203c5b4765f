"""A table to begin with: columns that are understood, a sitting that begins soon, places of a hall that there is."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.api.office import halls, seat_labels
from services.api.office.halls import HallPublic
from services.api.office.imports.wanted import Kind
from services.api.office.tables_csv import write_csv
from services.api.office.work import Work

PEOPLE = (("S1", "Your Name"), ("S2", "Grace Hopper"), ("S3", "Ada Lovelace"))
_TIMETABLE = ("exam_code", "subject", "date", "start", "end")
_ROSTER = ("hall", "table", "student_id", "name")
_LASTS = timedelta(hours=2)
_SOON, _QUARTER = timedelta(minutes=10), timedelta(minutes=15)


def example(work: Work, kind: Kind) -> bytes:
    """Return a CSV table of three students; a timetable's sitting begins in ten to twenty-five minutes, by the hall's clock."""
    hall = next(iter(halls.every(work)), None)
    rows = [(hall.id if hall else "A", table, *who) for table, who in zip(_tables(hall), PEOPLE, strict=True)]
    if kind == "roster":
        return write_csv(_ROSTER, rows)
    start = _next_quarter(work.now + _SOON, hall.time_zone if hall else "UTC")
    end = min(start + _LASTS, start.replace(hour=23, minute=59))  # a table's line is of one day
    times = (f"{start:%Y-%m-%d}", f"{start:%H:%M}", f"{end:%H:%M}")
    return write_csv((*_TIMETABLE, *_ROSTER), [("MATH-201", "Analysis II", *times, *row) for row in rows])


def _tables(hall: HallPublic | None) -> list[str]:
    """Name the first seats that the plan has, or of a plan that it could have."""
    blocked = {tuple(seat) for seat in hall.blocked} if hall else set()
    rows, columns = (hall.rows, hall.columns) if hall and hall.rows and hall.columns else (1, len(PEOPLE))
    seats = ((row, column) for row in range(1, rows + 1) for column in range(1, columns + 1))
    named = [seat_labels.label(*seat) for seat in seats if seat not in blocked][: len(PEOPLE)]
    return named + [""] * (len(PEOPLE) - len(named))


def _next_quarter(at: datetime, zone: str) -> datetime:
    local = at.astimezone(ZoneInfo(zone)).replace(second=0, microsecond=0)
    return local + _QUARTER - timedelta(minutes=local.minute % 15)
