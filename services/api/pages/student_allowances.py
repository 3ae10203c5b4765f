"""What a student is allowed, at one sitting or at all of them."""

from collections.abc import Awaitable, Callable
from functools import partial

from nicegui import ui

from services.api.office import accommodations, student_sittings
from services.api.office.accommodations import EVERYWHERE, AccommodationPublic, AccommodationSet
from services.api.office.student_sittings import StudentSitting
from services.api.office.work import Work
from services.api.pages.parts import clock, day, put_away, sure
from services.api.pages.shell import OfficePage

Act = Callable[[AccommodationPublic], Awaitable[None]]


async def allowances_section(page: OfficePage, student_id: str) -> None:
    """Draw what is allowed, and for who may the form."""
    box = ui.element("div").classes("nero-section")
    places = await page.read(lambda work: student_sittings.of_student(work, student_id), "list_student_sittings")
    names = {EVERYWHERE: page.say("allowance.everywhere"), **{one.sitting_id: named(page, one) for one in places}}

    async def draw() -> None:
        found = await page.read(lambda work: accommodations.of_student(work, student_id), "list_accommodations")
        box.clear()
        with box:
            _rows(page, found, names, edit, remove)

    if page.may("set_accommodation"):
        ui.button(page.say("allowance.new"), icon="add", on_click=lambda: edit(None)).props("outline no-caps")

    async def edit(there: AccommodationPublic | None) -> None:
        if await _form(page, student_id, names, there):
            await draw()

    async def remove(there: AccommodationPublic) -> None:
        goes = page.say("allowance.delete.goes", where=names.get(there.sitting_id or EVERYWHERE, ""))
        if not await sure(page, page.say("allowance.delete.sure"), goes, page.say("common.delete")):
            return
        where = there.sitting_id or EVERYWHERE
        await page.attempt("delete_accommodation", lambda work: accommodations.delete(work, student_id, where))
        await draw()

    await draw()


def named(page: OfficePage, place: StudentSitting) -> str:
    """Return how a sitting is called in a list: exam and time."""
    zone = place.time_zone
    return f"{place.exam_code} · {day(page, place.starts_at, zone)}, {clock(place.starts_at, zone)}"


def _rows(page: OfficePage, found: list[AccommodationPublic], names: dict[int, str], edit: Act, remove: Act) -> None:
    if not found:
        ui.label(page.say("allowance.none")).classes("nero-empty")
        return
    with ui.element("ul").classes("nero-parts"):
        for one in found:
            with ui.element("li").classes("nero-part"):
                _row(page, one, names.get(one.sitting_id or EVERYWHERE, f"#{one.sitting_id}"))
                if page.may("set_accommodation"):
                    ui.space()
                    ui.button(page.say("common.edit"), on_click=partial(edit, one)).props("flat dense no-caps")
                    ui.button(page.say("common.delete"), on_click=partial(remove, one)).props("flat dense no-caps")


def _row(page: OfficePage, one: AccommodationPublic, where: str) -> None:
    ui.label(where).classes("nero-part-name")
    if one.allowance_min:
        ui.label(page.say("allowance.minutes", minutes=one.allowance_min))
    if one.no_challenge:
        ui.label(page.say("allowance.no_challenge"))
    for code, text in (("allowance.seat", one.seat_need), ("allowance.note", one.note)):
        if text:
            ui.label(f"{page.say(code)}: {text}")


async def _form(page: OfficePage, student_id: str, names: dict[int, str], there: AccommodationPublic | None) -> bool:
    with ui.dialog() as dialog, ui.card().classes("nero-card nero-ask"):
        ui.label(page.say("allowance.new")).classes("nero-subtitle")
        where = ui.select(
            names, value=(there.sitting_id or EVERYWHERE) if there else EVERYWHERE, label=page.say("allowance.where")
        )
        where.set_enabled(there is None)
        minutes = ui.number(
            page.say("allowance.minutes.label"), value=there.allowance_min if there else 0, min=0, max=240, precision=0
        )
        no_challenge = ui.checkbox(page.say("allowance.no_challenge"), value=bool(there and there.no_challenge))
        ui.label(page.say("allowance.no_challenge.means")).classes("nero-soft")
        seat = ui.input(page.say("allowance.seat.label"), value=there.seat_need if there else "")
        note = ui.textarea(page.say("allowance.note.label"), value=there.note if there else "").props("autogrow")

        async def save() -> None:
            wish = {
                "allowance_min": int(minutes.value or 0),
                "no_challenge": no_challenge.value,
                "seat_need": seat.value,
                "note": note.value,
            }
            at = int(where.value or EVERYWHERE)
            if await page.attempt("set_accommodation", lambda work: _put(work, student_id, at, wish)) is not None:
                dialog.submit(True)

        with ui.element("div").classes("nero-bar"):
            ui.button(page.say("common.cancel"), on_click=lambda: dialog.submit(False)).props("flat no-caps")
            ui.button(page.say("common.save"), on_click=save).props("no-caps")
    saved = bool(await dialog)
    put_away(dialog)
    return saved


def _put(work: Work, student_id: str, at: int, wish: dict[str, object]) -> AccommodationPublic:
    return accommodations.put(work, student_id, at, AccommodationSet.model_validate(wish))
