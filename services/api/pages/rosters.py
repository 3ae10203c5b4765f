"""Rosters: every sitting with how many sit it, and one sitting's roster to look at, export, import into and mend."""

import html
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from nicegui import ui
from pydantic import ValidationError

from services.api.office import attendance, halls, rosters, sittings
from services.api.office.attendance import RosterStatus
from services.api.office.rosters import RosterPut, RosterRow
from services.api.office.sitting_shapes import SittingPublic
from services.api.office.work import Work
from services.api.pages.grids import status_words
from services.api.pages.parts import clock, day, sure
from services.api.pages.shell import OfficePage, office_page

_BEFORE, _AHEAD = timedelta(days=30), timedelta(days=400)
_BY_START = "(day, other, row, next) => row.starts - next.starts"
"""Days are sorted as they come, not as they are written."""


@office_page("/rosters", "page_rosters", "rosters", menu=40, icon="list_alt")
async def every(page: OfficePage) -> None:
    """Show the sittings with their counts."""
    found, zones = await page.read(_sittings)
    if page.may("page_import"):
        with ui.element("div").classes("nero-bar"):
            ui.link(page.say("rosters.import_timetable"), "/office/import")
    if not found:
        ui.label(page.say("rosters.empty")).classes("nero-empty")
        return
    columns = [
        {"name": name, "label": page.say(f"rosters.column.{name}"), "field": name, "align": "left", "sortable": True}
        for name in ("exam", "day", "time", "halls", "students")
    ]
    columns[1][":sort"] = _BY_START
    table = ui.table(columns=columns, rows=[_line(page, one, zones) for one in found], row_key="id", pagination=50)
    table.classes("nero-wide").props(f'flat bordered aria-label="{page.say("rosters")}"')
    for linked in ("exam", "students"):
        table.add_slot(
            f"body-cell-{linked}",
            '<q-td :props="props"><a :href="`/office/rosters/${props.row.id}`">{{ props.value }}</a></q-td>',
        )


@office_page("/rosters/{sitting_id}", "page_roster", "roster", below="page_rosters")
async def one(page: OfficePage, sitting_id: int) -> None:
    """Show one sitting's roster."""
    sitting, rows, zone = await page.read(lambda work: _roster(work, sitting_id))
    when = f"{day(page, sitting.starts_at, zone)}, {clock(sitting.starts_at, zone)}–{clock(sitting.ends_at, zone)}"
    ui.html(f"{sitting.exam_code} · {sitting.subject}", tag="h2", sanitize=True).classes("nero-subtitle")
    ui.label(f"{when} · {page.say('roster.count', count=f'{len(rows):,}')}")
    _links(page, sitting)
    may = page.may("patch_roster") and sitting.state != "sealed"
    if may:
        _add(page, sitting)
    if not rows:
        ui.label(page.say("roster.empty")).classes("nero-empty")
        return
    _table(page, sitting, rows, may)


def _sittings(work: Work) -> tuple[list[SittingPublic], dict[str, str]]:
    found = sittings.find(work, work.now - _BEFORE, work.now + _AHEAD, None)
    return found, {hall.id: hall.time_zone for hall in halls.every(work)}


def _line(page: OfficePage, sitting: SittingPublic, zones: dict[str, str]) -> dict[str, Any]:
    zone = zones.get(sitting.halls[0], "UTC") if sitting.halls else "UTC"
    return {
        "id": sitting.id,
        "exam": f"{sitting.exam_code} · {sitting.subject}",
        "day": day(page, sitting.starts_at, zone),
        "starts": sitting.starts_at.timestamp(),
        "time": f"{clock(sitting.starts_at, zone)}–{clock(sitting.ends_at, zone)}",
        "halls": ", ".join(sitting.halls),
        "students": sitting.students,
    }


def _roster(work: Work, sitting_id: int) -> tuple[SittingPublic, list[RosterStatus], str]:
    sitting = sittings.shape(work, [sittings.get(work, sitting_id)])[0]
    zones = {hall.id: hall.time_zone for hall in halls.every(work)}
    zone = zones.get(sitting.halls[0], "UTC") if sitting.halls else "UTC"
    return sitting, attendance.roster(work, sitting_id), zone


def _links(page: OfficePage, sitting: SittingPublic) -> None:
    with ui.element("div").classes("nero-bar"):
        if page.may("page_import") and sitting.state != "sealed":
            ui.link(page.say("roster.import"), f"/office/import?sitting={sitting.id}")
        ui.link(page.say("roster.export"), f"/api/v1/sittings/{sitting.id}/roster/csv")
        ui.link(page.say("roster.seats"), f"/office/sittings/{sitting.id}/seats")
        for hall in sitting.halls:
            ui.link(page.say("home.hall", hall=hall), f"/hall/{sitting.id}/{hall}")


def _add(page: OfficePage, sitting: SittingPublic) -> None:
    with ui.element("form").classes("nero-bar").props(f'aria-label="{page.say("roster.add")}"') as form:
        number = ui.input(page.say("students.number")).props("dense")
        hall = ui.select(sitting.halls, value=sitting.halls[0] if sitting.halls else None, label=page.say("fact.hall"))
        hall.props("dense")
        table = ui.input(page.say("fact.table")).props("dense")
        ui.button(page.say("roster.add")).props("no-caps type=submit")

    async def add() -> None:
        try:
            row = RosterRow(student_id=number.value, hall=str(hall.value), table=table.value)
        except ValidationError:
            page.warn(page.say("roster.add.wrong", number=number.value))
            return
        done = await page.attempt(
            "patch_roster",
            lambda work: rosters.patch(work, sitting.id, RosterPut(rows=[row])),
            sitting_id=sitting.id,
        )
        if done is not None:
            ui.navigate.reload()

    form.on("submit.prevent", add)


def _table(page: OfficePage, sitting: SittingPublic, rows: Sequence[RosterStatus], may: bool) -> None:
    columns = [
        {"name": name, "label": page.say(f"roster.column.{name}"), "field": name, "align": "left", "sortable": True}
        for name in ("student_id", "name", "hall", "table", "status")
    ]
    words = status_words(page)
    lines = [
        {
            "student_id": row.student_id,
            "name": row.name,
            "hall": row.hall,
            "table": row.table,
            "status": words[row.status],
            "choose": page.say("roster.choose", name=row.name),
        }
        for row in rows
    ]
    with ui.element("div").classes("nero-bar"):
        search = ui.input(page.say("students.search")).props("dense clearable debounce=200").classes("grow")
        off = ui.button(page.say("roster.take_off"), icon="person_remove").props("flat no-caps") if may else None
    table = ui.table(
        columns=columns,
        rows=lines,
        row_key="student_id",
        selection="multiple" if may else None,
        pagination=50,
    )
    table.classes("nero-wide").props(f'flat bordered aria-label="{page.say("roster")}"')
    table.bind_filter_from(search, "value")
    table.add_slot(
        "body-cell-student_id",
        '<q-td :props="props"><a :href="`/office/students/${props.value}`">{{ props.value }}</a></q-td>',
    )
    choose_all = html.escape(page.say("roster.choose_all"))
    table.add_slot("header-selection", f'<q-checkbox dense v-model="props.selected" aria-label="{choose_all}" />')
    table.add_slot("body-selection", '<q-checkbox dense v-model="props.selected" :aria-label="props.row.choose" />')
    if off is not None:
        off.bind_enabled_from(table, "selected", backward=bool)
        off.on_click(lambda: _take_off(page, sitting, [str(row["student_id"]) for row in table.selected]))


async def _take_off(page: OfficePage, sitting: SittingPublic, students: list[str]) -> None:
    shown = ", ".join(students[:20]) + (" …" if len(students) > 20 else "")
    question = page.say("roster.take_off.sure", count=len(students))
    if not await sure(page, question, shown, page.say("roster.take_off")):
        return
    done = await page.attempt(
        "patch_roster",
        lambda work: rosters.patch(work, sitting.id, RosterPut(remove=students)),
        sitting_id=sitting.id,
    )
    if done is not None:
        ui.navigate.reload()
