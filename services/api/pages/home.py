"""Where one arrives: the sittings of the next days, and the ways into each."""

from datetime import timedelta

from nicegui import ui

from services.api.office import halls, sittings
from services.api.office.sitting_shapes import SittingPublic
from services.api.office.work import Work
from services.api.pages.exams import state_words
from services.api.pages.parts import clock, day
from services.api.pages.registry import PAGES
from services.api.pages.shell import OfficePage, office_page

DAYS_AHEAD = 7
_FIRST = ("page_students", "page_halls", "page_exams", "page_rosters")
"""Where an exam is made, in the order of the work."""


@office_page("/", "page_home", "home", menu=0, icon="home")
async def home(page: OfficePage) -> None:
    """Show the sittings of the next days, each with its halls."""
    found, zones = await page.read(_near)
    if page.may("take_hall"):
        ui.link(page.say("hall.take.offer"), "/hall")
    if not found:
        _nothing_yet(page)
        return
    with ui.element("div").classes("nero-cards"):
        for sitting in found:
            _card(page, sitting, zones)


def _nothing_yet(page: OfficePage) -> None:
    """Say what to do first, with the pages that it is done on; an invigilator waits for the office."""
    if page.caller.sees_only_assigned:
        ui.label(page.say("home.empty.assigned")).classes("nero-empty")
        return
    with ui.element("div").classes("nero-empty"):
        ui.label(page.say("home.empty"))
        with ui.element("nav").classes("nero-bar justify-center").props(f'aria-label="{page.say("home.first")}"'):
            for operation in _FIRST:
                ui.link(page.say(PAGES[operation].title), PAGES[operation].address)


def _near(work: Work) -> tuple[list[SittingPublic], dict[str, str]]:
    found = sittings.find(work, work.now - timedelta(hours=12), work.now + timedelta(days=DAYS_AHEAD), None)
    watch = work.watch()
    for sitting in found if watch is not None else []:
        sitting.halls = [hall for hall in sitting.halls if watch is None or watch.covers(sitting.id, hall)]
    return found, {hall.id: hall.time_zone for hall in halls.every(work)}


def _card(page: OfficePage, sitting: SittingPublic, zones: dict[str, str]) -> None:
    zone = zones.get(sitting.halls[0], "UTC") if sitting.halls else "UTC"
    with ui.element("section").classes("nero-card"):
        ui.html(f"{sitting.exam_code} · {sitting.subject}", tag="h2", sanitize=True).classes("text-subtitle1")
        ui.label(
            f"{day(page, sitting.starts_at, zone)}, {clock(sitting.starts_at, zone)}–{clock(sitting.ends_at, zone)}"
        )
        if sitting.state != "planned":
            ui.label(state_words(page, sitting.state)).classes("nero-state warn")
        with ui.element("div").classes("nero-bar"):
            for hall in sitting.halls:
                ui.link(page.say("home.hall", hall=hall), f"/hall/{sitting.id}/{hall}")
            if page.may("page_sitting"):
                ui.link(page.say("home.sitting"), f"/office/sittings/{sitting.id}")
            if page.may("page_closing"):
                ui.link(page.say("home.close"), f"/office/sittings/{sitting.id}/close")
