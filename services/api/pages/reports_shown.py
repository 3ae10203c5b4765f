"""A report on the page: figures, a chart of arrivals, tables; and its files."""

from collections.abc import Sequence

from nicegui import ui

from services.api.office.reports import making, tables
from services.api.office.reports.shapes import Figures, StudentLine
from services.api.office.reports.tables import Cell, Document
from services.api.pages.parts import subtitle
from services.api.pages.plain_table import plain_table
from services.api.pages.reports_chart import arrivals_chart
from services.api.pages.shell import OfficePage
from services.api.pages.status_numbers import Whole, status_numbers
from services.api.problems import Problem

_STATUSES = ("present", "late", "absent", "out")
Who = tuple[tuple[str, ...], StudentLine]
"""A student of a report, and which sitting it was where there are several."""


async def show_sitting(page: OfficePage, sitting_id: int) -> None:
    """Show a sitting's report."""
    try:
        report = await page.read(
            lambda work: making.of_sitting(work, sitting_id), "report_sitting", sitting_id=sitting_id
        )
    except Problem as problem:
        ui.label(page.words.problem(problem.body)).classes("nero-empty")
        return
    document = tables.of_sitting(report, page.words)
    _head(page, document, f"/api/v1/reports/sittings/{sitting_id}/file")
    draw_figures(page, document, report.figures, [((), one) for one in report.students])
    with ui.element("div").classes("nero-bar"):
        ui.link(page.say("reports.to_cases"), f"/office/reviews?sitting_id={sitting_id}")
        ui.link(page.say("reports.to_decisions"), f"/office/audit?sitting_id={sitting_id}&action=attendance.")
        ui.link(page.say("home.close"), f"/office/sittings/{sitting_id}/close")


async def show_student(page: OfficePage, student_id: str) -> None:
    """Show a student's report."""
    try:
        report = await page.read(lambda work: making.of_student(work, student_id), "report_student")
    except Problem as problem:
        ui.label(page.words.problem(problem.body)).classes("nero-empty")
        return
    document = tables.of_student(report, page.words)
    _head(page, document, f"/api/v1/reports/students/{report.student_id}/file")
    _facts_and_sheets(page, document)


def draw_figures(page: OfficePage, document: Document, figures: Figures, people: Sequence[Who]) -> None:
    """Draw what a sitting's report and an exam's have in common."""
    if document.warning:
        ui.label(f"▲ {document.warning}").classes("nero-state warn")
    _numbers(page, figures, people)
    arrivals_chart(page, document.arrivals)
    _facts_and_sheets(page, document)


def _head(page: OfficePage, document: Document, address: str) -> None:
    with ui.element("div").classes("nero-bar"):
        subtitle(document.about)
        ui.element("span").classes("grow")
        for kind in ("csv", "xlsx", "pdf"):
            ui.link(page.say("reports.fetch", kind=kind.upper()), f"{address}?format={kind}")


def _numbers(page: OfficePage, figures: Figures, people: Sequence[Who]) -> None:
    counts = {status: getattr(figures.totals, status) for status in _STATUSES}
    several = people and people[0][0]
    titles = (*(("date", "time") if several else ()), "hall", "table", "number", "name")
    percent = "–" if figures.attendance_percent is None else f"{figures.attendance_percent} %"
    status_numbers(
        page,
        counts,
        [page.say(f"report.column.{code}") for code in titles],
        lambda status: [_row(one) for one in people if one[1].status == status],
        Whole(
            percent,
            page.say("report.attendance"),
            lambda: [(*_row(one), page.say(f"status.{one[1].status}")) for one in people],
        ),
    )


def _row(one: Who) -> tuple[str, ...]:
    sitting, line = one
    return (*sitting, line.hall, line.table, line.student_id, line.name)


def _facts_and_sheets(page: OfficePage, document: Document) -> None:
    with ui.element("section").classes("nero-card"), ui.element("dl").classes("nero-facts"):
        for label, value in document.facts:
            ui.html(label, tag="dt", sanitize=True)
            with ui.element("dd"):
                ui.label(_text(value))
    for sheet in document.sheets:
        _sheet(page, sheet.title, sheet.columns, sheet.rows)


def _sheet(page: OfficePage, title: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    subtitle(title, "h3")
    if not rows:
        ui.label(page.say("report.none"))
        return
    with ui.element("div").classes("nero-report-table"):
        plain_table(title, columns, [[_text(cell) for cell in row] for row in rows])


def _text(value: Cell) -> str:
    return "–" if value is None else str(value)
