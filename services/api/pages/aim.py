"""Aiming a camera: its live picture with the face framed, and each measure against what recognition needs."""

from nicegui import ui

from services.api.office import aiming
from services.api.office.aiming import AimPublic, Reading
from services.api.pages.camera_view import camera_view, frame_face
from services.api.pages.kiosk_words import Said, draw_said
from services.api.pages.shell import OfficePage, office_page
from services.api.problems import Problem

LOOK_EVERY_S = 0.4
PICTURE_EVERY_S = 0.2
_TONES = {"good": "good", "fair": "warn", "poor": "bad"}
_UNITS = {"size": "px", "light": "", "sharpness": "", "turn": "°", "height": "°", "tilt": "°"}


@office_page("/kiosks/{kiosk_id}/aim", "page_aim", "aim", below="page_kiosks")
async def build(page: OfficePage, kiosk_id: str) -> None:
    """Show the picture and the measures, as long as the page is open."""
    first = await page.read(lambda work: aiming.look(work, page.deps.frames, kiosk_id), "aim_kiosk")
    ui.link(page.say("aim.back", kiosk=kiosk_id), f"/office/kiosks/{kiosk_id}")
    with ui.element("div").classes("nero-kiosk-page"):
        with ui.element("section").classes("nero-card nero-section"):
            box = camera_view(page, kiosk_id, PICTURE_EVERY_S)
        shown = ui.element("section").classes("nero-card nero-section")
    told: list[object] = []

    def show(now: AimPublic) -> None:
        frame_face(box, now)
        said = _what_is_said(page, now)
        if said != told:
            told[:] = said
            shown.clear()
            with shown:
                _draw(page, now)

    async def look() -> None:
        try:
            show(await page.read(lambda work: aiming.look(work, page.deps.frames, kiosk_id), "aim_kiosk"))
        except Problem as problem:
            page.tell(problem)
            timer.deactivate()

    show(first)
    timer = ui.timer(LOOK_EVERY_S, look)


def _what_is_said(page: OfficePage, now: AimPublic) -> list[object]:
    return [now.sight, now.hint, *(_reading(page, reading) for reading in now.readings)]


def _draw(page: OfficePage, now: AimPublic) -> None:
    if now.sight != "face":
        draw_said(
            Said(
                "warn" if now.sight == "nobody" else "bad",
                page.say(f"aim.{now.sight}"),
                page.say(f"aim.{now.sight}.do"),
            )
        )
        return
    verdict = "aim.ready" if now.ready else "aim.not_ready"
    why = page.say(f"hint.{now.hint}") if now.hint else page.say(f"{verdict}.why")
    draw_said(Said("good" if now.ready else "warn", page.say(verdict), why))
    with ui.element("ul").classes("nero-readings").props(f'aria-label="{page.say("aim.readings")}"'):
        for reading in now.readings:
            with ui.element("li").props(f'data-measure="{reading.measure}"'):
                draw_said(_reading(page, reading))


def _reading(page: OfficePage, reading: Reading) -> Said:
    value = f"{round(reading.value)}{_UNITS[reading.measure]}"
    word = page.say(f"aim.state.{reading.state}")
    advice = (
        page.say(f"aim.advice.{reading.advice}") if reading.advice else page.say(f"aim.measure.{reading.measure}.good")
    )
    return Said(_TONES[reading.state], f"{page.say(f'aim.measure.{reading.measure}')}: {value}, {word}", advice)  # type: ignore[arg-type]
