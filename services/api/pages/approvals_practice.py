"""The tab of practice: who should send a better photo, weeks before it matters."""

from nicegui import ui

from services.api.office import practice
from services.api.office.practice import PracticePublic
from services.api.pages.parts import day
from services.api.pages.shell import OfficePage

MOST = 200


async def practised(page: OfficePage) -> None:
    """List the weak ones first; who did well is a number."""
    weak = await page.read(lambda work: practice.results(work, "weak", MOST))
    good = await page.read(lambda work: practice.results(work, "good", MOST))
    ui.label(page.say("practised.counts", good=len(good), weak=len(weak)))
    if not weak:
        ui.label(page.say("practised.empty")).classes("nero-empty")
        return
    with ui.element("div").classes("nero-wide"), ui.element("table").classes("nero-table"):
        with ui.element("tr"):
            for column in ("student", "found", "when", "tries", "next"):
                ui.html(page.say(f"practised.{column}"), tag="th", sanitize=True)
        for one in weak:
            _row(page, one)


def _row(page: OfficePage, one: PracticePublic) -> None:
    with ui.element("tr"):
        found, tries = page.say(f"practised.code.{one.code}"), str(one.tries)
        for text in (f"{one.name} · {one.student_id}", found, day(one.at, "UTC"), tries):
            with ui.element("td"):
                ui.label(text)
        with ui.element("td"):
            ui.link(page.say("practised.new_photo"), f"/office/students/{one.student_id}")
