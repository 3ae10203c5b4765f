"""One kiosk: its picture and state, where it stands and what it looks with, its token and its screen."""

from typing import get_args

from nicegui import ui

from services.api.office import halls, kiosks
from services.api.office.halls import HallPublic
from services.api.office.kiosks import KioskChange, KioskPublic
from services.api.office.work import Work
from services.api.pages.camera_view import camera_view
from services.api.pages.kiosk_source import KINDS, address_of, kind_of, source_of
from services.api.pages.kiosk_words import KioskStates
from services.api.pages.pairing import pair_dialog
from services.api.pages.parts import subtitle, sure
from services.api.pages.shell import OfficePage, office_page
from services.api.pages.tokens import show_secret
from services.api.problems import Problem
from shared.events import Policy

LOOK_EVERY_S = 2.0
PICTURE_EVERY_S = 1.0
OF_THE_SITTING = ""


@office_page("/kiosks/{kiosk_id}", "page_kiosk", "kiosk", below="page_kiosks")
async def build(page: OfficePage, kiosk_id: str) -> None:
    """Show one kiosk, to be changed by who may."""

    def find(work: Work) -> KioskPublic:
        return kiosks.public(work, kiosks.get(work, kiosk_id), page.deps.frames)

    kiosk = await page.read(find, "get_kiosk")
    rooms = await page.read(halls.every, "list_halls")
    zone = next((room.time_zone for room in rooms if room.id == kiosk.hall), "UTC")
    ui.link(page.say("kiosks.list"), "/office/kiosks")
    subtitle(kiosk.name or kiosk.id)
    with ui.element("div").classes("nero-kiosk-page"):
        with ui.element("section").classes("nero-card nero-section"):
            if page.may("get_kiosk_frame"):
                camera_view(page, kiosk_id, PICTURE_EVERY_S)
            states = KioskStates(page, zone)
            _screen_acts(page, kiosk)
        KioskForm(page, kiosk, rooms)

    async def look() -> None:
        try:
            states.show(await page.read(find, "get_kiosk"))
        except Problem as problem:
            timer.deactivate()
            page.tell(problem)

    states.show(kiosk)
    timer = ui.timer(LOOK_EVERY_S, look)


def _screen_acts(page: OfficePage, kiosk: KioskPublic) -> None:
    if page.may("aim_kiosk"):
        ui.link(page.say("kiosks.aim"), f"/office/kiosks/{kiosk.id}/aim")
    if not page.may("pair_kiosk"):
        return
    with ui.element("div").classes("nero-bar"):
        ui.button(page.say("pair"), icon="link", on_click=lambda: pair_dialog(page, kiosk.id)).props("no-caps")
        ui.button(page.say("kiosks.token.issue"), on_click=lambda: _issue(page, kiosk)).props("no-caps outline")
        ui.button(page.say("kiosks.token.revoke"), on_click=lambda: _revoke(page, kiosk)).props("no-caps flat")


async def _issue(page: OfficePage, kiosk: KioskPublic) -> None:
    say = page.say
    question, goes = say("kiosks.token.issue.sure"), say("kiosks.token.issue.goes")
    if kiosk.has_token and not await sure(page, question, goes, say("kiosks.token.issue")):
        return
    made = await page.attempt("issue_kiosk_token", lambda work: kiosks.issue_token(work, kiosk.id))
    if made is not None:
        link = f"{page.request.url.scheme}://{page.request.url.netloc}{made.page}"
        await show_secret(page, say("kiosks.token.link"), link, say("kiosks.token.once"))
        ui.navigate.reload()


async def _revoke(page: OfficePage, kiosk: KioskPublic) -> None:
    say = page.say
    if not await sure(
        page, say("kiosks.token.revoke.sure"), say("kiosks.token.revoke.goes"), say("kiosks.token.revoke")
    ):
        return

    def revoke(work: Work) -> bool:
        kiosks.revoke_token(work, kiosk.id)
        return True

    if await page.attempt("revoke_kiosk_token", revoke):
        ui.navigate.reload()


class KioskForm:
    """What is typed of one kiosk, until it is saved."""

    def __init__(self, page: OfficePage, kiosk: KioskPublic, rooms: list[HallPublic]) -> None:
        self._page = page
        self._kiosk = kiosk
        say = page.say
        with ui.element("section").classes("nero-card nero-ask"):
            ui.label(say("kiosks.called", kiosk=kiosk.id)).classes("nero-soft")
            self._name = ui.input(say("kiosks.name"), value=kiosk.name)
            self._hall = ui.select({room.id: room.name for room in rooms}, value=kiosk.hall, label=say("kiosks.hall"))
            ways = {way: say(f"kiosks.direction.{way}") for way in ("in", "out")}
            self._direction = ui.select(ways, value=kiosk.direction, label=say("kiosks.direction"))
            self._source()
            policies = {OF_THE_SITTING: say("kiosks.policy.sitting")}
            policies |= {policy: say(f"policy.{policy}") for policy in get_args(Policy)}
            self._policy = ui.select(policies, value=kiosk.policy or OF_THE_SITTING, label=say("kiosks.policy"))
            ui.label(say("kiosks.policy.how")).classes("nero-soft")
            self._enabled = ui.checkbox(say("kiosks.enabled"), value=kiosk.enabled)
            self._acts()

    def _source(self) -> None:
        say, kiosk = self._page.say, self._kiosk
        kinds = {kind: say(f"kiosks.source.{kind}") for kind in KINDS}
        self._kind = ui.select(kinds, value=kind_of(kiosk.source), label=say("kiosks.source"))
        self._address = ui.input(say("kiosks.source.address"), value=address_of(kiosk.source))
        self._address.props(f'hint="{say("kiosks.source.address.hint")}"')
        self._node = ui.input(say("kiosks.node"), value=kiosk.capture_node).props(f'hint="{say("kiosks.node.hint")}"')
        for field in (self._address, self._node):
            field.bind_visibility_from(self._kind, "value", backward=lambda kind: kind != "browser")

    def _acts(self) -> None:
        page = self._page
        fields = (self._name, self._hall, self._direction, self._kind, self._address, self._node)
        for field in (*fields, self._policy, self._enabled):
            field.set_enabled(page.may("change_kiosk"))
        if not page.may("change_kiosk"):
            return
        with ui.element("div").classes("nero-bar"):
            ui.button(page.say("common.save"), icon="save", on_click=self._save).props("no-caps")
            ui.element("div").classes("grow")
            delete = ui.button(page.say("kiosks.delete"), icon="delete", on_click=self._delete)
            delete.props("no-caps flat color=negative")

    async def _save(self) -> None:
        wish = {
            "hall": self._hall.value,
            "name": self._name.value,
            "source": source_of(self._kind.value, self._address.value or "", self._kiosk.source),
            "capture_node": self._node.value or "local",
            "direction": self._direction.value,
            "policy": self._policy.value or None,
            "enabled": self._enabled.value,
            "version": self._kiosk.version,
        }

        def change(work: Work) -> KioskPublic:
            return kiosks.public(work, kiosks.change(work, self._kiosk.id, KioskChange.model_validate(wish)))

        saved = await self._page.attempt("change_kiosk", change)
        if saved is not None:
            self._kiosk = saved
            self._page.done(self._page.say("common.saved"))

    async def _delete(self) -> None:
        say, kiosk = self._page.say, self._kiosk
        name = kiosk.name or kiosk.id
        if not await sure(
            self._page, say("kiosks.delete.sure", name=name), say("kiosks.delete.goes"), say("common.delete")
        ):
            return

        def delete(work: Work) -> bool:
            kiosks.delete(work, kiosk.id)
            return True

        if await self._page.attempt("delete_kiosk", delete):
            ui.navigate.to("/office/kiosks")
