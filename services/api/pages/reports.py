"""Reports: chosen, looked at, fetched; long ones are made by a job and kept for some days."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from nicegui import ui

from services.api.office import exams, halls, jobs, office_settings, sittings
from services.api.office.jobs import JobPublic
from services.api.office.reports import asking
from services.api.office.reports.shapes import ReportAsk
from services.api.office.work import Work
from services.api.pages.parts import clock, day, job_progress, job_state, request_query
from services.api.pages.reports_exam import show_exam
from services.api.pages.reports_shown import show_sitting, show_student
from services.api.pages.shell import OfficePage, office_page

ABOUTS = ("sitting", "exam", "student", "term", "students")
FORMATS = {"xlsx": "XLSX", "csv": "CSV", "pdf": "PDF"}
LOOKS_BACK = timedelta(days=400)


@dataclass(frozen=True)
class Choices:
    """What can be reported on."""

    sittings: dict[int, str]
    exams: dict[int, str]
    zone: str
    today: datetime


@office_page("/reports", "page_reports", "reports", menu=70, icon="bar_chart")
async def build(page: OfficePage) -> None:
    """Let one choose, and show what was chosen: the address says what, so that it can be kept."""
    choices = await page.read(lambda work: _choices(work, page))
    about = request_query(page.request, "about") or "sitting"
    about = about if about in ABOUTS else "sitting"
    with ui.element("nav").classes("nero-bar nero-abouts").props(f'aria-label="{page.say("reports.about")}"'):
        for one in ABOUTS:
            link = ui.link(page.say(f"reports.about.{one}"), f"/office/reports?about={one}")
            if one == about:
                link.props('aria-current="page"').classes("nero-here")
    chosen = ui.element("div").classes("nero-section")
    kept = ui.element("div").classes("nero-section")

    is_set = await page.read(office_settings.of, "get_office_settings")

    async def draw_kept() -> None:
        found = await page.read(asking.find, "list_jobs")
        kept.clear()
        with kept:
            _kept(page, found, is_set.job_days)

    with chosen:
        if about in ("sitting", "student"):
            await _at_once(page, about, choices)
        else:
            _by_job(page, about, choices, draw_kept)
            if about == "exam" and (exam_id := _exam(page, choices)):
                show_exam(page, exam_id)
    await draw_kept()


async def _at_once(page: OfficePage, about: str, choices: Choices) -> None:
    given = request_query(page.request, "id") or ""
    with ui.element("div").classes("nero-bar"):
        if about == "sitting":
            there = int(given) if given.isdigit() and int(given) in choices.sittings else None
            label = page.say("reports.choose.sitting")
            chosen = ui.select(choices.sittings, value=there, label=label, with_input=True)
            chosen.on_value_change(lambda event: _go(about, event.value)).classes("nero-wide-field")
        else:
            typed = ui.input(page.say("reports.choose.student"), value=given).props("maxlength=64")
            typed.on("keydown.enter", lambda: _go(about, typed.value))
            ui.button(page.say("reports.show"), on_click=lambda: _go(about, typed.value)).props("no-caps")
    if not given:
        empty = "reports.none" if about == "sitting" and not choices.sittings else f"reports.{about}.first"
        ui.label(page.say(empty)).classes("nero-empty")
    elif about == "sitting" and given.isdigit():
        await show_sitting(page, int(given))
    elif about == "student":
        await show_student(page, given)


def _by_job(page: OfficePage, about: str, choices: Choices, again: Callable[[], Awaitable[None]]) -> None:
    ui.label(page.say(f"reports.{about}.first"))
    with ui.element("div").classes("nero-bar"):
        if about == "exam":
            label = page.say("report.column.exam")
            exam = ui.select(choices.exams, value=_exam(page, choices), label=label, with_input=True)
            exam.on_value_change(lambda event: _go(about, event.value)).classes("nero-wide-field")
            wished: Callable[[], dict[str, object]] = lambda: {"exam_id": exam.value}  # noqa: E731 - as its neighbour
        else:
            first = f"{choices.today - timedelta(days=90):%Y-%m-%d}"
            since = ui.input(page.say("reports.since"), value=first).props("type=date stack-label")
            until = ui.input(page.say("reports.until"), value=f"{choices.today:%Y-%m-%d}")
            until.props("type=date stack-label")
            wished = lambda: _span(since.value, until.value, choices.zone)  # noqa: E731
        kind = ui.select(FORMATS, value="xlsx", label=page.say("reports.format"))
        ui.button(page.say("reports.make"), on_click=lambda: make()).props("no-caps")
    progress = ui.element("div")

    def ended(_job: JobPublic) -> None:
        ui.timer(0, again, once=True)

    async def make() -> None:
        try:
            wish = ReportAsk.model_validate({"about": about, "format": kind.value, **wished()})
        except ValueError:
            page.warn(page.say("reports.incomplete"))
            return
        job = await page.attempt("ask_report", lambda work: asking.ask(work, wish, page.words))
        if job is None:
            return
        await page.read(lambda work: jobs.hand_over(work, job.id), "ask_report")
        progress.clear()
        with progress:
            await job_progress(page, job.id, ended)


def _exam(page: OfficePage, choices: Choices) -> int | None:
    """Return the exam that the address names."""
    given = request_query(page.request, "id") or ""
    return int(given) if given.isdigit() and int(given) in choices.exams else None


def _kept(page: OfficePage, found: list[JobPublic], kept_days: float) -> None:
    ui.html(page.say("reports.kept"), tag="h2", sanitize=True).classes("nero-subtitle")
    days = f"{kept_days:g}"
    if not found:
        ui.label(page.say("reports.kept.none", days=days)).classes("nero-empty")
        return
    ui.label(page.say("reports.kept.how", days=days))
    with ui.element("ul").classes("nero-parts"):
        for job in found:
            with ui.element("li").classes("nero-part"):
                ui.label(f"{day(page, job.created_at, 'UTC')}, {clock(job.created_at, 'UTC')} UTC")
                ui.label(job_state(page, job))
                for file in job.files if job.expires_at is None or job.expires_at > page.deps.clock.now() else ():
                    ui.link(page.say("job.fetch", name=file.name), f"/api/v1/jobs/{job.id}/files/{file.name}")


def _choices(work: Work, page: OfficePage) -> Choices:
    zones = {hall.id: hall.time_zone for hall in halls.every(work)}
    found = sittings.find(work, work.now - LOOKS_BACK, None, None)
    named = {
        one.id: f"{one.exam_code} · {_when(page, one.starts_at, zones.get(one.halls[0], 'UTC') if one.halls else 'UTC')}"
        for one in reversed(found)
        if one.state != "cancelled"
    }
    zone = next(iter(zones.values()), "UTC")
    every_exam = {exam.id: f"{exam.code} · {exam.subject}" for exam in exams.every(work)}
    return Choices(named, every_exam, zone, work.now.astimezone(ZoneInfo(zone)))


def _when(page: OfficePage, at: datetime, zone: str) -> str:
    return f"{day(page, at, zone)}, {clock(at, zone)}"


def _span(since: str, until: str, zone: str) -> dict[str, object]:
    """Return whole days in the first hall's zone."""
    try:
        first, last = datetime.fromisoformat(since or ""), datetime.fromisoformat(until or "")
    except ValueError:
        return {}
    local = ZoneInfo(zone)
    return {"since": first.replace(tzinfo=local), "until": (last + timedelta(days=1)).replace(tzinfo=local)}


def _go(about: str, chosen: object) -> None:
    if chosen:
        ui.navigate.to(f"/office/reports?{urlencode({'about': about, 'id': str(chosen).strip()})}")
