"""One sitting set up on one page: what is still missing, its times, its halls and people, and what happens meanwhile."""

from dataclasses import dataclass, field

from nicegui import ui

from services.api.office import assignments, halls, readiness, sittings
from services.api.office.assignments import Clash, Invigilator, Watcher
from services.api.office.halls import HallPublic
from services.api.office.readiness import Missing, Readiness
from services.api.office.sitting_shapes import SittingChange, SittingPublic
from services.api.office.sitting_times import Times
from services.api.office.work import Work
from services.api.pages.exams import state_words
from services.api.pages.parts import clock, day, subtitle, sure
from services.api.pages.shell import OfficePage, office_page
from services.api.pages.sitting_acts import acts
from services.api.pages.sitting_people import halls_and_people
from services.api.pages.sitting_times import time_fields

POLICIES = ("challenge", "blink", "off")


@dataclass(frozen=True)
class SetUp:
    """What the page shows."""

    sitting: SittingPublic
    ready: Readiness
    watchers: list[Watcher]
    clashes: list[Clash]
    halls: list[HallPublic]
    invigilators: list[Invigilator] = field(default_factory=list)

    @property
    def zone(self) -> str:
        """The first hall's time zone."""
        return self.ready.time_zone

    @property
    def open(self) -> bool:
        """Whether anything may still be changed."""
        return self.sitting.state not in ("sealed", "cancelled")


@office_page("/sittings/{sitting_id}", "page_sitting", "sitting", below="page_exams")
async def build(page: OfficePage, sitting_id: int) -> None:
    """Show the sitting, and what it lacks first."""
    found = await page.read(lambda work: look(work, sitting_id))
    _heading(page, found)
    missing_list(page, found.ready)
    _times(page, found)
    halls_and_people(page, found.sitting, found.ready, found.watchers, found.invigilators, found.halls, found.clashes)
    if page.may("change_sitting"):
        acts(page, found.sitting, found.halls)


def look(work: Work, sitting_id: int) -> SetUp:
    """Read everything that the page shows."""
    row = sittings.get(work, sitting_id)
    return SetUp(
        sitting=sittings.shape(work, [row])[0],
        ready=readiness.of_sitting(work, sitting_id),
        watchers=assignments.every(work, sitting_id),
        clashes=assignments.clashes(work, row),
        halls=halls.every(work),
        invigilators=assignments.available(work),
    )


def _heading(page: OfficePage, found: SetUp) -> None:
    sitting, zone = found.sitting, found.zone
    when = f"{day(page, sitting.starts_at, zone)}, {clock(sitting.starts_at, zone)}–{clock(sitting.ends_at, zone)}"
    with ui.element("header"):
        subtitle(f"{sitting.exam_code} · {sitting.subject}", "h2")
        with ui.element("div").classes("nero-bar"):
            ui.label(f"{when} ({zone})")
            ui.label(state_words(page, sitting.state)).classes("nero-state" if found.open else "nero-state warn")
    with ui.element("nav").classes("nero-bar").props(f'aria-label="{page.say("sitting.ways")}"'):
        ui.link(page.say("sitting.roster", count=found.ready.expected), f"/office/rosters/{sitting.id}")
        ui.link(page.say("roster.seats"), f"/office/sittings/{sitting.id}/seats")
        ui.link(page.say("home.close"), f"/office/sittings/{sitting.id}/close")
        ui.link(page.say("exams"), "/office/exams")
    if sitting.policy == "off":
        ui.label(f"▲ {page.say('sitting.policy.off.warning')}").classes("nero-state bad").props('role="alert"')


def missing_list(page: OfficePage, ready: Readiness) -> None:
    """Show what a sitting lacks, each with the way to where it is mended."""
    with ui.element("section").classes("nero-card nero-missing").props(f'aria-label="{page.say("sitting.missing")}"'):
        if ready.ready:
            ui.label(f"● {page.say('sitting.ready')}").classes("nero-state good")
            return
        subtitle(page.say("sitting.missing"), "h3")
        with ui.element("ul"):
            for one in ready.missing:
                with ui.element("li"):
                    ui.link(missing_words(page, one), one.mend)


def missing_words(page: OfficePage, one: Missing) -> str:
    """Say one thing that a sitting lacks."""
    some = ", ".join(one.students[:5]) + ("…" if one.count > 5 and one.students else "")
    said = page.say(f"lack.{one.what}", count=f"{one.count:,}", hall=one.hall or "")
    return f"{said} ({some})" if some else said


def _times(page: OfficePage, found: SetUp) -> None:
    sitting = found.sitting
    with ui.element("section").classes("nero-card nero-form").props('id="times"'):
        subtitle(page.say("sitting.times"), "h3")
        ui.label(page.say("sitting.times.zone", zone=found.zone)).classes("nero-soft")
        read = time_fields(page, sitting, found.zone)
        policies = {name: page.say(f"sitting.policy.{name}") for name in POLICIES}
        policy = ui.select(policies, value=sitting.policy, label=page.say("sitting.policy"))
        warning = ui.label(f"▲ {page.say('sitting.policy.off.warning')}").classes("nero-state bad")
        warning.props('role="alert"').bind_visibility_from(policy, "value", backward=lambda value: value == "off")
        if page.may("change_sitting") and found.open:
            ui.button(
                page.say("common.save"), icon="save", on_click=lambda: _save(page, found, read(), str(policy.value))
            ).props("no-caps")


async def _save(page: OfficePage, found: SetUp, times: Times, policy: str) -> None:
    sitting = found.sitting
    if policy == "off" != sitting.policy and not await sure(
        page,
        page.say("sitting.policy.off.sure"),
        page.say("sitting.policy.off.warning"),
        page.say("sitting.policy.off.go"),
    ):
        return

    def change(work: Work) -> SittingPublic:
        wish = {**times.moments(found.zone), "policy": policy, "version": sitting.version}
        return sittings.change(work, sitting.id, SittingChange.model_validate(wish))

    if await page.attempt("change_sitting", change):
        ui.navigate.reload()
