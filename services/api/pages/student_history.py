"""Where a student is expected, and what happened at the doors."""

from nicegui import ui

from services.api.office import attendance, student_sittings
from services.api.office.attendance import AttemptPublic
from services.api.office.paging import Page
from services.api.office.record import actor_names
from services.api.office.work import Work
from services.api.pages.grids import status_words
from services.api.pages.parts import clock, day
from services.api.pages.shell import OfficePage
from services.api.pages.student_allowances import named

SHOWN_AT_ONCE = 50


async def sittings_section(page: OfficePage, student_id: str) -> None:
    """Draw the rosters that the student is on."""
    found = await page.read(lambda work: student_sittings.of_student(work, student_id), "list_student_sittings")
    if not found:
        ui.label(page.say("student.sittings.none")).classes("nero-empty")
        return
    words = status_words(page)
    with _table(page, "sittings", "hall", "table", "status"):
        for one in found:
            with ui.element("tr"):
                with ui.element("td"):
                    ui.link(named(page, one), f"/hall/{one.sitting_id}/{one.hall}")
                _cells(one.hall, one.table, words[one.status])


async def attempts_section(page: OfficePage, student_id: str) -> None:
    """Draw what happened, in its order, some at a time."""
    places = await page.read(lambda work: student_sittings.of_student(work, student_id), "list_student_sittings")
    zones = {one.sitting_id: one.time_zone for one in places}
    box = ui.element("div").classes("nero-section")

    async def more(after: int) -> None:
        found, people = await page.read(lambda work: _happened(work, student_id, after), "list_attempts")
        with box:
            if not found.items and not after:
                ui.label(page.say("student.attempts.none")).classes("nero-empty")
                return
            with _table(page, "at", "what", "where", "by"):
                for one in found.items:
                    _attempt(page, one, zones.get(one.sitting_id or 0, "UTC"), people)
        following.set_visibility(found.next_after is not None)
        place["after"] = int(found.next_after or 0)

    place = {"after": 0}
    following = ui.button(page.say("student.attempts.more"), on_click=lambda: more(place["after"]))
    following.props("flat no-caps").set_visibility(False)
    await more(0)


def _happened(work: Work, student_id: str, after: int) -> tuple[Page[AttemptPublic], dict[str, str]]:
    """Return what happened, and how the people who decided are called."""
    found = attendance.attempts(work, student_id=student_id, after=after, limit=SHOWN_AT_ONCE)
    return found, actor_names(work, {one.actor for one in found.items if one.actor})


def _attempt(page: OfficePage, one: AttemptPublic, zone: str, people: dict[str, str]) -> None:
    code = f"attempt.{one.verdict}"
    what = page.say(code) if page.words.has(code) else one.verdict
    by = page.say("student.attempts.machine") if one.actor is None else people.get(one.actor, one.actor)
    with ui.element("tr"):
        _cells(f"{day(page, one.captured_at, zone)}, {clock(one.captured_at, zone)}", what)
        _cells(one.kiosk_id or one.hall or "", f"{by}{f': {one.reason}' if one.reason else ''}")


def _table(page: OfficePage, *columns: str) -> ui.element:
    with ui.element("table").classes("nero-table"):
        with ui.element("thead"), ui.element("tr"):
            for column in columns:
                ui.html(page.say(f"student.column.{column}"), tag="th", sanitize=True).props('scope="col"')
        return ui.element("tbody")


def _cells(*texts: str) -> None:
    for text in texts:
        with ui.element("td"):
            ui.label(text)
