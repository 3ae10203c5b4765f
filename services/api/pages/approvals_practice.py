"""The tab of practice: who should send a better photo, weeks before it matters."""

from functools import partial

from nicegui import ui

from services.api.office import halls, invitations, jobs, practice
from services.api.office.invitations import InvitationCreate
from services.api.office.practice import PracticePublic
from services.api.pages.parts import day
from services.api.pages.shell import OfficePage
from services.api.pages.status_numbers import number_button, rows_dialog

MOST = 200


async def practised(page: OfficePage) -> None:
    """List the weak ones first; who did well is a number."""
    weak = await page.read(lambda work: practice.results(work, "weak", MOST))
    good = await page.read(lambda work: practice.results(work, "good", MOST))
    zone = await page.read(halls.usual_zone)
    _numbers(page, good, weak, zone)
    if not weak:
        ui.label(page.say("practised.empty")).classes("nero-empty")
        return
    with ui.element("div").classes("nero-wide"), ui.element("table").classes("nero-table"):
        with ui.element("tr"):
            for column in ("student", "found", "when", "tries", "next"):
                ui.html(page.say(f"practised.{column}"), tag="th", sanitize=True)
        for one in weak:
            _row(page, one, zone)


def _numbers(page: OfficePage, good: list[PracticePublic], weak: list[PracticePublic], zone: str) -> None:
    """Show how many did well and badly, each a button that opens who."""
    titles = [page.say(f"practised.{code}") for code in ("student", "found", "when", "tries")]
    ui.label(page.say("practised.counts"))
    with ui.element("div").classes("nero-numbers"):
        for shape, code, found in (("●", "practised.good", good), ("▲", "practised.weak", weak)):
            rows = [(f"{one.name} · {one.student_id}", *_said(page, one, zone)) for one in found]
            title = page.say(code)
            number_button(_number(found), f"{shape} {title}", partial(rows_dialog, page, title, titles, rows))


def _said(page: OfficePage, one: PracticePublic, zone: str) -> tuple[str, str, str]:
    return page.say(f"practised.code.{one.code}"), day(page, one.at, zone), str(one.tries)


def _number(found: list[PracticePublic]) -> str:
    return f"{MOST}+" if len(found) == MOST else str(len(found))


def _row(page: OfficePage, one: PracticePublic, zone: str) -> None:
    with ui.element("tr"):
        for text in (f"{one.name} · {one.student_id}", *_said(page, one, zone)):
            with ui.element("td"):
                ui.label(text)
        with ui.element("td"):
            _next(page, one)


def _next(page: OfficePage, one: PracticePublic) -> None:
    with ui.element("div").classes("nero-bar"):
        ui.link(page.say("practised.new_photo"), f"/office/students/{one.student_id}")
        if page.may("invite_students"):
            button = ui.button(page.say("practised.ask"), on_click=lambda: _ask(page, one)).props("flat dense no-caps")
            button.props["aria-label"] = f"{page.say('practised.ask')} {one.student_id}"


async def _ask(page: OfficePage, one: PracticePublic) -> None:
    """Mail the student a link to send a better photo."""
    wish = InvitationCreate(student_ids=[one.student_id], only_missing=False)
    invited = await page.attempt("invite_students", lambda work: invitations.invite(work, wish))
    if invited is None:
        return
    job_id = invited.job_id
    if job_id is None:
        page.warn(page.say("problem.no_email"))
        return
    await page.read(lambda work: jobs.hand_over(work, job_id))
    page.done(page.say("practised.asked", name=one.name))
