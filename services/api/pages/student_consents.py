"""On what basis a student's face is held, and taking it back."""

from nicegui import ui

from services.api.office import consents, halls
from services.api.office.consents import ConsentPublic
from services.api.pages.enrolling import basis_word
from services.api.pages.parts import clock, day, sure
from services.api.pages.shell import OfficePage


async def consents_section(page: OfficePage, student_id: str) -> None:
    """Draw what was agreed to, and for who may the withdrawal."""
    found = await page.read(lambda work: consents.of_student(work, student_id), "list_consents")
    if not found:
        ui.label(page.say("consents.none")).classes("nero-empty")
        return
    zone = await page.read(halls.usual_zone)
    with ui.element("ul").classes("nero-parts"):
        for one in found:
            with ui.element("li").classes("nero-part"):
                _consent(page, one, zone)
    if page.may("withdraw_consent") and any(one.withdrawn_at is None for one in found):
        ui.button(page.say("consents.withdraw"), on_click=lambda: _withdraw(page, student_id)).props("outline no-caps")


def _consent(page: OfficePage, one: ConsentPublic, zone: str) -> None:
    ui.label(basis_word(page, one.basis)).classes("nero-part-name")
    ui.label(page.say("consents.version", version=one.text_version))
    ui.label(page.say("consents.given", at=f"{day(page, one.given_at, zone)}, {clock(one.given_at, zone)}"))
    if one.withdrawn_at is not None:
        at = f"{day(page, one.withdrawn_at, zone)}, {clock(one.withdrawn_at, zone)}"
        ui.label(f"× {page.say('consents.withdrawn', at=at)}").classes("nero-state bad")


async def _withdraw(page: OfficePage, student_id: str) -> None:
    question, goes = page.say("consents.withdraw.sure"), page.say("student.opt_out.goes")
    if not await sure(page, question, goes, page.say("consents.withdraw")):
        return
    if await page.attempt("withdraw_consent", lambda work: consents.withdraw(work, student_id)) is not None:
        ui.navigate.reload()
