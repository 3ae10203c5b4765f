"""The first steps of the end of an exam: check-in closed, cases settled, who is still out."""

from datetime import datetime

from nicegui import ui

from services.api.office import sitting_halls
from services.api.office.sitting_halls import SittingHallChange
from services.api.pages.asking import reason_for
from services.api.pages.closing_hall import Again, Hall, step
from services.api.pages.parts import clock, sure
from services.api.pages.plain_table import plain_table
from services.api.pages.shell import OfficePage


def check_in_step(page: OfficePage, hall: Hall, again: Again) -> None:
    """Say whether anybody is still expected, close it, and take that back."""
    with step(page, "closing.step.check_in", done=hall.state.check_in_over):
        if hall.state.check_in_over:
            ui.label(page.say("closing.check_in.over"))
            if hall.state.closed_at is not None:
                _closed_here(page, hall, hall.state.closed_at, again)
            return
        ui.label(page.say("closing.check_in.open", time=clock(hall.sitting.closes_at, hall.zone)))
        if page.may("change_sitting_hall"):
            ui.button(page.say("closing.check_in.close"), on_click=lambda: _close_check_in(page, hall, again)).props(
                "outline no-caps"
            )


def _closed_here(page: OfficePage, hall: Hall, closed_at: datetime, again: Again) -> None:
    ui.label(page.say("closing.check_in.closed_here", time=clock(closed_at, hall.zone)))
    if page.may("change_sitting_hall"):
        ui.button(page.say("closing.check_in.reopen"), on_click=lambda: _reopen_check_in(page, hall, again)).props(
            "outline no-caps"
        )


async def _reopen_check_in(page: OfficePage, hall: Hall, again: Again) -> None:
    means = page.say("closing.check_in.reopen.means", time=clock(hall.sitting.closes_at, hall.zone))
    go = page.say("closing.check_in.reopen")
    reason = await reason_for(page, page.say("closing.check_in.reopen.title"), means, go)
    if reason is not None:
        await _change(page, hall, SittingHallChange(closed=False, reason=reason))
        await again()


async def _close_check_in(page: OfficePage, hall: Hall, again: Again) -> None:
    goes = page.say("closing.check_in.goes", count=hall.state.totals.expected)
    if not await sure(page, page.say("closing.check_in.sure"), goes, page.say("closing.check_in.close")):
        return
    wish = SittingHallChange(closed=True, reason=page.say("closing.check_in.reason"))
    await _change(page, hall, wish)
    await again()


async def _change(page: OfficePage, hall: Hall, wish: SittingHallChange) -> None:
    await page.attempt(
        "change_sitting_hall",
        lambda work: sitting_halls.change(work, hall.sitting.id, hall.hall_id, wish),
        **hall.place,
    )


def cases_step(page: OfficePage, hall: Hall) -> None:
    """List the cases that wait, each with the way to the page that settles it."""
    cases = hall.state.open_cases
    with step(page, "closing.step.cases", done=not cases):
        if not cases:
            ui.label(page.say("closing.cases.none"))
            return
        ui.label(page.say("closing.cases.some", count=len(cases)))
        with ui.element("ul").classes("nero-parts"):
            for case in cases:
                with ui.element("li").classes("nero-part"):
                    where = f"/hall/{hall.sitting.id}/{hall.hall_id}?case={case.id}"
                    ui.link(page.say("verdict.case", number=case.case_number), where)
                    ui.label(page.say(f"review.verdict.{case.verdict}"))
                    ui.label(", ".join(f"{one.name} ({one.student_id})" for one in case.candidates))
                    ui.label(clock(case.opened_at, hall.zone))


def out_step(page: OfficePage, hall: Hall) -> None:
    """List who went out and is not back."""
    with step(page, "closing.step.out", done=not hall.state.out):
        if not hall.state.out:
            ui.label(page.say("closing.out.none"))
            return
        ui.label(page.say("closing.out.some"))
        header = [page.say(f"seal.column.{code}") for code in ("table", "number", "name", "out")]
        rows = [
            (one.table, one.student_id, one.name, clock(one.since, hall.zone) if one.since else "")
            for one in hall.state.out
        ]
        plain_table(page.say("closing.step.out"), header, rows)
        ui.link(page.say("closing.to_hall"), f"/hall/{hall.sitting.id}/{hall.hall_id}")
