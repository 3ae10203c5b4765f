"""Import of rosters and timetables: a table in, what it would change to look at, one button that does it."""

from collections.abc import Sequence
from datetime import timedelta
from html import escape
from typing import cast

from nicegui import ui

from services.api.office import halls, jobs, sittings
from services.api.office.imports import previews
from services.api.office.imports.describe import TABS
from services.api.office.imports.rows import line_of
from services.api.office.imports.shapes import ImportConfirm, ImportPublic
from services.api.office.sitting_shapes import SittingPublic
from services.api.office.work import Work
from services.api.pages.parts import clock, day, job_progress, request_query, why
from services.api.pages.plain_table import plain_table
from services.api.pages.shell import OfficePage, office_page
from services.api.problems import RowProblem

_BEFORE, _AHEAD = timedelta(days=30), timedelta(days=400)


@office_page("/import", "page_import", "imports", below="page_rosters")
async def build(page: OfficePage) -> None:
    """Show the form, or the preview that the address names."""
    preview = request_query(page.request, "preview")
    if preview is None:
        await _form(page)
    else:
        await _preview(page, preview)


async def _form(page: OfficePage) -> None:
    chosen = request_query(page.request, "sitting") or ""
    found, zones = await page.read(_sittings)
    zone = await page.read(halls.usual_zone)
    ui.html(_form_html(page, found, zones, zone, chosen), sanitize=False).classes("nero-import")
    ui.run_javascript('import("/static/import.js").then((it) => it.tableForm())')


def _sittings(work: Work) -> tuple[list[SittingPublic], dict[str, str]]:
    found = sittings.find(work, work.now - _BEFORE, work.now + _AHEAD, None)
    return [one for one in found if one.state != "sealed"], {hall.id: hall.time_zone for hall in halls.every(work)}


def _form_html(page: OfficePage, found: Sequence[SittingPublic], zones: dict[str, str], zone: str, chosen: str) -> str:
    def say(code: str) -> str:
        return escape(page.say(f"imports.{code}"))

    def box(name: str, checked: bool, only: str = "") -> str:
        part = f' data-only="{only}"' if only else ""
        tick = " checked" if checked else ""
        return f'<label{part}><input type="checkbox" name="{name}"{tick}> {say(name)}</label>'

    def kind(name: str, checked: bool) -> str:
        tick = " checked" if checked else ""
        return f'<label><input type="radio" name="kind" value="{name}"{tick}> {say(f"kind.{name}")}</label>'

    options = "".join(_option(page, one, zones, chosen) for one in found)
    return f"""<form id="import-form" class="nero-card">
<fieldset><legend>{say("kind")}</legend>{kind("timetable", not chosen)}{kind("roster", bool(chosen))}</fieldset>
<label data-only="roster">{say("sitting")} <select id="import-sitting">{options}</select></label>
<fieldset><legend>{say("options")}</legend>{box("create_students", True)}{box("update", False)}{box("whole", False)}
{box("create_halls", False, "timetable")}
<label data-only="timetable">{say("time_zone")} <input id="import-zone" value="{escape(zone)}" size="20"></label></fieldset>
<label id="import-drop" class="nero-drop"><span>{say("drop")}</span>
<input type="file" id="import-file" accept=".csv,.tsv,.txt,.xlsx"></label>
<label class="stacked">{say("paste")}<textarea id="import-paste" rows="6" spellcheck="false"></textarea></label>
<p class="nero-purpose">{say("columns")}
<button type="button" class="nero-button quiet" id="import-example" disabled>{say("example")}</button></p>
<div class="nero-bar"><button type="submit" class="nero-button" disabled>{say("preview")}</button>
<progress id="import-sending" max="1" value="0" hidden></progress></div>
<p id="import-problem" role="alert" class="nero-problem"></p></form>"""


def _option(page: OfficePage, one: SittingPublic, zones: dict[str, str], chosen: str) -> str:
    zone = zones.get(one.halls[0], "UTC") if one.halls else "UTC"
    text = f"{one.exam_code} · {day(page, one.starts_at, zone)}, {clock(one.starts_at, zone)} · {', '.join(one.halls)}"
    tick = " selected" if str(one.id) == chosen else ""
    return f'<option value="{one.id}"{tick}>{escape(text)}</option>'


async def _preview(page: OfficePage, import_id: str) -> None:
    shown = await page.read(lambda work: previews.show(work, import_id), "get_import")
    if shown.state in ("reading", "applying"):
        ui.label(page.say(f"imports.{shown.state}"))
        await job_progress(page, shown.job_id, lambda _: ui.navigate.reload())
        return
    if shown.state == "applied":
        ui.run_javascript('sessionStorage.removeItem("nero.paste")')  # nothing is left to be corrected
    _outcome(page, shown)
    if shown.state in ("failed", "expired"):
        return
    _tabs(page, shown)


def _outcome(page: OfficePage, shown: ImportPublic) -> None:
    """Say what it would do, or did, and offer what can be done."""
    with ui.element("section").classes("nero-card").props('role="status"'):
        name = f"{shown.file_name}: " if shown.file_name else ""
        ui.label(
            name + page.say("imports.read", rows=f"{shown.rows:,}", unchanged=f"{shown.counts.get('unchanged', 0):,}")
        )
        if shown.ignored_columns:
            ui.label(page.say("imports.ignored", columns=", ".join(shown.ignored_columns))).classes("nero-purpose")
        if shown.error:
            ui.label(why(page, shown)).classes("nero-state bad")
        if shown.state == "applied":
            ui.label(f"✓ {page.say('imports.applied')} {_done(page, shown.counts)}").classes("nero-state good")
        elif shown.state in ("failed", "expired"):
            ui.label(page.say(f"imports.{shown.state}"))
        elif shown.problems_total:
            wrong = page.say("imports.wrong", count=f"{shown.problems_total:,}")
            ui.label(f"▲ {wrong}").classes("nero-state bad")
        elif not any(number for what, number in shown.counts.items() if what != "unchanged"):
            ui.label(page.say("imports.nothing"))
        else:
            _confirm(page, shown)
        _ways(page, shown)


def _ways(page: OfficePage, shown: ImportPublic) -> None:
    sitting = f"?sitting={shown.sitting_id}" if shown.sitting_id else ""
    with ui.element("div").classes("nero-bar"):
        if shown.problems_total or shown.clashes_total:
            ui.link(page.say("imports.errors_file"), f"/api/v1/jobs/{shown.id}/files/errors.csv")
        if shown.changes:
            ui.link(page.say("imports.changes_file"), f"/api/v1/jobs/{shown.id}/files/changes.csv")
        ui.link(page.say("imports.another"), f"/office/import{sitting}")
        ui.link(page.say("rosters"), f"/office/rosters/{shown.sitting_id}" if shown.sitting_id else "/office/rosters")


def _confirm(page: OfficePage, shown: ImportPublic) -> None:
    button = ui.button(f"{page.say('imports.go')} {_done(page, shown.counts)}").props("no-caps color=primary")
    accepted = None
    if shown.clashes_total:
        accepted = ui.checkbox(page.say("imports.accept_clashes", count=f"{shown.clashes_total:,}"))
        button.bind_enabled_from(accepted, "value")

    async def go() -> None:
        sent = ImportConfirm(fingerprint=shown.fingerprint, accept_clashes=bool(accepted and accepted.value))
        button.disable()
        settled = await page.attempt("confirm_import", lambda work: previews.settle(work, shown.id, sent))
        if settled is None:
            button.enable()
            return
        if settled.job_id:
            await page.read(lambda work: jobs.hand_over(work, cast(str, settled.job_id)), "get_import")
        if not settled.applied:
            page.warn(page.say("problem.preview_changed"))
        ui.navigate.reload()

    button.on_click(go)


def _done(page: OfficePage, counts: dict[str, int]) -> str:
    """Say exactly what is done: add 240 to rosters, make 5 students."""
    said = [
        page.say(f"imports.count.{what}", count=f"{number:,}")
        for what, number in counts.items()
        if number and what != "unchanged"
    ]
    return ", ".join(said)


def _tabs(page: OfficePage, shown: ImportPublic) -> None:
    by_tab = {tab: [change for change in shown.changes if change.tab == tab] for tab in TABS}
    tabs = [
        ("problems", shown.problems_total),
        ("clashes", shown.clashes_total),
        *((tab, len(changes)) for tab, changes in by_tab.items()),
    ]
    filled = [(tab, number) for tab, number in tabs if number]
    if not filled:
        return
    with ui.tabs().props("no-caps align=left") as bar:
        for tab, number in filled:
            ui.tab(tab, label=f"{page.say(f'imports.tab.{tab}')} ({number:,})")
    with ui.tab_panels(bar, value=filled[0][0]).classes("nero-panels").props("animated=false"):
        for tab, _ in filled:
            with ui.tab_panel(tab):
                if tab in ("problems", "clashes"):
                    _wrong(page, tab, shown.problems if tab == "problems" else shown.clashes)
                else:
                    header = [
                        page.say(f"imports.column.{name}") for name in ("what", "line", "subject", "after", "before")
                    ]
                    rows = [
                        (page.say(f"imports.what.{one.what}"), one.line or "", one.subject, one.after, one.before)
                        for one in by_tab[tab]
                    ]
                    plain_table(page.say(f"imports.tab.{tab}"), header, rows)


def _wrong(page: OfficePage, tab: str, found: Sequence[RowProblem]) -> None:
    header = [page.say(f"imports.column.{name}") for name in ("where", "problem")]
    rows = [(_where(page, one), page.words.row_problem(one)) for one in found]
    plain_table(page.say(f"imports.tab.{tab}"), header, rows)


def _where(page: OfficePage, one: RowProblem) -> str:
    """Say the line in the page's language; the column is called as the table's first line may call it."""
    return page.say("imports.where", line=line_of(one), column=one.where.rpartition(", ")[2])
