"""The master grid: a row per student and sitting, edited in place like a spreadsheet and saved at once."""

import json

from nicegui import ui

from services.api.office import exams, halls
from services.api.office.grid import marking
from services.api.office.grid.marking import GridMark
from services.api.office.work import Work
from services.api.pages.grids import Column, RowsGrid, rows_grid, status_words
from services.api.pages.parts import request_query
from services.api.pages.shell import OfficePage, office_page

ROWS = "/api/v1/grid/rows"
PASTED = "nero.paste"
"""Where the browser keeps a pasted table for the import's page."""
_FILTERS = ("exam", "date", "hall", "status")
_MARKS = ("in", "present", "late", "out", "expected", "undo")


@office_page("/attendance", "page_attendance", "attendance", menu=50, icon="table_chart")
async def attendance(page: OfficePage) -> None:
    """Show totals, what can be done, and the grid."""
    lists = await page.read(_lists)
    totals = (
        ui.element("div").classes("nero-totals").props(f'aria-label="{page.say("attendance.totals")}" role="group"')
    )
    bar = ui.element("div").classes("nero-bar nero-grid-bar")
    status = ui.element("p").classes("nero-grid-status").props('role="status"')
    problems = ui.element("ol").classes("nero-bad-list").props("hidden")
    sitting = request_query(page.request, "sitting") or ""
    with bar:
        if sitting:
            ui.link(page.say("attendance.everything"), "/office/attendance")
        text = request_query(page.request, "text") or ""
        search = ui.input(placeholder=page.say("attendance.search"), value=text).props(
            'outlined dense clearable debounce="300"'
        )
        search.classes("grow nero-search").props["aria-label"] = page.say("attendance.search")
        buttons = {name: _button(page, name) for name in _tools(page)}
    master = rows_grid(
        page,
        ROWS,
        _columns(page),
        row_key="key",
        selectable=page.may("mark_grid_rows"),
        empty=page.say("attendance.empty"),
        query={"sitting": sitting, "text": text},
        filters={name: request_query(page.request, name) or "" for name in _FILTERS},
        module="/static/master-grid.js",
        modules=tuple(f"/static/grid-{name}.js" for name in ("edits", "editor", "totals", "sure")),
        more={
            "totals": totals.html_id,
            "status": status.html_id,
            "problems": problems.html_id,
            "save": buttons["save"].html_id if "save" in buttons else "",
            "discard": buttons["discard"].html_id if "discard" in buttons else "",
            "mayEdit": page.may("save_grid"),
            "lists": lists,
            "statuses": status_words(page),
            "language": page.words.language,
        },
        options={"stopEditingWhenCellsLoseFocus": True, "undoRedoCellEditing": True, "maxBlocksInCache": 12},
        height="max(22rem, calc(100vh - 19rem))",
    )
    search.on_value_change(lambda event: master.call("master.search", event.value or ""))
    _join(page, master, buttons)


def _lists(work: Work) -> dict[str, list[str]]:
    return {"exam": [exam.code for exam in exams.every(work)], "hall": [hall.id for hall in halls.every(work)]}


def _columns(page: OfficePage) -> list[Column]:
    def title(field: str) -> str:
        return page.say(f"attendance.column.{field}")

    remove = [Column("key", "", width=44, pinned=True)] if page.may("save_grid") else []
    return [
        *remove,
        Column("student_id", title("student_id"), sortable=True, width=110, editor="text", pinned=True),
        Column("name", title("name"), sortable=True, width=170, grow=2, editor="text"),
        Column("exam", title("exam"), filter="exam", sortable=True, width=115, editor="choice"),
        Column("date", title("date"), kind="date", filter="date", sortable=True, width=165, editor="date"),
        Column("time", title("time"), width=75, editor="clock"),
        Column("hall", title("hall"), filter="hall", sortable=True, width=85, editor="choice"),
        Column("table", title("table"), sortable=True, width=85, editor="text"),
        Column(
            "status",
            title("status"),
            kind="status",
            filter="status",
            choices={**status_words(page), "none": page.say("attendance.none")},
            sortable=True,
            width=125,
        ),
        Column("note", title("note"), width=110, grow=1, editor="text"),
        Column("at", title("at"), kind="time", width=180),
    ]


def _tools(page: OfficePage) -> list[str]:
    office = ["add", "remove", "mark", "paste"] if page.may("save_grid") else []
    return [*office, "csv", *(["discard", "save"] if office else [])]


def _button(page: OfficePage, name: str) -> ui.element:
    button = ui.element("button").classes(f"nero-tool {name}").props('type="button"')
    with button:
        ui.html(page.say(f"attendance.do.{name}"), tag="span", sanitize=True)
    return button


def _join(page: OfficePage, master: RowsGrid, buttons: dict[str, ui.element]) -> None:
    """What the browser can do by itself it does without asking the server."""
    calls = {"add": "addRow", "remove": "removeTicked", "csv": "csv", "discard": "discard", "save": "save"}
    for name, method in calls.items():
        if name in buttons:
            buttons[name].on("click", js_handler=f"() => getElement({master.element.id}).api.nero?.master.{method}()")
    if "mark" in buttons:
        buttons["mark"].on("click", lambda: _mark(page, master))
        buttons["paste"].on("click", lambda: _paste(page))


async def _mark(page: OfficePage, master: RowsGrid) -> None:
    """Ask how the ticked rows stand and why; it becomes a decision for each."""
    rows = [row for row in await master.selected() if row.get("sitting_id")]
    if not rows:
        page.warn(page.say("attendance.mark.none"))
        return
    with ui.dialog() as dialog, ui.card().classes("nero-card nero-mark"):
        ui.label(page.say("attendance.mark.title", count=len(rows))).classes("text-subtitle1")
        ui.label(", ".join(f"{row['student_id']} {row['name']}" for row in rows[:8]) + (" …" if len(rows) > 8 else ""))
        chosen = ui.radio({mark: page.say(f"attendance.mark.{mark}") for mark in _MARKS}, value="in")
        reason = ui.input(page.say("attendance.mark.reason")).props("outlined autofocus maxlength=500").classes("grow")
        with ui.element("div").classes("nero-bar"):
            ui.button(page.say("common.cancel"), on_click=lambda: dialog.submit(None)).props("flat no-caps")
            go = ui.button(page.say("attendance.mark.go"), on_click=lambda: dialog.submit(chosen.value)).props(
                "no-caps"
            )
            go.bind_enabled_from(reason, "value", backward=lambda typed: bool(str(typed or "").strip()))
    status = await dialog
    dialog.delete()
    if status is None:
        return
    given = GridMark(keys=[str(row["key"]) for row in rows], status=status, reason=str(reason.value).strip())
    marked = await page.attempt("mark_grid_rows", lambda work: marking.mark(work, given))
    if marked is not None:
        page.done(page.say("attendance.marked", count=marked.marked))
        master.call("refresh")
        master.call("master.totals.count")


async def _paste(page: OfficePage) -> None:
    """Take a pasted table to the import's preview, which says what would change before anything does."""
    with ui.dialog() as dialog, ui.card().classes("nero-card nero-paste"):
        ui.label(page.say("attendance.paste.title")).classes("text-subtitle1")
        ui.label(page.say("attendance.paste.how"))
        table = ui.textarea(page.say("attendance.paste.label")).props(
            'outlined autofocus input-style="min-height: 14rem"'
        )
        table.classes("grow")
        with ui.element("div").classes("nero-bar"):
            ui.button(page.say("common.cancel"), on_click=lambda: dialog.submit(None)).props("flat no-caps")
            ui.button(page.say("attendance.paste.go"), on_click=lambda: dialog.submit(table.value)).props("no-caps")
    text = await dialog
    dialog.delete()
    if text and str(text).strip():
        kept = f"sessionStorage.setItem({json.dumps(PASTED)}, {json.dumps(str(text))})"
        ui.run_javascript(f"{kept}; location.assign('/office/import?kind=timetable')")
