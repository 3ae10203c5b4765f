"""The fields in which it is typed when a sitting is: one day, and times of it by the clock of its hall."""

from collections.abc import Callable
from datetime import date
from zoneinfo import ZoneInfo

from nicegui import ui

from services.api.office.sitting_shapes import SittingPublic
from services.api.office.sitting_times import FIELDS, Times
from services.api.pages.shell import OfficePage


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
