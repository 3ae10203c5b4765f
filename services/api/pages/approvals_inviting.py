"""The tab that invites: whom, to what, who has no address, and what became of the links."""

from typing import cast

from nicegui import ui

from services.api.office import halls, invitations, jobs, links, sittings
from services.api.office.invitations import Addressees, InvitationCreate
from services.api.office.jobs import JobPublic
from services.api.office.links import LinkPublic, Purpose
from services.api.office.sitting_shapes import SittingPublic
from services.api.office.work import Work
from services.api.pages.parts import clock, day, job_progress, sure
from services.api.pages.shell import OfficePage
from services.api.problems import Problem

MOST = 100
_SHOWN = 20


async def inviting(page: OfficePage) -> None:
    """Show the form, and below it the links there are."""
    listed = _Links(page)
    if page.may("invite_students"):
        await _Form(page, listed).show()
    listed.place()
    await listed.show()


class _Form:
    """Whom to invite to what."""

    def __init__(self, page: OfficePage, listed: "_Links") -> None:
        self._page = page
        self._listed = listed

    async def show(self) -> None:
        """Draw it."""
        page = self._page
        groups = await page.read(lambda work: _groups(work, page))
        with ui.element("section").classes("nero-card nero-form"):
            ui.html(page.say("invite.title"), tag="h2", sanitize=True).classes("nero-subtitle")
            purposes = {"enrol": page.say("invite.enrol"), "practice": page.say("invite.practice")}
            self._purpose = ui.radio(purposes, value="enrol").props("inline")
            whom = {"all": page.say("invite.everyone"), **groups, "these": page.say("invite.these")}
            self._whom = ui.select(whom, value="all", label=page.say("invite.whom")).props("outlined")
            self._numbers = ui.textarea(page.say("invite.numbers")).props("outlined autogrow")
            self._numbers.bind_visibility_from(self._whom, "value", lambda value: value == "these")
            ui.label(page.say("invite.left_out")).classes("nero-purpose")
            await self._ways()
            ui.button(page.say("invite.look"), on_click=self._look).props("no-caps")
            self._below = ui.element("div").classes("nero-form")

    async def _ways(self) -> None:
        """Say what the links begin with and how mails leave, so that nobody mails a thousand dead links."""
        page, mail = self._page, self._page.deps.settings.api.mail
        address = await page.read(links.site)
        ui.label(page.say("invite.address", address=address)).classes("nero-purpose")
        if not mail.host:
            folder = mail.outbox or page.deps.settings.data_dir / "outbox"
            ui.label(page.say("invite.outbox", folder=folder)).classes("nero-state warn")

    def _wish(self) -> InvitationCreate:
        whom = str(self._whom.value)
        numbers = str(self._numbers.value or "").replace(",", " ").split() if whom == "these" else []
        sitting_id = int(whom) if whom.isdigit() else None
        purpose = cast(Purpose, self._purpose.value)
        return InvitationCreate(
            purpose=purpose,
            student_ids=numbers,
            sitting_id=sitting_id,
            everyone=whom == "all",
            only_missing=whom != "these",  # who is named is asked anew: for a better photo, or to take it back
        )

    async def _look(self) -> None:
        """Say who would get a mail, before any is sent."""
        page, wish = self._page, self._wish()
        self._below.clear()
        try:
            found = await page.read(lambda work: invitations.addressees(work, wish), "preview_invitation")
        except Problem as problem:
            page.tell(problem)
            return
        with self._below:
            count = {"invited": len(found.invited), "left_out": found.left_out}
            ui.label(page.say("invite.found", **count)).props('role="status"')
            self._without(found)
            if found.invited:
                text = page.say("invite.send", count=len(found.invited))
                ui.button(text, icon="mail", on_click=lambda: self._send(wish)).props("no-caps")

    def _without(self, found: Addressees) -> None:
        if not found.without_email:
            return
        some = ", ".join(found.without_email[:_SHOWN]) + (" …" if len(found.without_email) > _SHOWN else "")
        count = len(found.without_email)
        ui.label(self._page.say("invite.without_email", count=count, some=some)).classes("nero-state warn")
        if count > _SHOWN:
            with ui.expansion(self._page.say("invite.without_email.all")).props("dense"):
                ui.label(", ".join(found.without_email))

    async def _send(self, wish: InvitationCreate) -> None:
        page = self._page
        invited = await page.attempt("invite_students", lambda work: invitations.invite(work, wish))
        if invited is None or invited.job_id is None:
            return
        job_id = invited.job_id
        await page.read(lambda work: jobs.hand_over(work, job_id))
        self._below.clear()
        with self._below:
            await job_progress(page, job_id, self._ended)

    def _ended(self, _: JobPublic) -> None:
        ui.timer(0.1, self._listed.show, once=True)


class _Links:
    """The links that were sent, newest first."""

    def __init__(self, page: OfficePage) -> None:
        self._page = page

    def place(self) -> None:
        """Make room for the list here."""
        ui.html(self._page.say("links.title"), tag="h2", sanitize=True).classes("nero-subtitle")
        self._box = ui.element("div").classes("nero-wide")

    async def show(self) -> None:
        """Read the links again and draw them."""
        page = self._page
        found, self._zone = await page.read(lambda work: (links.find(work, limit=MOST), halls.usual_zone(work)))
        self._box.clear()
        with self._box:
            if not found:
                ui.label(page.say("links.empty")).classes("nero-empty")
                return
            with ui.element("table").classes("nero-table"):
                with ui.element("tr"):
                    for column in ("student", "purpose", "state", "mail", "until", "act"):
                        ui.html(page.say(f"links.{column}"), tag="th", sanitize=True)
                for link in found:
                    self._row(link)

    def _row(self, link: LinkPublic) -> None:
        page = self._page
        with ui.element("tr"):
            cells = (
                f"{link.name} · {link.student_id}",
                page.say(f"invite.{link.purpose}"),
                page.say(f"link.{link.state}"),
                page.say(f"mail.{link.mail or 'void'}"),
                day(page, link.expires_at, self._zone),
            )
            for text in cells:
                with ui.element("td"):
                    ui.label(text)
            with ui.element("td"), ui.element("div").classes("nero-bar"):
                self._acts(link)

    def _acts(self, link: LinkPublic) -> None:
        page = self._page
        if link.state != "used" and page.may("resend_link"):
            button = ui.button(page.say("links.resend"), on_click=lambda: self._resend(link)).props(
                "flat dense no-caps"
            )
            button.props["aria-label"] = f"{page.say('links.resend')} {link.student_id}"
        if link.state in ("open", "opened") and page.may("revoke_link"):
            button = ui.button(page.say("links.revoke"), on_click=lambda: self._revoke(link)).props(
                "flat dense no-caps"
            )
            button.props["aria-label"] = f"{page.say('links.revoke')} {link.student_id}"

    async def _resend(self, link: LinkPublic) -> None:
        page = self._page
        resent = await page.attempt("resend_link", lambda work: links.resend(work, link.id))
        if resent is not None:
            job_id = resent.job_id
            if job_id is not None:
                await page.read(lambda work: jobs.hand_over(work, job_id))
            page.done(page.say("links.resent", name=link.name))
            await self.show()

    async def _revoke(self, link: LinkPublic) -> None:
        page = self._page
        goes = page.say("links.revoke.goes", name=link.name)
        if await sure(page, page.say("links.revoke.title"), goes, page.say("links.revoke")):
            await page.attempt("revoke_link", lambda work: links.revoke(work, link.id))
            await self.show()


def _groups(work: Work, page: OfficePage) -> dict[str, str]:
    """Return the sittings ahead, by id."""
    found = sittings.find(work, work.now, None, None)
    zones = {hall.id: hall.time_zone for hall in halls.every(work)}

    def named(one: SittingPublic) -> str:
        zone = zones.get(one.halls[0], "UTC") if one.halls else halls.usual_zone(work)
        return f"{one.exam_code} · {one.subject} · {day(page, one.starts_at, zone)}, {clock(one.starts_at, zone)}"

    return {str(one.id): named(one) for one in found}
