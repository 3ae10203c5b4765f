"""Exams and their sittings: listed, searched, made, changed, deleted."""

from collections.abc import Callable
from dataclasses import dataclass

from nicegui import ui

from services.api.office import exams, halls, sittings
from services.api.office.exams import ExamChange, ExamCreate, ExamPublic
from services.api.office.halls import HallPublic
from services.api.office.sitting_shapes import SittingCreate, SittingPublic
from services.api.office.sitting_times import Times
from services.api.office.work import Work
from services.api.pages.asking import asked
from services.api.pages.parts import clock, day, subtitle, sure
from services.api.pages.shell import OfficePage, office_page
from services.api.pages.sitting_times import time_fields

Read = Callable[[], tuple[str, str]]
ReadSitting = Callable[[], tuple[list[str], Times]]
MOST_SHOWN = 100
"""Exams on one page: whoever has more searches."""


@dataclass(frozen=True)
class Term:
    """Everything that is examined."""

    exams: list[ExamPublic]
    sittings: dict[int, list[SittingPublic]]
    """By exam."""
    halls: list[HallPublic]

    def zone(self, sitting: SittingPublic) -> str:
        """Return the time zone of a sitting's first hall."""
        zones = {hall.id: hall.time_zone for hall in self.halls}
        return zones.get(sitting.halls[0], "UTC") if sitting.halls else "UTC"


@office_page("/exams", "page_exams", "exams", menu=30, icon="event")
async def build(page: OfficePage) -> None:
    """Show every exam with its sittings."""
    with ui.element("div").classes("nero-bar"):
        words = ui.input(page.say("exams.search")).props("dense clearable debounce=300").classes("grow")
        if page.may("create_exam"):
            ui.button(page.say("exams.new"), icon="add", on_click=lambda: _new_exam(page)).props("no-caps")
        if page.may("page_import"):
            ui.link(page.say("rosters.import_timetable"), "/office/import")
    box = ui.element("div").classes("nero-exams")

    async def draw() -> None:
        term = await page.read(_term)
        box.clear()
        with box:
            _draw(page, term, (words.value or "").strip().casefold())

    words.on_value_change(draw)
    await draw()


def _term(work: Work) -> Term:
    of: dict[int, list[SittingPublic]] = {}
    for sitting in sittings.find(work, None, None, None):
        of.setdefault(sitting.exam_id, []).append(sitting)
    return Term(exams.every(work), of, halls.every(work))


def _draw(page: OfficePage, term: Term, words: str) -> None:
    if not term.exams:
        ui.label(page.say("exams.empty" if term.halls else "exams.empty.halls")).classes("nero-empty")
        return
    found = [exam for exam in term.exams if words in f"{exam.code} {exam.subject}".casefold()]
    if not found:
        ui.label(page.say("exams.none_found")).classes("nero-empty")
    for exam in found[:MOST_SHOWN]:
        _exam(page, term, exam)
    if len(found) > MOST_SHOWN:
        ui.label(page.say("exams.more", count=len(found) - MOST_SHOWN)).classes("nero-soft").props('role="status"')


def _exam(page: OfficePage, term: Term, exam: ExamPublic) -> None:
    with ui.element("section").classes("nero-card nero-exam"):
        with ui.element("header").classes("nero-bar"):
            subtitle(f"{exam.code} · {exam.subject}", "h2")
            ui.element("span").classes("grow")
            if page.may("change_exam"):
                _exam_acts(page, term, exam)
        mine = term.sittings.get(exam.id, [])
        if not mine:
            ui.label(page.say("exams.no_sitting")).classes("nero-soft")
        with ui.element("ul").classes("nero-sittings"):
            for sitting in mine:
                _sitting(page, sitting, term.zone(sitting))


def _exam_acts(page: OfficePage, term: Term, exam: ExamPublic) -> None:
    new = page.say("exams.new_sitting")
    ui.button(new, icon="add", on_click=lambda: _new_sitting(page, term, exam)).props("flat dense no-caps")
    edit, delete = page.say("common.edit"), page.say("common.delete")
    button = ui.button(edit, on_click=lambda: _edit(page, exam)).props("flat dense no-caps")
    button.props.update({"aria-label": f"{edit} {exam.code}"})
    if not term.sittings.get(exam.id):
        button = ui.button(delete, on_click=lambda: _delete(page, exam)).props("flat dense no-caps color=negative")
        button.props.update({"aria-label": f"{delete} {exam.code}"})


def _sitting(page: OfficePage, sitting: SittingPublic, zone: str) -> None:
    with ui.element("li"):
        when = f"{day(page, sitting.starts_at, zone)}, {clock(sitting.starts_at, zone)}–{clock(sitting.ends_at, zone)}"
        ui.link(when, f"/office/sittings/{sitting.id}")
        ui.label(", ".join(sitting.halls))
        if sitting.state != "planned":
            ui.label(state_words(page, sitting.state)).classes("nero-state warn")
        if sitting.policy == "off":
            ui.label(f"▲ {page.say('sitting.policy.off.short')}").classes("nero-state bad")


def state_words(page: OfficePage, state: str) -> str:
    """Return a sitting's state by shape and word."""
    shapes = {"planned": "●", "closed": "◇", "sealed": "■", "cancelled": "×"}
    return f"{shapes.get(state, '')} {page.say(f'sitting.state.{state}')}"


def _exam_fields(page: OfficePage, exam: ExamPublic | None) -> Read:
    code = ui.input(page.say("exams.code"), value=exam.code if exam else "").props("autofocus")
    subject = ui.input(page.say("exams.subject"), value=exam.subject if exam else "")
    return lambda: (str(code.value), str(subject.value))


async def _new_exam(page: OfficePage) -> None:
    wish = await asked(page, page.say("exams.new"), lambda: _exam_fields(page, None), page.say("exams.create"))
    if wish is None:
        return

    def create(work: Work) -> ExamPublic:
        return exams.create(work, ExamCreate(code=wish[0], subject=wish[1]))

    if await page.attempt("create_exam", create):
        ui.navigate.reload()


async def _edit(page: OfficePage, exam: ExamPublic) -> None:
    title = page.say("exams.edit", exam=exam.code)
    wish = await asked(page, title, lambda: _exam_fields(page, exam), page.say("common.save"))
    if wish is None:
        return

    def change(work: Work) -> ExamPublic:
        return exams.change(work, exam.id, ExamChange(code=wish[0], subject=wish[1], version=exam.version))

    if await page.attempt("change_exam", change):
        ui.navigate.reload()


async def _delete(page: OfficePage, exam: ExamPublic) -> None:
    goes = page.say("exams.delete.goes", subject=exam.subject)
    if not await sure(page, page.say("exams.delete.sure", exam=exam.code), goes, page.say("common.delete")):
        return

    def delete(work: Work) -> bool:
        exams.delete(work, exam.id)
        return True

    if await page.attempt("delete_exam", delete):
        ui.navigate.reload()


async def _new_sitting(page: OfficePage, term: Term, exam: ExamPublic) -> None:
    if not term.halls:
        page.warn(page.say("exams.empty.halls"))
        return

    def draw() -> ReadSitting:
        names = {hall.id: f"{hall.id} · {hall.name}" for hall in term.halls}
        chosen = ui.select(names, value=[term.halls[0].id], multiple=True, label=page.say("sitting.halls"))
        chosen.props("use-chips")
        times = time_fields(page, None, short=True)
        return lambda: (list(chosen.value or []), times())

    title = page.say("exams.new_sitting_of", exam=exam.code)
    wish = await asked(page, title, draw, page.say("exams.create_sitting"))
    if wish is None:
        return
    chosen, times = wish
    zones = {hall.id: hall.time_zone for hall in term.halls}

    def create(work: Work) -> SittingPublic:
        moments = times.moments(zones.get(chosen[0], "UTC") if chosen else "UTC")
        return sittings.create(work, SittingCreate(exam_id=exam.id, halls=chosen, **moments))

    made = await page.attempt("create_sitting", create)
    if made is not None:
        ui.navigate.to(f"/office/sittings/{made.id}")
