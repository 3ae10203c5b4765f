"""Where one arrives: an invigilator's halls of today, the office's next steps."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from nicegui import ui

from services.api.office import halls, sittings
from services.api.office.sitting_shapes import SittingPublic
from services.api.office.work import Work
from services.api.pages.shell import OfficePage, office_page

DAYS_AHEAD = 7


@office_page("/", "page_home", "home", menu=0, icon="home")
async def home(page: OfficePage) -> None:
    """Show the sittings of the next days, each with its halls."""
    found, zones = await page.read(_near)
    if page.may("take_hall"):
        ui.link(page.say("hall.take.offer"), "/hall")
    if not found:
        ui.label(page.say("home.empty")).classes("nero-empty")
        return
    with ui.element("div").classes("nero-cards"):
        for sitting in found:
            _card(page, sitting, zones)


def _near(work: Work) -> tuple[list[SittingPublic], dict[str, str]]:
    found = sittings.find(work, work.now - timedelta(hours=12), work.now + timedelta(days=DAYS_AHEAD), None)
    watch = work.watch()
    for sitting in found if watch is not None else []:
        sitting.halls = [hall for hall in sitting.halls if watch is None or watch.covers(sitting.id, hall)]
    return found, {hall.id: hall.time_zone for hall in halls.every(work)}


def _card(page: OfficePage, sitting: SittingPublic, zones: dict[str, str]) -> None:
    zone = ZoneInfo(zones.get(sitting.halls[0], "UTC") if sitting.halls else "UTC")
    start, end = sitting.starts_at.astimezone(zone), sitting.ends_at.astimezone(zone)
    with ui.element("section").classes("nero-card"):
        ui.html(f"{sitting.exam_code} · {sitting.subject}", tag="h2", sanitize=True).classes("text-subtitle1")
        ui.label(f"{start:%a} {start.day} {start:%b %Y}, {start:%H:%M}–{end:%H:%M}")
        with ui.element("div").classes("nero-bar"):
            for hall in sitting.halls:
                ui.link(page.say("home.hall", hall=hall), f"/hall/{sitting.id}/{hall}")
            if page.may("page_closing"):
                ui.link(page.say("home.close"), f"/office/sittings/{sitting.id}/close")
