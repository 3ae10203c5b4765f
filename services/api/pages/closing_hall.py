"""What the page of the end of an exam knows of its hall, and how each of its steps is framed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from nicegui import ui

from services.api.office import halls, record, sittings
from services.api.office.closing import state
from services.api.office.closing.shapes import ClosingPublic
from services.api.office.record import Line
from services.api.office.sitting_shapes import SittingPublic
from services.api.office.work import Work
from services.api.pages.shell import OfficePage

Again = Callable[[], Awaitable[None]]
"""Draws the page's content anew."""


@dataclass(frozen=True)
class Hall:
    """What the page is about."""

    sitting: SittingPublic
    hall_id: str
    zone: str
    state: ClosingPublic
    roster: list[Line]

    @property
    def place(self) -> dict[str, object]:
        """The path of its operations."""
        return {"sitting_id": self.sitting.id, "hall_id": self.hall_id}


def watched(work: Work, sitting: SittingPublic) -> list[str]:
    """Return the halls of the sitting that the user may see."""
    watch = work.watch()
    own = watch.halls_of(sitting.id) if watch is not None else None
    return [hall_id for hall_id in sitting.halls if own is None or hall_id in own]


def look(work: Work, sitting: SittingPublic, hall_id: str) -> Hall:
    """Read all that the page shows."""
    row = sittings.get(work, sitting.id)
    return Hall(
        sitting=sitting,
        hall_id=hall_id,
        zone=halls.get(work, hall_id).time_zone,
        state=state.look(work, sitting.id, hall_id),
        roster=record.lines(work, row, hall_id),
    )


def step(page: OfficePage, title: str, *, done: bool) -> ui.element:
    """Frame one step: its title (a code), and whether it is done, by word and shape."""
    section = ui.element("section").classes("nero-card nero-step")
    with section, ui.element("header").classes("nero-bar"):
        ui.html(page.say(title), tag="h2", sanitize=True).classes("nero-subtitle")
        mark, word = ("✓", "closing.done") if done else ("▲", "closing.to_do")
        ui.label(f"{mark} {page.say(word)}").classes(f"nero-state {'good' if done else 'warn'}")
    return section
