"""The halls of a sitting, with their papers, and who watches over them."""

from collections.abc import Callable, Sequence

from nicegui import ui

from services.api.office import assignments, sittings
from services.api.office.assignments import Clash, Invigilator, Watcher
from services.api.office.halls import HallPublic
from services.api.office.printing import PRINTS
from services.api.office.readiness import Readiness
from services.api.office.sitting_shapes import SittingChange, SittingPublic
from services.api.office.work import Work
from services.api.pages.asking import asked
from services.api.pages.parts import subtitle, sure
from services.api.pages.shell import OfficePage

WHOLE = ""


def halls_and_people(
    page: OfficePage,
    sitting: SittingPublic,
    ready: Readiness,
    watchers: Sequence[Watcher],
    invigilators: Sequence[Invigilator],
    halls: Sequence[HallPublic],
    clashes: Sequence[Clash],
) -> None:
    """Show a card for each hall, and the invigilators."""
    may = page.may("change_sitting") and sitting.state not in ("sealed", "cancelled")
    subtitle(page.say("sitting.halls"), "h3")
    with ui.element("div").classes("nero-cards"):
        for hall_id in sitting.halls:
            _hall(page, sitting, ready, hall_id, may=may)
    others = {hall.id: f"{hall.id} · {hall.name}" for hall in halls if hall.id not in sitting.halls}
    if may and others:
        with ui.element("div").classes("nero-bar"):
            new = ui.select(others, label=page.say("sitting.hall.new")).props("dense").classes("nero-role")
            ui.button(
                page.say("sitting.hall.add"),
                icon="add",
                on_click=lambda: _set_halls(page, sitting, new.value, add=True),
            ).props("no-caps flat")
    _people(page, sitting, watchers, invigilators, clashes, may=may)


def _hall(page: OfficePage, sitting: SittingPublic, ready: Readiness, hall_id: str, *, may: bool) -> None:
    lacking = sum(one.hall == hall_id for one in ready.missing)
    with (
        ui.element("section")
        .classes("nero-card nero-hall-card")
        .props(f'aria-label="{page.say("fact.hall")} {hall_id}"')
    ):
        with ui.element("header").classes("nero-bar"):
            subtitle(f"{page.say('fact.hall')} {hall_id}", "h4")
            words = page.say("sitting.hall.lacks", count=lacking) if lacking else page.say("sitting.hall.ready")
            ui.label(f"{'▲' if lacking else '●'} {words}").classes(f"nero-state {'warn' if lacking else 'good'}")
        ui.link(page.say("roster.seats"), f"/office/sittings/{sitting.id}/seats?hall={hall_id}")
        ui.link(page.say("home.hall", hall=hall_id), f"/hall/{sitting.id}/{hall_id}")
        paper_links(page, sitting.id, hall_id)
        if may and len(sitting.halls) > 1:
            ui.button(
                page.say("sitting.hall.remove"), on_click=lambda: _set_halls(page, sitting, hall_id, add=False)
            ).props("flat dense no-caps color=negative")


def paper_links(page: OfficePage, sitting_id: int, hall_id: str) -> None:
    """Link to each PDF for a hall."""
    for paper in PRINTS:
        address = f"/api/v1/sittings/{sitting_id}/halls/{hall_id}/{paper}.pdf"
        ui.link(page.say(f"sitting.paper.{paper}"), address, new_tab=True)


async def _set_halls(page: OfficePage, sitting: SittingPublic, hall_id: str | None, *, add: bool) -> None:
    if not hall_id:
        return
    others = [one for one in sitting.halls if one != hall_id]
    wished = sorted([*others, hall_id]) if add else others
    if not add:
        question, goes = page.say("sitting.hall.remove.sure", hall=hall_id), page.say("sitting.hall.remove.goes")
        if not await sure(page, question, goes, page.say("sitting.hall.remove")):
            return

    def change(work: Work) -> SittingPublic:
        return sittings.change(work, sitting.id, SittingChange(halls=wished, version=sitting.version))

    if await page.attempt("change_sitting", change):
        ui.navigate.reload()


def _people(
    page: OfficePage,
    sitting: SittingPublic,
    watchers: Sequence[Watcher],
    invigilators: Sequence[Invigilator],
    clashes: Sequence[Clash],
    *,
    may: bool,
) -> None:
    with ui.element("section").classes("nero-card").props('id="invigilators"'):
        subtitle(page.say("sitting.invigilators"), "h3")
        if not watchers:
            ui.label(page.say("sitting.invigilators.none")).classes("nero-soft")
        with ui.element("ul").classes("nero-sittings"):
            for watcher in watchers:
                _watcher(page, sitting, watcher, [one for one in clashes if one.user_id == watcher.user_id], may=may)
        if may:
            if invigilators:
                ui.button(
                    page.say("sitting.invigilators.assign"),
                    icon="person_add",
                    on_click=lambda: _assign(page, sitting, invigilators),
                ).props("no-caps flat")
            else:
                ui.link(page.say("sitting.invigilators.make"), "/office/accounts")


def _watcher(
    page: OfficePage, sitting: SittingPublic, watcher: Watcher, clashes: Sequence[Clash], *, may: bool
) -> None:
    with ui.element("li"):
        ui.label(watcher.name)
        ui.label(page.say("sitting.invigilators.all") if watcher.halls is None else ", ".join(watcher.halls))
        for clash in clashes:
            with ui.element("span").classes("nero-state warn"):
                ui.label("▲")
                ui.link(page.say("sitting.invigilators.clash"), f"/office/sittings/{clash.other_sitting_id}")
        if may:
            take_off = page.say("sitting.invigilators.take_off")
            button = ui.button(take_off, on_click=lambda: _take_off(page, sitting, watcher)).props("flat dense no-caps")
            button.props.update({"aria-label": f"{take_off}: {watcher.name}"})


async def _assign(page: OfficePage, sitting: SittingPublic, invigilators: Sequence[Invigilator]) -> None:
    def draw() -> Callable[[], tuple[int, str]]:
        names = {one.user_id: one.name for one in invigilators}
        who = ui.select(names, value=invigilators[0].user_id, label=page.say("sitting.invigilator"), with_input=True)
        where = {WHOLE: page.say("sitting.invigilators.all"), **{hall: hall for hall in sitting.halls}}
        hall = ui.select(where, value=WHOLE, label=page.say("fact.hall"))
        return lambda: (int(who.value or 0), str(hall.value or WHOLE))

    wish = await asked(page, page.say("sitting.invigilators.assign"), draw, page.say("sitting.invigilators.go"))
    if wish is None:
        return
    user_id, hall_id = wish

    def assign(work: Work) -> SittingPublic:
        return assignments.assign(work, sitting.id, user_id, hall_id or None)

    if await page.attempt("assign_invigilator", assign):
        ui.navigate.reload()


async def _take_off(page: OfficePage, sitting: SittingPublic, watcher: Watcher) -> None:
    def take_off(work: Work) -> bool:
        assignments.unassign(work, sitting.id, watcher.user_id)
        return True

    if await page.attempt("unassign_invigilator", take_off):
        ui.navigate.reload()
