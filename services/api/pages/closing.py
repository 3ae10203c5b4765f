"""The end of an exam in one hall, as one walks through it: who is where, cases, counts, differences, the seal."""

from nicegui import ui

from services.api.office import sittings
from services.api.office.closing import sealing, state
from services.api.office.closing.shapes import CountsPut
from services.api.office.record import Line
from services.api.office.sitting_shapes import SittingPublic
from services.api.pages.closing_differences import differences_step
from services.api.pages.closing_hall import Again, Hall, look, step, watched
from services.api.pages.closing_sealed import sealed_sections
from services.api.pages.closing_steps import cases_step, check_in_step, out_step
from services.api.pages.parts import clock, day, request_query, sure
from services.api.pages.progress import Progress
from services.api.pages.shell import OfficePage, office_page
from services.api.pages.status_numbers import Whole, status_numbers
from services.api.problems import Problem

_CARDS = ("present", "late", "absent", "out", "expected")


@office_page("/sittings/{sitting_id}/close", "page_closing", "closing", below="page_exams")
async def build(page: OfficePage, sitting_id: int) -> None:
    """Show one hall of the sitting, and the way to its other halls."""
    sitting = await page.read(
        lambda work: sittings.shape(work, [sittings.get(work, sitting_id)])[0], "get_sitting", sitting_id=sitting_id
    )
    mine = await page.read(lambda work: watched(work, sitting), sitting_id=sitting_id)
    asked = request_query(page.request, "hall")
    hall_id = asked if asked in mine else next(iter(mine), None)
    if hall_id is None:
        ui.label(page.say("closing.no_hall")).classes("nero-empty")
        return
    _heading(page, sitting, mine, hall_id)
    box = ui.element("div").classes("nero-steps")

    async def draw() -> None:
        found = await page.read(
            lambda work: look(work, sitting, hall_id), "get_closing", sitting_id=sitting_id, hall_id=hall_id
        )
        box.clear()
        with box:
            _draw(page, found, draw)

    await draw()


def _heading(page: OfficePage, sitting: SittingPublic, mine: list[str], hall_id: str) -> None:
    ui.label(f"{sitting.exam_code} · {sitting.subject}").classes("nero-subtitle")
    if len(mine) > 1:
        with ui.element("nav").classes("nero-bar").props(f'aria-label="{page.say("closing.halls")}"'):
            for one in mine:
                link = ui.link(page.say("closing.hall", hall=one), f"/office/sittings/{sitting.id}/close?hall={one}")
                if one == hall_id:
                    link.props('aria-current="page"').classes("nero-here")


def _draw(page: OfficePage, hall: Hall, again: Again) -> None:
    _totals(page, hall)
    if hall.state.seal is not None:
        sealed_sections(page, hall.state.seal, hall.roster, hall.zone, again)
        return
    may = page.may("put_closing_counts")
    check_in_step(page, hall, again)
    cases_step(page, hall)
    out_step(page, hall)
    _counts(page, hall, again, may)
    differences_step(page, hall.state, hall.roster, hall.place, again)
    if may:
        _seal(page, hall, again)


def _totals(page: OfficePage, hall: Hall) -> None:
    sitting = hall.sitting
    times = f"{clock(sitting.starts_at, hall.zone)}–{clock(sitting.ends_at, hall.zone)}"
    ui.label(f"{page.say('closing.hall', hall=hall.hall_id)} · {day(page, sitting.starts_at, hall.zone)}, {times}")
    if hall.state.policy == "off":
        ui.label(f"▲ {page.say('closing.policy_off')}").classes("nero-state warn")
    totals = hall.state.totals
    counts = {status: getattr(totals, status) for status in _CARDS if status != "expected" or totals.expected}
    header = [page.say(f"seal.column.{code}") for code in ("table", "number", "name", "in")]
    whole = Whole(str(totals.on_roster), page.say("closing.on_roster"), lambda: _everybody(page, hall))
    status_numbers(page, counts, header, lambda status: _who(hall, status), whole)


def _who(hall: Hall, status: str) -> list[tuple[str, ...]]:
    return [_row(hall, line) for line in hall.roster if line.status == status]


def _everybody(page: OfficePage, hall: Hall) -> list[tuple[str, ...]]:
    return [(*_row(hall, line), page.say(f"status.{line.status}")) for line in hall.roster]


def _row(hall: Hall, line: Line) -> tuple[str, ...]:
    came = clock(line.admitted_at, hall.zone) if line.admitted_at else "–"
    return line.table, line.student_id, line.name, came


def _counts(page: OfficePage, hall: Hall, again: Again, may: bool) -> None:
    now = hall.state
    with step(page, "closing.step.counts", done=now.head_count is not None and now.scripts_collected is not None):
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
    with step(page, "closing.step.seal", done=False) as section:
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
        with section:
            progress = Progress(page, "closing.seal.writing")
        sitting_id, hall_id = hall.sitting.id, hall.hall_id
        try:
            prepared = await page.read(
                lambda work: sealing.prepare(work, sitting_id, hall_id, page.words), "seal_hall", **hall.place
            )
        except Problem as problem:
            page.tell(problem)
            await again()
            return
        progress.say("closing.seal.locking")
        done = await page.attempt(
            "seal_hall",
            lambda work: sealing.seal(work, sitting_id, hall_id, page.words, prepared),
            **hall.place,
        )
        progress.end()
        button.props(remove="loading")
        if done is not None:
            page.done(page.say("closing.sealed"))
        await again()
