"""What happens to a sitting while people arrive: put off, moved, called off; and deleting it before anything has."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from nicegui import ui

from services.api.office import hall_moves, sitting_moves, sittings
from services.api.office.hall_moves import HallMoving
from services.api.office.halls import HallPublic
from services.api.office.sitting_moves import CallingOff, Delay
from services.api.office.sitting_shapes import SittingPublic
from services.api.office.work import Work
from services.api.pages.asking import asked
from services.api.pages.parts import subtitle, sure
from services.api.pages.shell import OfficePage

T = TypeVar("T")
Wish = dict[str, object]
SEATS = ("keep", "id", "random", "spaced")


def acts(page: OfficePage, sitting: SittingPublic, halls: Sequence[HallPublic]) -> None:
    """Show what can be done with the sitting as it is now."""
    if sitting.state == "sealed":
        return
    with ui.element("section").classes("nero-card").props(f'aria-label="{page.say("sitting.meanwhile")}"'):
        subtitle(page.say("sitting.meanwhile"), "h3")
        ui.label(page.say("sitting.meanwhile.means")).classes("nero-soft")
        with ui.element("div").classes("nero-bar"):
            if sitting.state == "cancelled":
                _button(page, "sitting.reinstate", lambda: _call(page, sitting, reinstate=True))
            else:
                _button(page, "sitting.delay", lambda: _delay(page, sitting))
                if len(halls) > 1:
                    _button(page, "sitting.move", lambda: _move(page, sitting, halls))
                _button(page, "sitting.cancel", lambda: _call(page, sitting, reinstate=False), grave=True)
            _button(page, "sitting.delete", lambda: _delete(page, sitting), grave=True)


def _button(page: OfficePage, word: str, act: Callable[[], object], *, grave: bool = False) -> None:
    ui.button(page.say(word), on_click=act).props("outline no-caps color=negative" if grave else "outline no-caps")


async def _delay(page: OfficePage, sitting: SittingPublic) -> None:
    def draw() -> Callable[[], Wish]:
        ui.label(page.say("sitting.delay.means"))
        minutes = ui.number(page.say("sitting.delay.minutes"), value=15, min=1, max=1440, precision=0)
        doors = ui.checkbox(page.say("sitting.delay.doors"))
        reason = ui.input(page.say("sitting.reason"))
        return lambda: {"minutes": minutes.value, "close_the_doors": bool(doors.value), "reason": reason.value}

    wish = await asked(page, page.say("sitting.delay"), draw, page.say("sitting.delay.go"))
    if wish is None:
        return

    def delay(work: Work) -> SittingPublic:
        return sitting_moves.delay(work, sitting.id, Delay.model_validate({**wish, "version": sitting.version}))

    if await page.attempt("delay_sitting", delay):
        ui.navigate.reload()


async def _move(page: OfficePage, sitting: SittingPublic, halls: Sequence[HallPublic]) -> None:
    def draw() -> Callable[[], Wish]:
        ui.label(page.say("sitting.move.means"))
        names = {hall.id: f"{hall.id} · {hall.name}" for hall in halls}
        mine = {hall: names.get(hall, hall) for hall in sitting.halls}
        others = [hall for hall in names if hall not in sitting.halls] or list(names)
        old = ui.select(mine, value=sitting.halls[0], label=page.say("sitting.move.from"))
        new = ui.select(names, value=others[0], label=page.say("sitting.move.to"))
        seats = ui.select(
            {how: page.say(f"sitting.move.seats.{how}") for how in SEATS}, value="keep", label=page.say("roster.seats")
        )
        reason = ui.input(page.say("sitting.reason"))
        return lambda: {"from": old.value, "to": new.value, "seats": seats.value, "reason": reason.value}

    wish = await asked(page, page.say("sitting.move"), draw, page.say("sitting.move.go"))
    if wish is None:
        return

    def move(work: Work) -> hall_moves.Moved:
        return hall_moves.move(work, sitting.id, HallMoving.model_validate({**wish, "version": sitting.version}))

    moved = await page.attempt("move_sitting", move)
    if moved is None:
        return
    if moved.unseated:
        page.warn(page.say("sitting.move.unseated", count=len(moved.unseated), students=", ".join(moved.unseated[:10])))
    ui.navigate.to(f"/office/sittings/{sitting.id}/seats?hall={wish['to']}")


async def _call(page: OfficePage, sitting: SittingPublic, *, reinstate: bool) -> None:
    what = "sitting.reinstate" if reinstate else "sitting.cancel"

    def draw() -> Callable[[], str]:
        ui.label(page.say(f"{what}.means"))
        reason = ui.input(page.say("sitting.reason"))
        return lambda: str(reason.value or "")

    reason = await asked(page, page.say(what), draw, page.say(f"{what}.go"), grave=not reinstate)
    if reason is None:
        return

    def call(work: Work) -> SittingPublic:
        wish = CallingOff(reason=reason, version=sitting.version)
        return (sitting_moves.reinstate if reinstate else sitting_moves.cancel)(work, sitting.id, wish)

    if await page.attempt("reinstate_sitting" if reinstate else "cancel_sitting", call):
        ui.navigate.reload()


async def _delete(page: OfficePage, sitting: SittingPublic) -> None:
    goes = page.say("sitting.delete.goes")
    if not await sure(page, page.say("sitting.delete.sure", exam=sitting.exam_code), goes, page.say("common.delete")):
        return

    def delete(work: Work) -> bool:
        sittings.delete(work, sitting.id)
        return True

    if await page.attempt("delete_sitting", delete):
        ui.navigate.to("/office/exams")
