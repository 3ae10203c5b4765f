"""Pieces that several pages are made of: questions before something goes, progress of a job, times as people read them."""

from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from nicegui import ui
from starlette.requests import Request

from services.api.office import jobs
from services.api.office.imports.shapes import ImportPublic
from services.api.office.jobs import JobPublic
from services.api.pages.shell import OfficePage
from services.api.problems import Problem

LOOK_EVERY_S = 0.7


async def sure(page: OfficePage, question: str, goes: str, go: str) -> bool:
    """Ask before something goes for good; `goes` says exactly what."""
    with ui.dialog() as dialog, ui.card().classes("nero-card").props('role="alertdialog"'):
        ui.label(question).classes("text-subtitle1")
        ui.label(goes)
        with ui.element("div").classes("nero-bar"):
            ui.button(page.say("common.cancel"), on_click=lambda: dialog.submit(False)).props("flat no-caps autofocus")
            ui.button(go, on_click=lambda: dialog.submit(True)).props("color=negative no-caps")
    answer = await dialog
    put_away(dialog)
    return bool(answer)


def put_away(dialog: ui.dialog) -> None:
    """Remove a dialog that was answered; where its page was left meanwhile, it went with it."""
    if not dialog.is_deleted:
        dialog.delete()


def once_at_a_time(act: Callable[[], Awaitable[bool]], *buttons: ui.button) -> None:
    """Let each of these buttons do this; while it is done, none takes another press, so that a double press is one.

    Where `act` returns True, the page is left, and they take none any more.
    """

    async def run() -> None:
        left = False
        try:
            left = await act()
        finally:
            for button in buttons:
                if not (left or button.is_deleted):
                    button.enable()

    def pressed() -> Coroutine[None, None, None]:
        for button in buttons:  # before anything is awaited: the second press may be on its way already
            button.disable()
        return run()

    for button in buttons:
        button.on_click(pressed)


async def job_progress(page: OfficePage, job_id: str, on_end: Callable[[JobPublic], None] | None = None) -> None:
    """Show how far a job is until it ends, then its files to fetch."""
    with ui.element("section").classes("nero-card").props('role="status"') as box:
        words = ui.label()
        bar = ui.linear_progress(0, show_value=False).props("instant-feedback")
        files = ui.element("div").classes("nero-bar")

    async def look() -> None:
        try:
            job = await page.read(lambda work: jobs.show(work, job_id), "get_job")
        except Problem as problem:
            page.tell(problem)
            timer.deactivate()
            return
        bar.value = job.done / job.total if job.total else (1 if job.state == "done" else 0)
        words.text = job_state(page, job)
        if job.state in ("done", "failed"):
            timer.deactivate()
            with files:
                for file in job.files:
                    ui.link(page.say("job.fetch", name=file.name), f"/api/v1/jobs/{job.id}/files/{file.name}")
            if on_end is not None:
                with box:
                    on_end(job)

    timer = ui.timer(LOOK_EVERY_S, look)


def job_state(page: OfficePage, job: JobPublic) -> str:
    """Say how far a job is, or why it failed."""
    return page.say(f"job.{job.state}", done=job.done, total=job.total, error=why(page, job))


def why(page: OfficePage, failed: JobPublic | ImportPublic) -> str:
    """Say why a job failed; of one that failed before words were kept, what was said then."""
    return page.words.problem(failed.problem) if failed.problem else failed.error


def take_only_match(select: ui.select) -> None:
    """Let Enter take the only option that what was typed has left; Quasar takes one that was walked to."""
    script = f"() => {{ const s = getElement({select.id}); s.filteredOptions.length === 1 && s.$refs.qRef.setOptionIndex(0); }}"
    select.on("keydown.enter", js_handler=script)


def subtitle(text: str, tag: str = "h2") -> None:
    """Show a heading of a section; what is in the text is text, never markup."""
    ui.html(escape(text), tag=tag, sanitize=False).classes("nero-subtitle")


def day(page: OfficePage, at: datetime, zone: str) -> str:
    """Return a date that nobody reads wrong, in the page's language: Mon 23 Nov 2026."""
    return page.words.day(at.astimezone(ZoneInfo(zone)))


def clock(at: datetime, zone: str) -> str:
    """Return the time of day in a hall's zone: 09:05."""
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M}"


def request_query(request: Request, name: str) -> str | None:
    """Return one value of the address's query."""
    return request.query_params.get(name)
