"""A report on the page: figures, a chart of arrivals, tables; and its files."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from nicegui import ui

from services.api.office.reports import making, tables
from services.api.office.reports.shapes import Arrivals, SittingReport
from services.api.office.reports.tables import Cell, Document
from services.api.pages.plain_table import plain_table
from services.api.pages.shell import OfficePage
from services.api.pages.status_numbers import status_numbers
from services.api.problems import Problem

_STATUSES = ("present", "late", "absent", "out")
_GREY = "#7b828e"
"""Read on light and on dark."""


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
    _numbers(page, report)
    _arrivals(page, report.arrivals, report.head.zone)
    _facts(document)
    for sheet in document.sheets:
        _sheet(page, sheet.title, sheet.columns, sheet.rows)
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
    _facts(document)
    for sheet in document.sheets:
        _sheet(page, sheet.title, sheet.columns, sheet.rows)


def _head(page: OfficePage, document: Document, address: str) -> None:
    with ui.element("div").classes("nero-bar"):
        ui.html(document.about, tag="h2", sanitize=True).classes("nero-subtitle")
        ui.element("span").classes("grow")
        for kind in ("csv", "xlsx", "pdf"):
            ui.link(page.say("reports.fetch", kind=kind.upper()), f"{address}?format={kind}")
    if document.warning:
        ui.label(f"▲ {document.warning}").classes("nero-state warn")


def _numbers(page: OfficePage, report: SittingReport) -> None:
    counts = {status: getattr(report.figures.totals, status) for status in _STATUSES}
    header = [page.say(f"report.column.{code}") for code in ("hall", "table", "number", "name")]
    percent = report.figures.attendance_percent
    last = "–" if percent is None else f"{percent} %", page.say("report.attendance")
    status_numbers(page, counts, header, lambda status: _who(report, status), last)


def _who(report: SittingReport, status: str) -> list[tuple[str, str, str, str]]:
    return [(one.hall, one.table, one.student_id, one.name) for one in report.students if one.status == status]


def _arrivals(page: OfficePage, arrivals: Arrivals, zone: str) -> None:
    ui.html(page.say("report.arrivals"), tag="h3", sanitize=True).classes("nero-subtitle")
    if not arrivals.minutes:
        ui.label(page.say("reports.nobody_came")).classes("nero-empty")
        return
    minutes = [f"{at.astimezone(ZoneInfo(zone)):%H:%M}" for at in arrivals.minutes]
    most = max(a + b for a, b in zip(arrivals.punctual, arrivals.late, strict=True))
    said = (
        f"{page.say('report.arrivals')}: {minutes[0]}–{minutes[-1]}, {page.say('report.most_per_minute', count=most)}"
    )
    bars = [("present", arrivals.punctual, "#3b74e0"), ("late", arrivals.late, "#d98a1f")]
    chart = ui.echart(_options(minutes, [(page.say(f"status.{code}"), data, colour) for code, data, colour in bars]))
    chart.classes("nero-chart").props(f'role="img" aria-label="{said}"')


def _options(minutes: Sequence[str], bars: Sequence[tuple[str, Sequence[int], str]]) -> dict[str, Any]:
    axis = {"axisLabel": {"color": _GREY}, "axisLine": {"lineStyle": {"color": _GREY}}}
    return {
        "animation": False,
        "tooltip": {"trigger": "axis"},
        "legend": {"textStyle": {"color": _GREY}, "top": 0},
        "grid": {"left": 40, "right": 12, "top": 34, "bottom": 26},
        "xAxis": {"type": "category", "data": list(minutes), **axis},
        "yAxis": {"type": "value", "minInterval": 1, **axis, "splitLine": {"lineStyle": {"opacity": 0.25}}},
        "series": [
            {
                "name": name,
                "type": "bar",
                "stack": "came",
                "barMaxWidth": 28,
                "data": list(data),
                "itemStyle": {"color": colour},
            }
            for name, data, colour in bars
        ],
    }


def _facts(document: Document) -> None:
    with ui.element("section").classes("nero-card"), ui.element("dl").classes("nero-facts"):
        for label, value in document.facts:
            ui.html(label, tag="dt", sanitize=True)
            with ui.element("dd"):
                ui.label(_text(value))


def _sheet(page: OfficePage, title: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    ui.html(title, tag="h3", sanitize=True).classes("nero-subtitle")
    if not rows:
        ui.label(page.say("report.none"))
        return
    with ui.element("div").classes("nero-report-table"):
        plain_table(title, columns, [[_text(cell) for cell in row] for row in rows])


def _text(value: Cell) -> str:
    return "–" if value is None else str(value)
