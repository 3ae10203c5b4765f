"""Photos that students handed in, beside what is on record; invitations; who should send a better photo."""

from nicegui import ui

from services.api.office import approvals, jobs, photos
from services.api.office.approvals import Refusal, SubmissionPublic
from services.api.pages.approvals_inviting import inviting
from services.api.pages.approvals_practice import practised
from services.api.pages.parts import day, subtitle
from services.api.pages.shell import OfficePage, office_page

MOST = 50


@office_page("/approvals", "page_approvals", "approvals", menu=16, icon="how_to_reg")
async def approvals_page(page: OfficePage) -> None:
    """Show what waits for an answer, and two more tabs."""
    with ui.tabs().props("no-caps align=left inline-label").classes("nero-tabs") as tabs:
        waiting = ui.tab("waiting", page.say("approvals.waiting"), icon="rule")
        invite = ui.tab("invite", page.say("approvals.invite"), icon="mail")
        practice = ui.tab("practice", page.say("approvals.practice"), icon="self_improvement")
    with ui.tab_panels(tabs, value=waiting).classes("nero-panels").props("keep-alive"):
        with ui.tab_panel(waiting):
            await _Waiting(page, waiting).show()
        with ui.tab_panel(invite):
            await inviting(page)
        with ui.tab_panel(practice):
            await practised(page)


class _Waiting:
    """What was handed in, the one that waits longest first."""

    def __init__(self, page: OfficePage, tab: ui.tab) -> None:
        self._page = page
        self._tab = tab
        self._box = ui.element("div").classes("nero-submissions")

    async def show(self) -> None:
        """Read it again and draw it."""
        page = self._page
        found = await page.read(lambda work: approvals.find(work, "submitted", MOST))
        more = "+" if len(found) == MOST else ""
        self._tab.props["label"] = page.say("approvals.waiting.count", count=f"{len(found)}{more}")
        self._box.clear()
        with self._box:
            if not found:
                ui.label(page.say("approvals.empty")).classes("nero-empty")
            for one in found:
                self._card(one)

    def _card(self, one: SubmissionPublic) -> None:
        page = self._page
        with ui.element("section").classes("nero-card").props(f'aria-label="{one.student_id}"'):
            with ui.element("div").classes("nero-bar"):
                subtitle(one.name)
                ui.label(one.student_id).classes("nero-purpose")
            if one.submitted_at is not None:
                when = {"date": day(page, one.submitted_at, "UTC"), "version": one.text_version}
                ui.label(page.say("approvals.submitted", **when)).classes("nero-purpose")
            with ui.element("div").classes("nero-side-by-side"):
                self._proposed(one)
                self._record(one)
            if page.may("approve_submission"):
                self._answers(one)

    def _proposed(self, one: SubmissionPublic) -> None:
        with ui.element("figure"):
            with ui.element("div").classes("nero-faces"):
                for number, photo_id in enumerate(one.photo_ids, 1):
                    _picture(
                        f"/api/v1/submissions/{one.id}/photos/{photo_id}",
                        self._page.say("approvals.photo.new", name=one.name, number=number),
                    )
            ui.html(self._page.say("approvals.new"), tag="figcaption", sanitize=True)

    def _record(self, one: SubmissionPublic) -> None:
        with ui.element("figure"):
            if one.has_earlier_photo:
                address = f"/api/v1/students/{one.student_id}/photo"
                _picture(address, self._page.say("approvals.photo.old", name=one.name))
            else:
                ui.label(self._page.say("approvals.no_earlier")).classes("nero-no-face")
            ui.html(self._page.say("approvals.record"), tag="figcaption", sanitize=True)

    def _answers(self, one: SubmissionPublic) -> None:
        page = self._page
        with ui.element("div").classes("nero-bar"):
            approve = ui.button(page.say("approvals.approve"), icon="check").props("no-caps")
            refuse = ui.button(page.say("approvals.refuse")).props("outline no-caps")
        approve.on_click(lambda: self._approve(one))
        refuse.on_click(lambda: self._refuse(one))

    async def _approve(self, one: SubmissionPublic) -> None:
        page = self._page
        asked = await page.attempt("approve_submission", lambda work: approvals.approve(work, one.id))
        if asked is not None:
            await page.read(lambda work: photos.try_hand_over(work, asked))
            page.done(page.say("approvals.approved", name=one.name))
        await self.show()

    async def _refuse(self, one: SubmissionPublic) -> None:
        page = self._page
        reason = await _reason(page, one)
        if not reason:
            return
        wish = Refusal(reason=reason)
        refused = await page.attempt("refuse_submission", lambda work: approvals.refuse(work, one.id, wish))
        if refused is not None:
            job_id = refused.job_id
            if job_id is not None:
                await page.read(lambda work: jobs.hand_over(work, job_id))
            told = "approvals.refused" if refused.mailed else "approvals.refused.unmailed"
            page.done(page.say(told, name=one.name))
        await self.show()


async def _reason(page: OfficePage, one: SubmissionPublic) -> str | None:
    """Ask why; the student reads it."""
    with ui.dialog() as dialog, ui.card().classes("nero-card nero-asking"):
        ui.label(page.say("approvals.reason.title", name=one.name)).classes("text-subtitle1")
        ui.label(page.say("approvals.reason.goes"))
        reason = ui.textarea(page.say("approvals.reason")).props("outlined autofocus maxlength=500 counter")
        with ui.element("div").classes("nero-bar"):
            for code in ("not_them", "old", "covered"):
                text = page.say(f"approvals.reason.{code}")
                ui.button(text, on_click=lambda _, chosen=text: reason.set_value(chosen)).props("flat dense no-caps")
        with ui.element("div").classes("nero-bar"):
            ui.button(page.say("common.cancel"), on_click=lambda: dialog.submit(None)).props("flat no-caps")
            go = ui.button(page.say("approvals.reason.go"), on_click=lambda: dialog.submit(reason.value.strip()))
            go.props("no-caps").bind_enabled_from(reason, "value", lambda text: len((text or "").strip()) >= 3)
    answer = await dialog
    dialog.delete()
    return answer if isinstance(answer, str) else None


def _picture(address: str, text: str) -> None:
    ui.element("img").props(f'src="{address}" loading="lazy"').classes("nero-face").props["alt"] = text
