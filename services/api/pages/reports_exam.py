"""An exam's report on the page: read sitting by sitting, with how far it is, then shown as a sitting's is."""

from functools import partial

from nicegui import ui

from services.api.office import exams
from services.api.office.reports import facts, making, tables
from services.api.office.reports.facts import SittingFacts
from services.api.office.work import Work
from services.api.pages.parts import clock, day, subtitle
from services.api.pages.reports_shown import Who, draw_figures
from services.api.pages.shell import OfficePage
from services.api.problems import Problem


def show_exam(page: OfficePage, exam_id: int) -> None:
    """Show an exam's report; the page is there at once, the figures as soon as they are read."""
    box = ui.element("div").classes("nero-section")

    async def draw() -> None:
        with box:
            try:
                await _draw(page, exam_id)
            except Problem as problem:
                ui.label(page.words.problem(problem.body)).classes("nero-empty")

    ui.timer(0, draw, once=True)


async def _draw(page: OfficePage, exam_id: int) -> None:
    title, ids = await page.read(lambda work: _scope(work, exam_id), "report_exam")
    subtitle(title)
    if not ids:
        ui.label(page.say("reports.exam.no_sitting")).classes("nero-empty")
        return
    found = await _read(page, ids)
    report = making.span(title, ids, found.__getitem__)
    draw_figures(page, tables.of_span(report, page.words), report.figures, _people(page, list(found.values())))
    with ui.element("div").classes("nero-bar"):
        for one in report.sittings:
            when = f"{day(page, one.head.starts_at, one.head.zone)}, {clock(one.head.starts_at, one.head.zone)}"
            ui.link(
                page.say("reports.to_sitting", when=when), f"/office/reports?about=sitting&id={one.head.sitting_id}"
            )


async def _read(page: OfficePage, ids: list[int]) -> dict[int, SittingFacts]:
    """Read one sitting at a time, so that nothing is held while a hall checks in."""
    found: dict[int, SittingFacts] = {}
    with ui.element("section").classes("nero-card").props('role="status"') as progress:
        said = ui.label()
        bar = ui.linear_progress(0, show_value=False).props("instant-feedback")
    for number, sitting_id in enumerate(ids):
        said.text = page.say("reports.reading", done=number, total=len(ids))
        bar.value = number / len(ids)
        found[sitting_id] = await page.read(partial(facts.of_sitting, sitting_id=sitting_id), "report_exam")
    progress.delete()
    return found


def _scope(work: Work, exam_id: int) -> tuple[str, list[int]]:
    exam = exams.get(work, exam_id)
    return f"{exam.code} · {exam.subject}", facts.sittings_of_exam(work, exam_id)


def _people(page: OfficePage, sittings: list[SittingFacts]) -> list[Who]:
    return [
        ((day(page, one.starts_at, one.zone), clock(one.starts_at, one.zone)), line)
        for one in sittings
        for line in making.student_lines(one)
    ]
