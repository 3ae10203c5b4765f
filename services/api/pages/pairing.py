"""Pairing a screen: the code that it shows is typed, the screen is recognised, and the kiosk chosen or made."""

from nicegui import ui
from starlette.concurrency import run_in_threadpool

from services.api.auth import throttle
from services.api.office import halls, kiosks, pairing
from services.api.office.kiosks import KioskCreate
from services.api.office.pairing import PairingCode, WaitingScreen
from services.api.office.work import Work
from services.api.pages.parts import clock, once_at_a_time
from services.api.pages.shell import OfficePage
from services.api.problems import Problem

NEW = ""
"""What the list of kiosks calls one that is made now."""


def pair_dialog(page: OfficePage, kiosk_id: str | None = None) -> None:
    """Ask for a screen's code, then for the kiosk that it is; with a kiosk, only for the code."""
    with (
        ui.dialog().props(f'persistent aria-label="{page.say("pair")}"') as dialog,
        ui.card().classes("nero-card nero-ask"),
    ):
        ui.label(page.say("pair")).classes("nero-subtitle")
        ui.label(page.say("pair.how", address=f"{page.request.url.scheme}://{page.request.url.netloc}/kiosk"))
        code = ui.input(page.say("pair.code")).props("autofocus maxlength=12").classes("nero-code")
        step = ui.element("div").classes("nero-ask")

        async def find() -> None:
            if not code.enabled:
                return
            code.disable()  # Enter twice is one question
            try:
                await run_in_threadpool(page.deps.throttle.hit, throttle.pairing_code_limits(page.caller.actor))
                sent = PairingCode(code=code.value or "-")
                screen = await page.read(lambda work: pairing.find(work, sent), "find_pairing")
            except Problem as problem:
                page.tell(problem)
                return
            finally:
                code.enable()
            code.disable()  # it is found: what was typed stands
            page.forget_warnings()
            found.set_visibility(False)
            with step:
                await _choose(page, sent, screen, kiosk_id)

        code.on("keydown.enter", find)
        with ui.element("div").classes("nero-bar"):
            ui.button(page.say("common.cancel"), on_click=dialog.close).props("flat no-caps")
            found = ui.button(page.say("pair.find"), on_click=find).props("no-caps")
    dialog.open()


async def _choose(page: OfficePage, sent: PairingCode, screen: WaitingScreen, kiosk_id: str | None) -> None:
    rooms = await page.read(halls.every, "list_halls")
    there = await page.read(lambda work: kiosks.every(work, None), "list_kiosks")
    at = clock(screen.shown_at, rooms[0].time_zone if rooms else "UTC")
    ui.label(page.say("pair.found", address=screen.address, at=at)).props('role="status"')
    names = {one.id: f"{one.name or one.id} · {one.hall_id}" for one in there}
    options = {NEW: page.say("pair.new"), **names}
    kiosk = ui.select(options, value=kiosk_id or NEW, label=page.say("pair.kiosk")).props("autofocus")
    new_id = ui.input(page.say("kiosks.id"))
    hall = ui.select({room.id: room.name for room in rooms}, value=rooms[0].id, label=page.say("kiosks.hall"))
    for field in (new_id, hall):
        field.bind_visibility_from(kiosk, "value", value=NEW)
    warning = ui.label(page.say("pair.replaces")).classes("nero-state warn")
    taken = {one.id for one in there if one.token_hash is not None}
    warning.bind_visibility_from(kiosk, "value", backward=lambda chosen: chosen in taken)

    def confirm(work: Work) -> str:
        if kiosk.value != NEW:
            return pairing.confirm(work, str(kiosk.value), sent).id
        new = KioskCreate.model_validate({"id": (new_id.value or "").strip(), "hall": hall.value})
        return pairing.create_and_confirm(work, new, sent).id

    async def go() -> bool:
        made = await page.attempt("create_kiosk" if kiosk.value == NEW else "pair_kiosk", confirm)
        if made is not None:
            ui.navigate.to(f"/office/kiosks/{made}")
        return made is not None

    once_at_a_time(go, ui.button(page.say("pair.go")).props("no-caps"))
