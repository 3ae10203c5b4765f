"""Kiosks by hall: each with its camera, its screen, its last picture; made here, and paired with a screen by its code."""

from nicegui import ui

from services.api.office import halls, kiosks
from services.api.office.halls import HallPublic
from services.api.office.kiosks import KioskCreate, KioskPublic
from services.api.office.work import Work
from services.api.pages.camera_view import camera_view
from services.api.pages.kiosk_words import KioskStates, direction_word
from services.api.pages.pairing import pair_dialog
from services.api.pages.parts import once_at_a_time, request_query, subtitle
from services.api.pages.shell import OfficePage, office_page
from services.api.problems import Problem

LOOK_EVERY_S = 3.0
PICTURE_EVERY_S = 5.0


@office_page("/kiosks", "page_kiosks", "kiosks", menu=80, icon="videocam")
async def build(page: OfficePage) -> None:
    """Show every kiosk, or one hall's, and keep their states new."""
    rooms = await page.read(halls.every, "list_halls")
    only = request_query(page.request, "hall")
    _acts(page, rooms)
    if only:
        ui.link(page.say("kiosks.all"), "/office/kiosks")
    found = await page.read(lambda work: _kiosks(work, page, only), "list_kiosks")
    if not found:
        ui.label(page.say("kiosks.empty" if rooms else "kiosks.empty.halls")).classes("nero-empty")
        return
    cards: dict[str, KioskStates] = {}
    for hall in rooms:
        here = [kiosk for kiosk in found if kiosk.hall == hall.id]
        if here:
            subtitle(hall.name)
            with ui.element("div").classes("nero-kiosks"):
                cards.update({kiosk.id: _card(page, kiosk, hall.time_zone) for kiosk in here})

    async def look() -> None:
        try:
            for kiosk in await page.read(lambda work: _kiosks(work, page, only), "list_kiosks"):
                if kiosk.id in cards:
                    cards[kiosk.id].show(kiosk)
        except Problem as problem:
            timer.deactivate()
            page.tell(problem)

    timer = ui.timer(LOOK_EVERY_S, look)


def _kiosks(work: Work, page: OfficePage, hall: str | None) -> list[KioskPublic]:
    return [kiosks.public(work, kiosk, page.deps.frames) for kiosk in kiosks.every(work, hall)]


def _card(page: OfficePage, kiosk: KioskPublic, zone: str) -> KioskStates:
    with ui.element("section").classes("nero-card nero-kiosk").props(f'data-kiosk="{kiosk.id}"'):
        if page.may("get_kiosk_frame"):
            camera_view(page, kiosk.id, PICTURE_EVERY_S)
        with ui.element("div").classes("nero-kiosk-words"):
            with ui.element("h3").classes("nero-subtitle"):
                ui.link(kiosk.name or kiosk.id, f"/office/kiosks/{kiosk.id}")
            ui.label(f"{kiosk.id} · {direction_word(page, kiosk.direction)}").classes("nero-soft")
            states = KioskStates(page, zone)
    states.show(kiosk)
    return states


def _acts(page: OfficePage, rooms: list[HallPublic]) -> None:
    if not rooms:
        return
    with ui.element("div").classes("nero-bar"):
        if page.may("pair_kiosk"):
            ui.button(page.say("pair"), icon="link", on_click=lambda: pair_dialog(page)).props("no-caps")
        if page.may("create_kiosk"):
            ui.button(page.say("kiosks.new"), icon="add", on_click=lambda: _new(page, rooms)).props("no-caps outline")


async def _new(page: OfficePage, rooms: list[HallPublic]) -> None:
    with ui.dialog().props(f'aria-label="{page.say("kiosks.new")}"') as dialog, ui.card().classes("nero-card nero-ask"):
        ui.label(page.say("kiosks.new")).classes("nero-subtitle")
        kiosk_id = ui.input(page.say("kiosks.id")).props("autofocus")
        hall = ui.select({one.id: one.name for one in rooms}, value=rooms[0].id, label=page.say("kiosks.hall"))

        def create(work: Work) -> str:
            wish = {"id": (kiosk_id.value or "").strip(), "hall": hall.value}
            return kiosks.create(work, KioskCreate.model_validate(wish)).id

        async def make() -> bool:
            made = await page.attempt("create_kiosk", create)
            if made is not None:
                ui.navigate.to(f"/office/kiosks/{made}")
            return made is not None

        with ui.element("div").classes("nero-bar"):
            ui.button(page.say("common.cancel"), on_click=dialog.close).props("flat no-caps")
            once_at_a_time(make, ui.button(page.say("kiosks.create")).props("no-caps"))
    dialog.open()
