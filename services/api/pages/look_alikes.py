"""Pairs of students whom the camera can't tell apart: looked at side by side, and judged."""

from nicegui import ui

from services.api.office import look_alikes
from services.api.office.look_alikes import Alike, LookAlikesJudged, LookAlikesPublic, State
from services.api.office.record import actor_names
from services.api.office.work import Work
from services.api.pages.parts import clock, day, put_away, request_query
from services.api.pages.shell import OfficePage, office_page

STATES: tuple[State, ...] = ("unconfirmed", "confirmed", "dismissed")
SHOWN = 100
VERY_ALIKE = 0.75
"""A cosine that two photos of one person have with most networks."""


@office_page("/look-alikes", "page_look_alikes", "look_alikes", menu=15, icon="compare")
async def build(page: OfficePage) -> None:
    """Show the pairs of one state; those that meet soonest come first."""
    asked = request_query(page.request, "state")
    state: State = asked if asked in STATES else "unconfirmed"
    sitting = request_query(page.request, "sitting") or ""
    sitting_id = int(sitting) if sitting.isdigit() else None
    ui.label(page.say("look_alikes.means"))
    with ui.element("nav").classes("nero-bar").props(f'aria-label="{page.say("look_alikes.state")}"'):
        for one in STATES:
            link = ui.link(page.say(f"look_alikes.{one}"), f"/office/look-alikes?state={one}").classes("nero-tab")
            if one == state:
                link.props('aria-current="true"')
    found = await page.read(lambda work: look_alikes.find(work, state, None, sitting_id, SHOWN + 1), "list_look_alikes")
    if not found:
        ui.label(page.say(f"look_alikes.{state}.none")).classes("nero-empty")
    people = await page.read(lambda work: actor_names(work, {pair.decided_by or "" for pair in found}))
    with ui.element("div").classes("nero-pairs"):
        for pair in found[:SHOWN]:
            _pair(page, pair, people)
    if len(found) > SHOWN:
        ui.label(page.say("look_alikes.more", number=SHOWN))


def _pair(page: OfficePage, pair: LookAlikesPublic, people: dict[str, str]) -> None:
    with ui.element("article").classes("nero-card nero-pair") as card:
        with ui.element("div").classes("nero-two"):
            for one in pair.students:
                _person(page, one)
        word = "look_alikes.very" if pair.similarity >= VERY_ALIKE else "look_alikes.alike"
        ui.label(page.say(word, score=f"{pair.similarity:.2f}"))
        _meetings(page, pair)
        if pair.decided_by:
            ui.label(page.say("look_alikes.decided", by=people.get(pair.decided_by, pair.decided_by))).classes(
                "nero-soft"
            )
        if page.may("judge_look_alikes"):
            _judging(page, pair, card)


def _person(page: OfficePage, one: Alike) -> None:
    with ui.element("figure").classes("nero-alike"):
        alt = page.say("photo.of", name=one.name or one.student_id)
        image = ui.element("img").props('loading="lazy"')
        image.props.update({"src": f"/api/v1/students/{one.student_id}/photo", "alt": alt})
        with ui.element("figcaption"):
            ui.link(one.name or one.student_id, f"/office/students/{one.student_id}")
            ui.label(one.student_id).classes("nero-soft")


def _meetings(page: OfficePage, pair: LookAlikesPublic) -> None:
    if not pair.meetings:
        ui.label(page.say("look_alikes.apart")).classes("nero-soft")
        return
    with ui.element("ul"):
        for one in pair.meetings:
            at = f"{day(page, one.starts_at, one.time_zone)}, {clock(one.starts_at, one.time_zone)}"
            exams, halls = " + ".join(one.exams), " / ".join(dict.fromkeys(one.halls))
            with ui.element("li"):
                ui.label(page.say("look_alikes.meet", exams=exams, at=at, halls=halls))


def _judging(page: OfficePage, pair: LookAlikesPublic, card: ui.element) -> None:
    wishes: tuple[State, ...] = ("confirmed", "dismissed") if pair.state == "unconfirmed" else ("unconfirmed",)
    with ui.element("div").classes("nero-bar"):
        for wish in wishes:
            text = page.say(f"look_alikes.judge.{wish}")
            ui.button(text, on_click=lambda _, wish=wish: _judge(page, pair, wish, card)).props("outline no-caps")


async def _judge(page: OfficePage, pair: LookAlikesPublic, wish: State, card: ui.element) -> None:
    with ui.dialog() as dialog, ui.card().classes("nero-card nero-ask"):
        ui.label(page.say(f"look_alikes.judge.{wish}")).classes("nero-subtitle")
        ui.label(page.say(f"look_alikes.judge.{wish}.means"))
        reason = ui.input(page.say("look_alikes.reason")).props("autofocus maxlength=500")

        def said(work: Work) -> LookAlikesPublic:
            return look_alikes.judge(work, pair.id, LookAlikesJudged(state=wish, reason=reason.value))

        async def save() -> None:
            if await page.attempt("judge_look_alikes", said) is not None:
                dialog.submit(True)

        with ui.element("div").classes("nero-bar"):
            ui.button(page.say("common.cancel"), on_click=lambda: dialog.submit(False)).props("flat no-caps")
            go = ui.button(page.say(f"look_alikes.judge.{wish}"), on_click=save).props("no-caps")
            go.bind_enabled_from(reason, "value", lambda text: bool(text and text.strip()))
    saved = bool(await dialog)
    put_away(dialog)
    if saved:
        page.done(page.say("common.saved"))
        card.delete()
