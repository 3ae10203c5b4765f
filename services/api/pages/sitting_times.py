"""When a sitting is, as it is typed: one day, and times of it in the hall's zone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from nicegui import ui

from services.api.office.sitting_shapes import SittingPublic
from services.api.pages.shell import OfficePage
from services.api.problems import unfit

_DAY = timedelta(days=1)
FIELDS = ("starts_at", "ends_at", "opens_at", "late_after", "closes_at")


@dataclass(frozen=True)
class Times:
    """What was typed: a day, and times that may be left out."""

    day: str
    clocks: Mapping[str, str]

    def moments(self, zone: str) -> dict[str, datetime]:
        """Return the moments that are meant, in UTC; a sitting may go past midnight.

        Raises:
            Problem: the day, the start or the end is missing, or one can't be read.
        """
        begins = datetime.combine(_day(self.day), _clock(self.clocks, "starts_at"), ZoneInfo(zone))
        found = {"starts_at": begins, "ends_at": _next_to(begins, _clock(self.clocks, "ends_at"))}
        if found["ends_at"] <= begins:
            found["ends_at"] += _DAY
        for name in FIELDS[2:]:
            if self.clocks.get(name):
                found[name] = _next_to(begins, _clock(self.clocks, name))
        return {name: moment.astimezone(UTC) for name, moment in found.items()}


def _next_to(begins: datetime, clock: time) -> datetime:
    """Return the moment of a time of day that is less than half a day away."""
    on = datetime.combine(begins.date(), clock, begins.tzinfo)
    return min((on - _DAY, on, on + _DAY), key=lambda moment: abs(moment - begins))


def time_fields(
    page: OfficePage, sitting: SittingPublic | None, zone: str = "UTC", *, short: bool = False
) -> Callable[[], Times]:
    """Draw the fields; return what reads them. `short`: only what a new sitting can't do without."""
    local = {name: getattr(sitting, name).astimezone(ZoneInfo(zone)) for name in FIELDS} if sitting else {}
    names = FIELDS[:2] if short else FIELDS
    with ui.element("div").classes("nero-bar nero-times"):
        on = ui.input(page.say("sitting.day"), value=f"{local['starts_at']:%Y-%m-%d}" if local else "")
        on.props("type=date stack-label")
        ui.label().bind_text_from(on, "value", backward=lambda text: _plainly(page, text)).classes("nero-soft nero-on")
        fields = {
            name: ui.input(page.say(f"sitting.{name}"), value=f"{local[name]:%H:%M}" if local else "").props(
                "type=time stack-label"
            )
            for name in names
        }
    return lambda: Times(str(on.value or ""), {name: str(field.value or "") for name, field in fields.items()})


def _plainly(page: OfficePage, text: str | None) -> str:
    """Say a day as nobody reads it wrong: browsers write 12/01/2026 for the first of December, or the twelfth of January."""
    try:
        on = date.fromisoformat(text or "")
    except ValueError:
        return ""
    return page.words.day(on)


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
