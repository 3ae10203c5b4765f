"""Halls: listed with their plans in small, made, and one by one with the plan to block seats on."""

from html import escape

from nicegui import ui

from services.api.office import halls, kiosks
from services.api.office.halls import HallCreate, HallPublic, on_plan
from services.api.office.work import Work
from services.api.pages.parts import once_at_a_time
from services.api.pages.shell import OfficePage, office_page

MOST_DRAWN = 2000
"""Seats of a plan that is drawn in small; a larger one says its size."""


@office_page("/halls", "page_halls", "halls", menu=20, icon="meeting_room")
async def build(page: OfficePage) -> None:
    """Show every hall, and make a new one."""
    found, doors = await page.read(_halls)
    if page.may("create_hall"):
        with ui.element("div").classes("nero-bar"):
            ui.button(page.say("halls.new"), icon="add", on_click=lambda: _new(page)).props("no-caps")
    if not found:
        ui.label(page.say("halls.empty")).classes("nero-empty")
        return
    with ui.element("div").classes("nero-cards"):
        for hall in found:
            _card(page, hall, doors.get(hall.id, 0))


def _halls(work: Work) -> tuple[list[HallPublic], dict[str, int]]:
    doors: dict[str, int] = {}
    for kiosk in kiosks.every(work, None):
        doors[kiosk.hall_id] = doors.get(kiosk.hall_id, 0) + 1
    return halls.every(work), doors


def _card(page: OfficePage, hall: HallPublic, doors: int) -> None:
    with ui.element("section").classes("nero-card nero-hall"):
        with ui.element("h2").classes("nero-subtitle"):
            ui.link(hall.name, f"/office/halls/{hall.id}")
        ui.label(size_words(page, hall))
        small_plan(hall)
        if hall.directions:
            ui.label(hall.directions).classes("nero-soft")
        ui.label(hall.time_zone).classes("nero-soft")
        ui.link(page.say("halls.kiosks", number=doors), f"/office/kiosks?hall={hall.id}")


def size_words(page: OfficePage, hall: HallPublic) -> str:
    """Return how large a hall is."""
    if hall.capacity is None:
        return page.say("halls.no_plan", hall=hall.id)
    return page.say("halls.size", hall=hall.id, rows=hall.rows, columns=hall.columns, capacity=hall.capacity)


def small_plan(hall: HallPublic) -> None:
    """Draw the plan in small, for the eye alone."""
    rows, columns = hall.rows or 0, hall.columns or 0
    if not 0 < rows * columns <= MOST_DRAWN:
        return
    gone = set(on_plan(hall.blocked, rows, columns))
    seats = "".join(
        f'<rect x="{column * 4 - 3}" y="{row * 4 - 3}" width="3" height="3" class="{"gone" if (row, column) in gone else ""}"/>'
        for row in range(1, rows + 1)
        for column in range(1, columns + 1)
    )
    svg = f'<svg viewBox="0 0 {columns * 4 + 1} {rows * 4 + 1}" aria-hidden="true" style="--rows: {rows}">{seats}</svg>'
    ui.html(svg, sanitize=False).classes("nero-small-plan")


async def _new(page: OfficePage) -> None:
    with ui.dialog().props(f'aria-label="{page.say("halls.new")}"') as dialog, ui.card().classes("nero-card nero-ask"):
        ui.label(page.say("halls.new")).classes("nero-subtitle")
        hall_id = ui.input(page.say("halls.id")).props(f'autofocus hint="{escape(page.say("halls.id.hint"))}"')
        name = ui.input(page.say("halls.name"))
        rows = ui.number(page.say("halls.rows"), min=1, max=200, precision=0)
        columns = ui.number(page.say("halls.columns"), min=1, max=200, precision=0)

        def create(work: Work) -> HallPublic:
            wish = {"id": hall_id.value, "name": name.value, "rows": rows.value, "columns": columns.value}
            return halls.create(work, HallCreate.model_validate(wish))

        async def make() -> bool:
            made = await page.attempt("create_hall", create)
            if made is not None:
                ui.navigate.to(f"/office/halls/{made.id}")
            return made is not None

        with ui.element("div").classes("nero-bar"):
            ui.button(page.say("common.cancel"), on_click=dialog.close).props("flat no-caps")
            once_at_a_time(make, ui.button(page.say("halls.create")).props("no-caps"))
    dialog.open()
