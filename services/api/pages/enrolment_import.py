"""Bulk enrolment: an archive of photos and a list in, its legal basis stated, how far it is, what became of each file."""

from collections.abc import Sequence
from html import escape

from nicegui import ui

from services.api.office import jobs, office_settings
from services.api.office.bulk import intake
from services.api.office.bulk.report import WRONG_LINE, ReportRow
from services.api.office.jobs import JobPublic
from services.api.office.office_settings import OfficeSettings
from services.api.office.work import Work
from services.api.pages.parts import job_progress, job_state, request_query, why
from services.api.pages.plain_table import plain_table
from services.api.pages.shell import OfficePage, office_page

_SHOWN = 500
_LAST_JOBS = 8
_WELL = ("enrolled", "already")
_NAMING = ("same_picture", "double")
"""Results whose detail is a student's number or a file's name."""
_SHAPES = {"enrolled": "●", "already": "●", "waiting": "◌"}


@office_page("/students/import", "page_enrolment_import", "bulk", below="page_students")
async def build(page: OfficePage) -> None:
    """Show the form, or the job that the address names."""
    job_id = request_query(page.request, "job")
    if job_id is None:
        is_set = await page.read(office_settings.of, "get_office_settings")
        ui.html(_form(page, is_set), sanitize=False).classes("nero-import")
        ui.run_javascript('import("/static/import.js").then((it) => it.archiveForm())')
        await _last(page)
        return
    await _job(page, job_id)


def _form(page: OfficePage, is_set: OfficeSettings) -> str:
    def say(code: str) -> str:
        return escape(page.say(f"bulk.{code}"))

    bases = "".join(
        f'<option value="{escape(one)}">{escape(_basis(page, one))}</option>' for one in is_set.enrolment_bases
    )
    return f"""<form id="archive-form" class="nero-card" novalidate>
<label id="archive-drop" class="nero-drop"><span>{say("drop")}</span>
<input type="file" id="archive-file" accept=".zip"><b id="archive-name"></b></label>
<p class="nero-purpose">{say("names")}</p>
<label class="stacked">{say("list")}<input type="file" id="archive-list" accept=".csv,.xlsx,.tsv,.txt"></label>
<label><input type="checkbox" id="archive-update"> {escape(page.say("imports.update"))}</label>
<fieldset><legend>{say("basis")}</legend>
<label>{say("basis.which")} <select id="archive-basis" required><option value="">{say("basis.choose")}</option>{bases}</select></label>
<label>{say("basis.version")} <input type="text" id="archive-version" value="{escape(is_set.consent_text_version)}" maxlength="64" size="16"></label>
</fieldset>
<div class="nero-bar"><button type="submit" id="archive-go" class="nero-button strong">{say("go")}</button>
<progress id="import-sending" max="1" value="0" hidden aria-label="{say("sending")}"></progress></div>
<p id="import-problem" role="alert" class="nero-problem"></p></form>"""


def _basis(page: OfficePage, basis: str) -> str:
    code = f"basis.{basis}"
    return page.say(code) if page.words.has(code) else basis


async def _last(page: OfficePage) -> None:
    found = await page.read(lambda work: jobs.find(work, intake.KIND, _LAST_JOBS), "list_jobs")
    if not found:
        return
    ui.label(page.say("bulk.last")).classes("nero-subtitle")
    with ui.element("ul").classes("nero-parts"):
        for job in found:
            with ui.element("li").classes("nero-part"):
                ui.link(f"{job.created_at:%Y-%m-%d %H:%M} UTC", f"/office/students/import?job={job.id}")
                ui.label(job_state(page, job))


async def _job(page: OfficePage, job_id: str) -> None:
    job = await page.read(lambda work: jobs.show(work, job_id), "get_job")
    if job.state in ("uploading", "queued", "running"):
        ui.label(page.say("bulk.leave"))
        await job_progress(page, job_id, lambda _: ui.navigate.reload())
        return
    rows = await page.read(lambda work: _report(work, job), "get_bulk_report")
    _summary(page, job, rows)
    if rows:
        _table(page, rows)


def _report(work: Work, job: JobPublic) -> list[ReportRow]:
    return intake.report_of(work, job.id) if any(file.name == "report.csv" for file in job.files) else []


def _summary(page: OfficePage, job: JobPublic, rows: Sequence[ReportRow]) -> None:
    with ui.element("section").classes("nero-card").props('role="status"'):
        if job.state == "failed":
            ui.label(f"▲ {why(page, job)}").classes("nero-state bad")
        well = sum(row.result in _WELL for row in rows)
        students = len({row.student_id for row in rows if row.result in _WELL})
        if rows:
            text = page.say("bulk.summary", students=f"{students:,}", photos=f"{well:,}", rest=f"{len(rows) - well:,}")
            ui.label(text)
        with ui.element("div").classes("nero-bar"):
            if rows:
                ui.link(page.say("bulk.report_file"), f"/api/v1/jobs/{job.id}/files/report.csv")
            ui.link(page.say("bulk.another"), "/office/students/import")
            ui.link(page.say("students"), "/office/students")
            if any(row.looks_like for row in rows):
                ui.link(page.say("look_alikes"), "/office/look-alikes")


def _table(page: OfficePage, rows: Sequence[ReportRow]) -> None:
    """Show what needs somebody first; all of it is in the file."""
    ordered = sorted(rows, key=lambda row: (row.result in _WELL and not row.looks_like, row.file))
    header = [page.say(f"bulk.column.{name}") for name in ("file", "student", "result", "detail", "looks_like")]
    cells = [
        (_file(page, row), row.student_id, _word(page, row.result), _detail(page, row), ", ".join(row.looks_like))
        for row in ordered[:_SHOWN]
    ]
    if len(rows) > _SHOWN:
        ui.label(page.say("bulk.first", shown=_SHOWN, count=f"{len(rows):,}")).classes("nero-purpose")
    plain_table(page.say("bulk.report"), header, cells)


def _file(page: OfficePage, row: ReportRow) -> str:
    return page.words.where(row.wrong_line()) if row.result == WRONG_LINE else row.file


def _detail(page: OfficePage, row: ReportRow) -> str:
    """Say more of a result where there are words for it, or it is a name; the rest is in the file, for who looks deeper."""
    code = f"bulk.detail.{row.result}"
    if row.result == WRONG_LINE:
        return page.words.row_problem(row.wrong_line())
    if row.values and page.words.has(code):
        return page.say(code, **row.values)
    return row.detail if row.result in _NAMING else ""


def _word(page: OfficePage, result: str) -> str:
    code = next((code for code in (f"bulk.result.{result}", f"refusal.{result}") if page.words.has(code)), result)
    return f"{_SHAPES.get(result, '▲')} {page.say(code)}"
