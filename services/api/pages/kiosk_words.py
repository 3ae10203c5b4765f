"""How a kiosk is, in words: its camera, its screen, and what to do about it."""

from dataclasses import dataclass
from typing import Literal

from nicegui import ui

from services.api.office.kiosks import KioskPublic
from services.api.pages.parts import clock
from services.api.pages.shell import OfficePage

Tone = Literal["good", "warn", "bad", ""]
MARKS: dict[Tone, str] = {"good": "●", "warn": "▲", "bad": "■", "": "○"}


@dataclass(frozen=True)
class Said:
    """A state by shape and word, and the sentence that explains it."""

    tone: Tone
    word: str
    sentence: str


def camera_said(page: OfficePage, kiosk: KioskPublic, zone: str) -> Said:
    """Say how the camera is."""
    if not kiosk.enabled:
        return Said("", page.say("kiosks.camera.off"), page.say("kiosks.camera.off.why"))
    camera = kiosk.camera
    if camera is None:
        why = "browser" if kiosk.source.startswith("browser:") else "server"
        sentence = page.say(f"kiosks.camera.silent.{why}", node=kiosk.capture_node)
        return Said("bad", page.say("kiosks.camera.silent"), sentence)
    if camera.state == "live":
        sentence = page.say("kiosks.camera.live.why", fps=round(camera.fps), width=camera.width, height=camera.height)
        return Said("good", page.say("kiosks.camera.live"), sentence)
    at = clock(camera.last_frame_at, zone) if camera.last_frame_at else page.say("kiosks.camera.never")
    return Said("bad", page.say(f"kiosks.camera.{camera.state}"), page.say(f"kiosks.camera.{camera.state}.why", at=at))


def screen_said(page: OfficePage, kiosk: KioskPublic) -> Said:
    """Say how the screen is: paired, there, or used at two places."""
    if "two_places" in kiosk.trouble:
        places = ", ".join(sorted({place.address for place in kiosk.places})) or page.say("kiosks.screen.unknown")
        return Said(
            "bad", page.say("kiosks.screen.two_places"), page.say("kiosks.screen.two_places.why", places=places)
        )
    if not kiosk.has_token:
        return Said("warn", page.say("kiosks.screen.unpaired"), page.say("kiosks.screen.unpaired.why"))
    if not kiosk.places:
        return Said("warn", page.say("kiosks.screen.away"), page.say("kiosks.screen.away.why"))
    where = kiosk.places[0].address
    return Said("good", page.say("kiosks.screen.there"), page.say("kiosks.screen.there.why", place=where))


class KioskStates:
    """A kiosk's camera and screen in words, drawn anew only where something else is to be said: it is read aloud."""

    def __init__(self, page: OfficePage, zone: str) -> None:
        self._page = page
        self._zone = zone
        self._said: tuple[Said, ...] = ()
        self._box = ui.element("div").classes("nero-section").props('role="status"')

    def show(self, kiosk: KioskPublic) -> None:
        """Say how it is now."""
        said = (camera_said(self._page, kiosk, self._zone), screen_said(self._page, kiosk))
        if said == self._said:
            return
        self._said = said
        self._box.clear()
        with self._box:
            for one in said:
                draw_said(one)


def draw_said(said: Said) -> None:
    """Draw a state, and its sentence below it."""
    with ui.element("div").classes("nero-said"):
        ui.label(f"{MARKS[said.tone]} {said.word}").classes(f"nero-state {said.tone}")
        ui.label(said.sentence).classes("nero-soft")


def direction_word(page: OfficePage, direction: str) -> str:
    """Return the way through a door, by arrow and word."""
    return f"{'→' if direction == 'in' else '←'} {page.say(f'kiosks.direction.{direction}')}"
