"""The end of an exam in one hall, as one walks through it: who is where, cases, counts, differences, the seal."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from nicegui import ui

from services.api.office import halls, record, sitting_halls, sittings
from services.api.office.closing import sealing, state
from services.api.office.closing.shapes import ClosingPublic, CountsPut
from services.api.office.record import Line
from services.api.office.sitting_halls import SittingHallChange
from services.api.office.sitting_shapes import SittingPublic
from services.api.office.work import Work
from services.api.pages.closing_differences import differences_step
from services.api.pages.closing_sealed import sealed_sections
from services.api.pages.grids import SHAPES
from services.api.pages.parts import clock, day, request_query, sure
from services.api.pages.plain_table import plain_table
from services.api.pages.shell import OfficePage, office_page
from services.api.problems import Problem

Again = Callable[[], Awaitable[None]]
_CARDS = ("present", "late", "absent", "out", "expected")


@dataclass(frozen=True)
class Hall:
    """What the page is about."""

    sitting: SittingPublic
    hall_id: str
    zone: str
    state: ClosingPublic
    roster: list[Line]

    @property
    def place(self) -> dict[str, object]:
        """The path of its operations."""
        return {"sitting_id": self.sitting.id, "hall_id": self.hall_id}


@office_page("/sittings/{sitting_id}/close", "page_closing", "closing")
async def build(page: OfficePage, sitting_id: int) -> None:
    """Show one hall of the sitting, and the way to its other halls."""
    sitting = await page.read(
        lambda work: sittings.shape(work, [sittings.get(work, sitting_id)])[0], "get_sitting", sitting_id=sitting_id
    )
    watched = await page.read(lambda work: _watched(work, sitting), sitting_id=sitting_id)
    asked = request_query(page.request, "hall")
    hall_id = asked if asked in watched else next(iter(watched), None)
    if hall_id is None:
        ui.label(page.say("closing.no_hall")).classes("nero-empty")
        return
    _heading(page, sitting, watched, hall_id)
    box = ui.element("div").classes("nero-steps")

    async def draw() -> None:
        found = await page.read(
            lambda work: _look(work, sitting, hall_id), "get_closing", sitting_id=sitting_id, hall_id=hall_id
        )
        box.clear()
        with box:
            _draw(page, found, draw)

    await draw()


def _watched(work: Work, sitting: SittingPublic) -> list[str]:
    watch = work.watch()
    own = watch.halls_of(sitting.id) if watch is not None else None
    return [hall_id for hall_id in sitting.halls if own is None or hall_id in own]


def _look(work: Work, sitting: SittingPublic, hall_id: str) -> Hall:
    row = sittings.get(work, sitting.id)
    return Hall(
        sitting=sitting,
        hall_id=hall_id,
        zone=halls.get(work, hall_id).time_zone,
        state=state.look(work, sitting.id, hall_id),
        roster=record.lines(work, row, hall_id),
    )


def _heading(page: OfficePage, sitting: SittingPublic, watched: list[str], hall_id: str) -> None:
    ui.label(f"{sitting.exam_code} · {sitting.subject}").classes("nero-subtitle")
    if len(watched) > 1:
        with ui.element("nav").classes("nero-bar").props(f'aria-label="{page.say("closing.halls")}"'):
            for one in watched:
                link = ui.link(page.say("closing.hall", hall=one), f"/office/sittings/{sitting.id}/close?hall={one}")
                if one == hall_id:
                    link.props('aria-current="page"').classes("nero-here")


def _draw(page: OfficePage, hall: Hall, again: Again) -> None:
    _totals(page, hall)
    if hall.state.seal is not None:
        sealed_sections(page, hall.state.seal, hall.roster, hall.zone, again)
        return
    may = page.may("put_closing_counts")
    _check_in(page, hall, again)
    _cases(page, hall)
    _out(page, hall)
    _counts(page, hall, again, may)
    differences_step(page, hall.state, hall.roster, hall.place, again)
    if may:
        _seal(page, hall, again)


def _totals(page: OfficePage, hall: Hall) -> None:
    sitting = hall.sitting
    times = f"{clock(sitting.starts_at, hall.zone)}–{clock(sitting.ends_at, hall.zone)}"
    ui.label(f"{page.say('closing.hall', hall=hall.hall_id)} · {day(sitting.starts_at, hall.zone)}, {times}")
    if hall.state.policy == "off":
        ui.label(f"▲ {page.say('closing.policy_off')}").classes("nero-state warn")
    with ui.element("div").classes("nero-numbers"):
        for status in _CARDS:
            count = getattr(hall.state.totals, status)
            if status == "expected" and not count:
                continue
            button = ui.button(on_click=lambda _, status=status: _who(page, hall, status)).props("flat no-caps")
            with button.classes("nero-count"):
                ui.label(str(count)).classes("nero-number")
                ui.label(f"{SHAPES[status]} {page.say(f'closing.{status}')}")
        with ui.element("div").classes("nero-count"):
            ui.label(str(hall.state.totals.on_roster)).classes("nero-number")
            ui.label(page.say("closing.on_roster"))


def _who(page: OfficePage, hall: Hall, status: str) -> None:
    rows = [
        (line.table, line.student_id, line.name, clock(line.admitted_at, hall.zone) if line.admitted_at else "–")
        for line in hall.roster
        if line.status == status
    ]
    with ui.dialog() as dialog, ui.card().classes("nero-card nero-list-of"):
        ui.label(f"{page.say(f'closing.{status}')}: {len(rows)}").classes("nero-subtitle")
        header = [page.say(f"seal.column.{code}") for code in ("table", "number", "name", "in")]
        plain_table(page.say(f"closing.{status}"), header, rows)
        ui.button(page.say("common.close"), on_click=dialog.close).props("flat no-caps autofocus")
    dialog.on("hide", dialog.delete)
    dialog.open()


def _step(page: OfficePage, code: str, *, done: bool) -> ui.element:
    section = ui.element("section").classes("nero-card nero-step")
    with section, ui.element("header").classes("nero-bar"):
        ui.html(page.say(f"closing.step.{code}"), tag="h2", sanitize=True).classes("nero-subtitle")
        mark, word = ("✓", "closing.done") if done else ("▲", "closing.to_do")
        ui.label(f"{mark} {page.say(word)}").classes(f"nero-state {'good' if done else 'warn'}")
    return section


def _check_in(page: OfficePage, hall: Hall, again: Again) -> None:
    with _step(page, "check_in", done=hall.state.check_in_over):
        if hall.state.check_in_over:
            ui.label(page.say("closing.check_in.over"))
            return
        ui.label(page.say("closing.check_in.open", time=clock(hall.sitting.closes_at, hall.zone)))
        if page.may("change_sitting_hall"):
            ui.button(page.say("closing.check_in.close"), on_click=lambda: _close_check_in(page, hall, again)).props(
                "outline no-caps"
            )


async def _close_check_in(page: OfficePage, hall: Hall, again: Again) -> None:
    goes = page.say("closing.check_in.goes", count=hall.state.totals.expected)
    if not await sure(page, page.say("closing.check_in.sure"), goes, page.say("closing.check_in.close")):
        return
    wish = SittingHallChange(closed=True, reason=page.say("closing.check_in.reason"))
    await page.attempt(
        "change_sitting_hall",
        lambda work: sitting_halls.change(work, hall.sitting.id, hall.hall_id, wish),
        **hall.place,
    )
    await again()


def _cases(page: OfficePage, hall: Hall) -> None:
    cases = hall.state.open_cases
    with _step(page, "cases", done=not cases):
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


def _out(page: OfficePage, hall: Hall) -> None:
    with _step(page, "out", done=not hall.state.out):
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


def _counts(page: OfficePage, hall: Hall, again: Again, may: bool) -> None:
    now = hall.state
    with _step(page, "counts", done=now.head_count is not None and now.scripts_collected is not None):
        ui.label(page.say("closing.counts.how", inside=now.inside, admitted=now.admitted))
        with ui.element("div").classes("nero-bar"):
            heads = _number(page.say("closing.head_count"), now.head_count)
            scripts = _number(page.say("closing.scripts"), now.scripts_collected)
            if may:
                ui.button(page.say("closing.counts.save"), on_click=lambda: save()).props("no-caps")
        for code, counted, roster in (
            ("head_count", now.head_count, now.inside),
            ("scripts", now.scripts_collected, now.admitted),
        ):
            if counted is not None:
                _compared(page, code, counted, roster)

    async def save() -> None:
        wish = CountsPut(head_count=_whole(heads.value), scripts_collected=_whole(scripts.value))
        done = await page.attempt(
            "put_closing_counts",
            lambda work: state.put_counts(work, hall.sitting.id, hall.hall_id, wish),
            **hall.place,
        )
        if done is not None:
            await again()


def _compared(page: OfficePage, code: str, counted: int, roster: int) -> None:
    gap = counted - roster
    how = "same" if gap == 0 else "more" if gap > 0 else "fewer"
    said = page.say(f"closing.gap.{how}", what=page.say(f"closing.{code}"), count=abs(gap))
    ui.label(f"{'✓' if gap == 0 else '▲'} {said}").classes(f"nero-state {'good' if gap == 0 else 'warn'}")


def _number(label: str, value: int | None) -> ui.number:
    return ui.number(label, value=value, min=0, max=100_000, precision=0).props('outlined dense inputmode="numeric"')


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _seal(page: OfficePage, hall: Hall, again: Again) -> None:
    still = hall.state.blockers
    with _step(page, "seal", done=False):
        if still:
            ui.label(page.say("closing.seal.not_yet"))
            with ui.element("ul"):
                for code in still:
                    with ui.element("li"):
                        ui.label(page.say(f"closing.still.{code}"))
        else:
            ui.label(page.say("closing.seal.ready"))
        button = ui.button(page.say("closing.seal.go"), icon="lock", on_click=lambda: seal()).props("no-caps")
        button.set_enabled(not still)

    async def seal() -> None:
        goes = page.say("closing.seal.goes", hall=hall.hall_id, count=hall.state.totals.on_roster)
        if not await sure(page, page.say("closing.seal.sure"), goes, page.say("closing.seal.go")):
            return
        button.props("loading")
        sitting_id, hall_id = hall.sitting.id, hall.hall_id
        try:
            prepared = await page.read(
                lambda work: sealing.prepare(work, sitting_id, hall_id, page.words), "seal_hall", **hall.place
            )
        except Problem as problem:
            page.tell(problem)
            await again()
            return
        done = await page.attempt(
            "seal_hall",
            lambda work: sealing.seal(work, sitting_id, hall_id, page.words, prepared),
            **hall.place,
        )
        button.props(remove="loading")
        if done is not None:
            page.done(page.say("closing.sealed"))
        await again()
