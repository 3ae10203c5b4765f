"""Differences between what was counted and the roster: noted, settled, or signed for with a reason."""

from collections.abc import Mapping
from functools import partial

from nicegui import ui

from services.api.office.closing import state
from services.api.office.closing.shapes import ClosingPublic, DifferenceDecision, DifferenceNote, DifferencePublic
from services.api.office.record import Line
from services.api.pages.closing_hall import Again, step
from services.api.pages.parts import once_at_a_time, put_away
from services.api.pages.shell import OfficePage

_COLUMNS = ("about", "amount", "student", "state", "who", "reason")
_CAN_BECOME: dict[str, tuple[tuple[str, str], ...]] = {
    "open": (("settled", "settled"), ("signed", "signed")),
    "signed": (("settled", "take_back"),),
    "settled": (),
}
"""What a difference in each state can be made, until the seal, and what that is called."""


def differences_step(
    page: OfficePage, now: ClosingPublic, roster: list[Line], place: Mapping[str, object], again: Again
) -> None:
    """Draw what differs, what was said of it, and the form for one more."""
    gaps = {"head_count": now.head_count_unexplained, "scripts": now.scripts_unexplained}
    still = [about for about, gap in gaps.items() if gap]
    if not (still or now.differences):
        return
    may = page.may("note_difference")
    done = not still and all(row.state != "open" for row in now.differences)
    with step(page, "closing.differences", done=done):
        for about in still:
            ui.label(page.say(f"closing.unexplained.{about}", count=f"{gaps[about]:+d}"))
        if now.differences:
            _table(page, now, place, again, may)
        if still and may:
            _form(page, still, gaps, roster, (now, place, again))


def _table(page: OfficePage, now: ClosingPublic, place: Mapping[str, object], again: Again, may: bool) -> None:
    with ui.element("table").classes("nero-table"):
        with ui.element("thead"), ui.element("tr"):
            for code in _COLUMNS:
                ui.html(page.say(f"seal.column.{code}"), tag="th", sanitize=True)
            ui.html("", tag="th", sanitize=True)
        with ui.element("tbody"):
            for row in now.differences:
                with ui.element("tr"):
                    for text in _cells(page, row):
                        with ui.element("td"):
                            ui.label(text)
                    with ui.element("td").classes("nero-bar"):
                        for wanted, called in _CAN_BECOME[row.state] if may else ():
                            ui.button(
                                page.say(f"closing.{called}.go"),
                                on_click=partial(_decide, page, now, row, (wanted, called), (place, again)),
                            ).props("flat dense no-caps")


def _cells(page: OfficePage, row: DifferencePublic) -> list[str]:
    return [
        page.say(f"closing.about.{row.about}"),
        f"{row.amount:+d}",
        f"{row.student_id} {row.name}" if row.student_id else "–",
        page.say(f"closing.state.{row.state}"),
        row.decided_by_name or "",
        "; ".join(text for text in (row.note, row.reason) if text),
    ]


def _form(
    page: OfficePage,
    still: list[str],
    gaps: dict[str, int],
    roster: list[Line],
    at: tuple[ClosingPublic, Mapping[str, object], Again],
) -> None:
    now, place, again = at
    abouts = {about: page.say(f"closing.about.{about}") for about in still}
    people = {line.student_id: f"{line.student_id} {line.name}" for line in roster}
    with ui.element("div").classes("nero-bar nero-difference"):
        about = ui.select(abouts, value=still[0], label=page.say("seal.column.about")).props("outlined dense")
        amount = ui.number(page.say("closing.amount"), value=gaps[still[0]], precision=0).props("outlined dense")
        student = ui.select(people, label=page.say("closing.student"), with_input=True, clearable=True)
        student.props("outlined dense").classes("grow")
        reason = ui.input(page.say("closing.reason")).props("outlined dense maxlength=500").classes("grow")
        sign = ui.button(page.say("closing.signed.go")).props("no-caps")
        only_note = ui.button(page.say("closing.note.go")).props("flat no-caps")
    about.on_value_change(lambda event: amount.set_value(gaps[event.value]))

    async def note(*, signed: bool) -> bool:
        text = (reason.value or "").strip()
        if signed and not text:
            reason.props(f'error error-message="{page.say("closing.reason.missing")}"')
            return False
        wish = DifferenceNote(
            about=about.value,
            amount=int(amount.value or 0),
            student_id=student.value,
            note="" if signed else text,
            reason=text if signed else "",
        )
        done = await page.attempt(
            "note_difference", lambda work: state.note_difference(work, now.sitting_id, now.hall, wish), **place
        )
        if done is not None:
            await again()
        return False

    once_at_a_time(partial(note, signed=True), sign)
    once_at_a_time(partial(note, signed=False), only_note)


async def _decide(
    page: OfficePage,
    now: ClosingPublic,
    row: DifferencePublic,
    wish_for: tuple[str, str],
    at: tuple[Mapping[str, object], Again],
) -> None:
    (wanted, called), (place, again) = wish_for, at
    with ui.dialog() as dialog, ui.card().classes("nero-card nero-ask"):
        ui.label(page.say(f"closing.{called}.ask")).classes("nero-subtitle")
        reason = ui.input(page.say("closing.reason")).props("outlined autofocus maxlength=500")
        with ui.element("div").classes("nero-bar"):
            ui.button(page.say("common.cancel"), on_click=lambda: dialog.submit(None)).props("flat no-caps")
            ui.button(page.say(f"closing.{called}.go"), on_click=lambda: dialog.submit(reason.value)).props("no-caps")
    text = await dialog
    put_away(dialog)
    if not text or not str(text).strip():
        return
    wish = DifferenceDecision(state="settled" if wanted == "settled" else "signed", reason=str(text).strip())
    await page.attempt(
        "decide_difference",
        lambda work: state.decide_difference(work, now.sitting_id, now.hall, row.id, wish),
        **place,
    )
    await again()
