"""Seats of a sitting, hall by hall: set by hand on the plan, or generated, looked at, and then applied."""

import json
from collections.abc import Mapping, Sequence
from functools import partial

from nicegui import events, ui

from services.api.office import seats, seats_set, sittings
from services.api.office.seat_labels import label, row_letters
from services.api.office.seat_shapes import HallSeats, PlaceSet, Proposal, SeatsPut, SeatsSummary, SitterPublic
from services.api.office.sitting_shapes import SittingPublic
from services.api.office.work import Work
from services.api.pages.parts import request_query
from services.api.pages.seats_generated import Generator
from services.api.pages.shell import OfficePage, office_page
from services.api.pages.sitting_people import paper_links
from services.api.pages.status_numbers import number_button, rows_dialog

MODULE = "/static/seats.js"


@office_page("/sittings/{sitting_id}/seats", "page_seats", "seats", below="page_exams")
async def build(page: OfficePage, sitting_id: int) -> None:
    """Show one hall's plan, and the way to the sitting's other halls."""
    sitting = await page.read(lambda work: sittings.shape(work, [sittings.get(work, sitting_id)])[0])
    asked = request_query(page.request, "hall")
    hall_id = asked if asked in sitting.halls else next(iter(sitting.halls), None)
    ui.link(f"{sitting.exam_code} · {sitting.subject}", f"/office/sittings/{sitting.id}").classes("nero-subtitle")
    if hall_id is None:
        ui.label(page.say("seats.no_hall")).classes("nero-empty")
        return
    _ways(page, sitting, hall_id)
    await HallEditor(page, sitting, hall_id).begin()


def _ways(page: OfficePage, sitting: SittingPublic, hall_id: str) -> None:
    with ui.element("nav").classes("nero-bar").props(f'aria-label="{page.say("sitting.halls")}"'):
        for one in sitting.halls:
            link = ui.link(f"{page.say('fact.hall')} {one}", f"/office/sittings/{sitting.id}/seats?hall={one}")
            if one == hall_id:
                link.props('aria-current="page"').classes("nero-here")
        ui.element("span").classes("grow")
        paper_links(page, sitting.id, hall_id)


class HallEditor:
    """The plan of one hall, as it is and as it would be."""

    def __init__(self, page: OfficePage, sitting: SittingPublic, hall_id: str) -> None:
        self._page = page
        self._sitting = sitting
        self._hall_id = hall_id
        self._may = page.may("set_seats") and sitting.state not in ("sealed", "cancelled")

    async def begin(self) -> None:
        """Draw everything."""
        self._now = await self._page.read(self._look)
        if self._now.hall.capacity is None:
            with ui.element("div").classes("nero-empty"):
                ui.label(self._page.say("seats.no_plan", hall=self._hall_id))
                ui.link(self._page.say("seats.to_hall"), f"/office/halls/{self._hall_id}")
            self._without_plan()
            return
        self._counts = ui.element("div").classes("nero-numbers").props('role="status"')
        if self._may:
            Generator(self._page, self._sitting.id, self._hall_id, self._show, self._apply)
        self._box = ui.element("div").classes("nero-plan-box nero-seats-box")
        ui.on("nero-seat-put", self._put)
        self._show(None)

    def _look(self, work: Work) -> HallSeats:
        return seats.plan_of(work, self._sitting.id, self._hall_id)

    def _without_plan(self) -> None:
        with ui.element("ul").classes("nero-sittings"):
            for one in self._now.people:
                with ui.element("li"):
                    ui.label(f"{one.name} · {one.student_id}")
                    ui.label(one.table)

    def _show(self, proposal: Proposal | None) -> None:
        """Draw the plan: as it is, or with what is proposed, which can't be changed by hand."""
        hall = self._now.hall
        rows, columns = hall.rows or 0, hall.columns or 0
        people = self._people(proposal)
        plan = {
            "sitting": self._sitting.id,
            "hall": self._hall_id,
            "rows": rows,
            "columns": columns,
            "letters": [row_letters(row + 1) for row in range(rows)],
            "blocked": [list(seat) for seat in hall.blocked],
            "people": people,
            "editable": self._may and proposal is None,
            "label": self._page.say("halls.plan", hall=hall.name),
        }
        self._count(people)
        call = f"seats.drawSeats(getHtmlElement({self._box.id}), {json.dumps(plan)})"
        ui.run_javascript(f"import({json.dumps(MODULE)}).then((seats) => {call})")

    def _count(self, people: Sequence[Mapping[str, object]]) -> None:
        """Say how many have a seat, as the plan that is drawn has it; each number opens who they are."""
        page = self._page
        own = [one for one in people if one["own"]]
        groups = {
            "seated": [one for one in own if one["row"] is not None],
            "unseated": [one for one in own if one["row"] is None],
            "others": [one for one in people if not one["own"]],
        }
        titles = [page.say(f"report.column.{code}") for code in ("table", "number", "name", "exam")]
        self._counts.clear()
        with self._counts:
            for code, found in groups.items():
                rows = [(_seat(one), one["student"], one["name"], one["exam"]) for one in found]
                title = page.say(f"seats.count.{code}")
                number_button(str(len(found)), title, partial(rows_dialog, page, title, titles, rows))

    def _people(self, proposal: Proposal | None) -> list[dict[str, object]]:
        placed = {(one.sitting_id, one.student_id): one for one in (proposal.places if proposal else [])}
        shown = []
        for one in (*self._now.people, *self._now.others):
            new = placed.get((one.sitting_id, one.student_id))
            shown.append(
                {
                    "key": _key(one),
                    "student": one.student_id,
                    "name": one.name,
                    "exam": one.exam_code,
                    "own": one.sitting_id == self._sitting.id,
                    "row": new.row if new else one.row,
                    "col": new.col if new else one.col,
                    "table": one.table if one.row is None and new is None else "",
                    "need": one.seat_need,
                    "in": one.has_checked_in,
                    "changed": new is not None,
                }
            )
        return shown

    async def _put(self, event: events.GenericEventArguments) -> None:
        """Move one, or let two change places."""
        who = next((one for one in self._now.people if _key(one) == event.args["key"]), None)
        if who is None:
            return
        row, col = event.args["row"], event.args["col"]
        there = next((one for one in self._now.people if row and (one.row, one.col) == (row, col)), None)
        places = [PlaceSet(student_id=who.student_id, row=row, col=col, version=who.version)]
        if there is not None and there != who:
            places.append(
                PlaceSet(
                    student_id=there.student_id,
                    row=who.row,
                    col=who.col,
                    table="" if who.row else who.table,
                    version=there.version,
                )
            )
        if await self._apply(places, None):
            self._page.done(self._page.say("seats.changed" if there is None else "seats.swapped"))

    async def _apply(self, places: Sequence[PlaceSet], proposal: Proposal | None) -> SeatsSummary | None:
        """Set places, then draw what is there now: also where it was refused, since something is new then."""
        sent = SeatsPut(
            places=list(places), how=proposal.how if proposal else None, seed=proposal.seed if proposal else None
        )
        done = await self._page.attempt(
            "set_seats", lambda work: seats_set.put(work, self._sitting.id, self._hall_id, sent)
        )
        self._now = await self._page.read(self._look)
        self._show(None)
        return done


def _seat(one: Mapping[str, object]) -> str:
    row, col = one["row"], one["col"]
    return label(row, col) if isinstance(row, int) and isinstance(col, int) else str(one["table"] or "–")


def _key(one: SitterPublic) -> str:
    return f"{one.sitting_id}:{one.student_id}"
