"""One hall: its name, way and time zone, and its plan, on which seats are blocked by a click or a key."""

import json
from zoneinfo import available_timezones

from nicegui import events, ui

from services.api.office import halls
from services.api.office.displaced import Displaced, displaced_by
from services.api.office.halls import HallChange, HallPublic, on_plan
from services.api.office.seat_labels import row_letters
from services.api.office.work import Work
from services.api.pages.parts import day, sure, take_only_match
from services.api.pages.shell import OfficePage, office_page

MODULE = "/static/hall-plan.js"
_NO_PLACES = {"Factory", "localtime"}
"""Called like time zones, but of no place: what one machine is set to, or is not set to."""
MOST_NAMED = 6
"""Of who would lose a seat; the others are counted."""


@office_page("/halls/{hall_id}", "page_hall_plan", "hall_plan", below="page_halls")
async def build(page: OfficePage, hall_id: str) -> None:
    """Show one hall, to be changed by who may."""
    hall = await page.read(lambda work: halls.public(halls.get(work, hall_id)), "get_hall")
    ui.link(page.say("halls.all"), "/office/halls")
    HallEditor(page, hall)


class HallEditor:
    """What is typed and clicked of one hall, until it is saved."""

    def __init__(self, page: OfficePage, hall: HallPublic) -> None:
        self._page = page
        self._hall = hall
        self._may = page.may("change_hall")
        self._blocked = _places(hall)
        with ui.element("section").classes("nero-card nero-hall-form"):
            self._fields()
            self._size()
        if self._may:
            self._acts()
        self._help = ui.label().classes("nero-soft")
        self._box = ui.element("div").classes("nero-plan-box")
        ui.on("nero-plan", self._clicked)
        self._draw_plan()

    def _fields(self) -> None:
        say, hall = self._page.say, self._hall
        self._name = ui.input(say("halls.name"), value=hall.name)
        zones = sorted(available_timezones() - _NO_PLACES | {hall.time_zone})
        self._zone = ui.select(zones, value=hall.time_zone, label=say("halls.zone"), with_input=True)
        take_only_match(self._zone)
        self._directions = ui.input(say("halls.directions"), value=hall.directions)
        self._directions.classes("nero-whole-row")
        for field in (self._name, self._directions, self._zone):
            field.set_enabled(self._may)
            field.on_value_change(self._count)

    def _size(self) -> None:
        say, hall = self._page.say, self._hall
        with ui.element("div").classes("nero-bar"):
            self._rows = ui.number(say("halls.rows"), value=hall.rows, min=1, max=200, precision=0)
            self._columns = ui.number(say("halls.columns"), value=hall.columns, min=1, max=200, precision=0)
            self._capacity = ui.label().props('role="status"').classes("nero-capacity")
        for field in (self._rows, self._columns):
            field.set_enabled(self._may)
            field.on_value_change(self._draw_plan)

    def _acts(self) -> None:
        say = self._page.say
        with ui.element("div").classes("nero-bar"):
            ui.button(say("common.save"), icon="save", on_click=self._save).props("no-caps")
            self._unsaved = ui.label(say("halls.unsaved")).classes("nero-state warn").props('role="status"')
            ui.element("div").classes("grow")
            ui.button(say("halls.delete"), icon="delete", on_click=self._delete).props("no-caps flat color=negative")

    @property
    def _changed(self) -> bool:
        hall = self._hall
        now = (self._name.value, self._directions.value, self._zone.value, *self._plan_size(), self._seats())
        before = (hall.name, hall.directions, hall.time_zone, hall.rows, hall.columns, sorted(_places(hall)))
        return now != before

    def _plan_size(self) -> tuple[int | None, int | None]:
        rows, columns = self._rows.value, self._columns.value
        return (int(rows) if rows else None, int(columns) if columns else None)

    def _seats(self) -> list[tuple[int, int]]:
        rows, columns = self._plan_size()
        return on_plan(self._blocked, rows or 0, columns or 0)

    def _draw_plan(self) -> None:
        rows, columns = self._plan_size()
        drawn = 0 < (rows or 0) <= 200 and 0 < (columns or 0) <= 200
        self._help.text = self._page.say(
            "halls.plan.empty" if not drawn else "halls.plan.help" if self._may else "halls.plan.read"
        )
        plan = {
            "rows": rows if drawn else 0,
            "columns": columns if drawn else 0,
            "letters": [row_letters(row + 1) for row in range(rows or 0)] if drawn else [],
            "blocked": self._seats(),
            "editable": self._may,
            "label": self._page.say("halls.plan", hall=self._hall.name),
        }
        call = f"plan.drawPlan(getHtmlElement({self._box.id}), {json.dumps(plan)})"
        ui.run_javascript(f"import({json.dumps(MODULE)}).then((plan) => {call})")
        self._count()

    def _clicked(self, event: events.GenericEventArguments) -> None:
        seat = (int(event.args["row"]), int(event.args["column"]))
        if event.args["blocked"]:
            self._blocked.add(seat)
        else:
            self._blocked.discard(seat)
        self._count()

    def _count(self) -> None:
        rows, columns = self._plan_size()
        seats = (rows or 0) * (columns or 0) - len(self._seats())
        self._capacity.text = self._page.say("halls.capacity", capacity=seats) if rows and columns else ""
        if self._may:
            self._unsaved.set_visibility(self._changed)

    async def _save(self) -> None:
        rows, columns = self._plan_size()
        fields = {
            "name": self._name.value,
            "directions": self._directions.value,
            "time_zone": self._zone.value,
            "rows": rows,
            "columns": columns,
            "blocked": self._seats(),
            "version": self._hall.version,
        }

        def change(work: Work) -> HallPublic:
            return halls.change(work, self._hall.id, HallChange.model_validate(fields))

        if not await self._nobody_minds(fields):
            return
        saved = await self._page.attempt("change_hall", change)
        if saved is not None:
            self._hall, self._blocked = saved, _places(saved)
            self._count()
            self._page.done(self._page.say("common.saved"))

    async def _nobody_minds(self, fields: dict[str, object]) -> bool:
        """Ask first, where somebody has a seat that goes."""

        def look(work: Work) -> list[Displaced]:
            return displaced_by(work, self._hall.id, HallChange.model_validate(fields))

        found = await self._page.attempt("preview_hall", look)
        if not found:
            return found is not None
        say = self._page.say
        question, goes = say("halls.displaced", number=len(found)), say("halls.displaced.goes", who=self._who(found))
        return await sure(self._page, question, goes, say("halls.displaced.go"))

    def _who(self, found: list[Displaced]) -> str:
        say, zone = self._page.say, self._hall.time_zone
        shown = [
            f"{one.name} ({one.seat}, {one.exam_code}, {day(self._page, one.starts_at, zone)})"
            for one in found[:MOST_NAMED]
        ]
        more = len(found) - len(shown)
        return ", ".join([*shown, say("halls.displaced.more", number=more)] if more else shown)

    async def _delete(self) -> None:
        say, hall = self._page.say, self._hall
        if not await sure(
            self._page, say("halls.delete.sure", name=hall.name), say("halls.delete.goes"), say("common.delete")
        ):
            return

        def delete(work: Work) -> bool:
            halls.delete(work, hall.id)
            return True

        if await self._page.attempt("delete_hall", delete):
            ui.navigate.to("/office/halls")


def _places(hall: HallPublic) -> set[tuple[int, int]]:
    return {(row, column) for row, column in hall.blocked}
