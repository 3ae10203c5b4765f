"""Dates and times as people type them, taken only where they can mean one thing. Pure."""

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from services.api.words import row_problem

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan",),
            ("feb",),
            ("mar", "mac"),
            ("apr",),
            ("may", "mei"),
            ("jun",),
            ("jul",),
            ("aug", "ogo"),
            ("sep",),
            ("oct", "okt"),
            ("nov",),
            ("dec", "dis"),
        ),
        start=1,
    )
    for name in names
}
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]0?0:00(?::00)?)?")
_NUMBERS = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")
_DAY_MONTH = re.compile(r"(?:[^\W\d]+[,.]?\s+)?(\d{1,2})[\s.-]+([^\W\d]{3,})[\s.,-]+(\d{4})")
_MONTH_DAY = re.compile(r"(?:[^\W\d]+[,.]?\s+)?([^\W\d]{3,})\s+(\d{1,2}),?\s+(\d{4})")
_TIME = re.compile(r"(\d{1,2})(?:[:.h](\d{2})(?::00)?)?\s*(am|pm|a\.m\.|p\.m\.|pagi|petang|malam)?", re.IGNORECASE)
_AFTERNOON = ("pm", "p.m.", "petang", "malam")


class Unreadable(ValueError):  # noqa: N818 - reads as it is raised
    """A cell that can't be taken, with the code of its sentence and what that needs."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(row_problem("", code, **values).message)
        self.code, self.values = code, values


def day_of(cell: str) -> date:
    """Read a date.

    Raises:
        Unreadable: it is none, or may be read in two ways; says how to write it.

    >>> day_of("Mon 23 Nov 2026"), day_of("23/11/2026")
    (datetime.date(2026, 11, 23), datetime.date(2026, 11, 23))
    """
    text = cell.strip()
    if found := _ISO.fullmatch(text):
        return _day(int(found[1]), int(found[2]), int(found[3]), text)
    if found := _NUMBERS.fullmatch(text):
        return _by_numbers(int(found[1]), int(found[3]), int(found[4]), found[2], text)
    if found := _DAY_MONTH.fullmatch(text):
        return _day(int(found[3]), _month(found[2], text), int(found[1]), text)
    if found := _MONTH_DAY.fullmatch(text):
        return _day(int(found[3]), _month(found[1], text), int(found[2]), text)
    raise Unreadable("no_date", date=text)


def time_of(cell: str) -> time:
    """Read a time of day.

    Raises:
        Unreadable: it is none.

    >>> time_of("9:00"), time_of("2.30 pm"), time_of("1430")
    (datetime.time(9, 0), datetime.time(14, 30), datetime.time(14, 30))
    """
    text = cell.strip()
    if re.fullmatch(r"\d{4}", text):
        text = f"{text[:2]}:{text[2:]}"
    found = _TIME.fullmatch(text)
    if found is None or (found[2] is None and found[3] is None):
        raise Unreadable("no_time", time=cell.strip())
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise Unreadable("no_time", time=cell.strip())
        hour = hour % 12 + (12 if half in _AFTERNOON else 0)
    try:
        return time(hour, minute)
    except ValueError as error:
        raise Unreadable("no_time", time=cell.strip()) from error


def moment(day: date, clock: time, zone: str) -> datetime:
    """Return when that is, UTC.

    Raises:
        Unreadable: the clocks are put forward over it: there is no such time on that day.
    """
    local = datetime.combine(day, clock, ZoneInfo(zone))
    at = local.astimezone(UTC)
    if at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Unreadable("clocks_forward", time=f"{clock:%H:%M}", date=day)
    return at


def _by_numbers(first: int, second: int, year: int, mark: str, text: str) -> date:
    """Day first with dots; with other marks only where one of the two can be no month."""
    if mark == "." or first > 12 or first == second:
        return _day(year, second, first, text)
    if second > 12:
        return _day(year, first, second, text)
    one, other = f"{year}-{second:02}-{first:02}", f"{year}-{first:02}-{second:02}"
    raise Unreadable("which_date", date=text, first=one, second=other)


def _month(name: str, text: str) -> int:
    found = _MONTHS.get(name[:3].lower())
    if found is None:
        raise Unreadable("no_date", date=text)
    return found


def _day(year: int, month: int, day: int, text: str) -> date:
    try:
        found = date(year, month, day)
    except ValueError as error:
        raise Unreadable("no_date", date=text) from error
    if not 2000 <= year <= 2100:
        raise Unreadable("not_this_century", date=text)
    return found
