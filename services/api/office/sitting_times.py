"""When a sitting is, as people say it: one day, and times of it by the clock of its hall. It may go past midnight."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from services.api.office import halls
from services.api.office.work import Work
from services.api.problems import unfit

_DAY = timedelta(days=1)
FIELDS = ("starts_at", "ends_at", "opens_at", "late_after", "closes_at")


@dataclass(frozen=True)
class Times:
    """What was typed: a day, and times that may be left out."""

    day: str
    clocks: Mapping[str, str]

    def moments(self, zone: str) -> dict[str, datetime]:
        """Return the moments that are meant, in UTC.

        An end that is not after the start is on the next day; any other time is the one nearest to the start.

        Raises:
            Problem: the day, the start or the end is missing, one can't be read, or there is no such day.
        """
        try:
            return self._moments(zone)
        except OverflowError as error:
            raise unfit("no_such_time", "That is before the first day there is, or after the last.", "day") from error

    def _moments(self, zone: str) -> dict[str, datetime]:
        begins = datetime.combine(_day(self.day), _clock(self.clocks, "starts_at"), ZoneInfo(zone))
        found = {"starts_at": begins, "ends_at": _next_to(begins, _clock(self.clocks, "ends_at"))}
        if found["ends_at"] <= begins:
            found["ends_at"] += _DAY
        for name in FIELDS[2:]:
            if self.clocks.get(name):
                found[name] = _next_to(begins, _clock(self.clocks, name))
        return {name: moment.astimezone(UTC) for name, moment in found.items()}


class SittingTimes(BaseModel):
    """The moments that are meant by a day and times of it, as a new or changed sitting takes them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "time_zone": "Asia/Kuala_Lumpur",
                    "starts_at": "2026-11-23T15:30:00Z",
                    "ends_at": "2026-11-23T17:30:00Z",
                    "opens_at": "2026-11-23T15:00:00Z",
                    "late_after": None,
                    "closes_at": "2026-11-23T16:15:00Z",
                }
            ]
        }
    )

    time_zone: str = Field(description="The hall's, in which the times were said.")
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime | None = Field(None, description="null: it was not said, and follows from the start.")
    late_after: datetime | None = None
    closes_at: datetime | None = None


def at_hall(work: Work, times: Times, hall_id: str) -> SittingTimes:
    """Return the moments of times that were said by the clock of a hall.

    Raises:
        Problem: no such hall, or the day, the start or the end is missing or can't be read.
    """
    zone = halls.get(work, hall_id).time_zone
    return SittingTimes(time_zone=zone, **times.moments(zone))


def _next_to(begins: datetime, clock: time) -> datetime:
    """Return the moment of a time of day that is less than half a day away."""
    on = datetime.combine(begins.date(), clock, begins.tzinfo)
    return min((on - _DAY, on, on + _DAY), key=lambda moment: abs(moment - begins))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise unfit("day_missing", "Say on which day it is.", "day") from error


def _clock(clocks: Mapping[str, str], name: str) -> time:
    try:
        return time.fromisoformat(clocks.get(name, ""))
    except ValueError as error:
        raise unfit("time_missing", "Say when it starts and when it ends.", name) from error
