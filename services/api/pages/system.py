"""How everything is: green, amber or red, each with the sentence that explains it; and the long work of the office."""

from datetime import datetime

from nicegui import ui

from services.api.office import jobs, system
from services.api.office.jobs import JobPublic
from services.api.office.system_shapes import Part, SystemState
from services.api.office.work import Work
from services.api.pages.parts import clock, day, job_state
from services.api.pages.shell import OfficePage, office_page
from services.api.problems import Problem

LOOK_EVERY_S = 3.0
GROUPS = ("services", "models", "streams", "cameras", "stores")
MARKS = {"good": "●", "warn": "▲", "bad": "■", "unneeded": "○"}


@office_page("/system", "page_system", "system", menu=110, icon="monitor_heart")
async def build(page: OfficePage) -> None:
    """Look every few seconds, as long as the page is open."""
    shown = ui.element("div").classes("nero-system").props('aria-live="polite"')
    before: list[SystemState] = []

    async def look() -> None:
        try:
            state = await page.read(lambda work: _look(work, page), "get_system")
        except Problem as problem:
            timer.deactivate()
            page.tell(problem)
            return
        if before != [state]:
            before[:] = [state]
            shown.clear()
            with shown:
                _draw(page, state)

    await look()
    timer = ui.timer(LOOK_EVERY_S, look)
    _jobs(page, await page.read(jobs.find, "list_jobs"))


def _look(work: Work, page: OfficePage) -> SystemState:
    settings = page.deps.settings
    return system.look(work, page.deps.frames, settings.data_dir, settings.audit_head)


def _draw(page: OfficePage, state: SystemState) -> None:
    model = state.model_id or page.say("system.no_model")
    ui.label(page.say("system.model", model=model, templates=state.templates))
    for group in GROUPS:
        parts = [part for part in state.parts if part.group == group]
        ui.html(page.say(f"system.group.{group}"), tag="h2", sanitize=True).classes("nero-subtitle")
        if not parts:
            ui.label(page.say(f"system.group.{group}.empty")).classes("nero-empty")
        with ui.element("ul").classes("nero-parts"):
            for part in parts:
                _part(page, part)


def _part(page: OfficePage, part: Part) -> None:
    with ui.element("li").classes("nero-part"):
        with ui.element("span").classes(f"nero-state {part.level}"):
            ui.label(MARKS[part.level]).props('aria-hidden="true"')
            ui.label(page.say(f"system.level.{part.level}"))
        if part.group == "cameras":
            ui.link(part.name, f"/office/kiosks/{part.name}")
        else:
            ui.label(part.name).classes("nero-part-name")
        ui.label(page.say(f"system.{part.code}", **_values(page, part)))


def _values(page: OfficePage, part: Part) -> dict[str, object]:
    """Return what the sentence needs, with moments and what a missing file disables in the page's language."""
    values: dict[str, object] = {**part.values}
    if "at" in values:
        at = datetime.fromisoformat(str(values["at"]))
        values["date"] = f"{day(page, at, 'UTC')}, {clock(at, 'UTC')} UTC"
    if "disables" in values:
        code = f"system.disables.{part.name}"
        values["what"] = page.say(code) if page.words.has(code) else values["disables"]
    return values


def _jobs(page: OfficePage, found: list[JobPublic]) -> None:
    ui.html(page.say("system.jobs"), tag="h2", sanitize=True).classes("nero-subtitle")
    if not found:
        ui.label(page.say("system.jobs.empty")).classes("nero-empty")
    with ui.element("ul").classes("nero-parts"):
        for job in found:
            with ui.element("li").classes("nero-part"):
                ui.label(f"{day(page, job.created_at, 'UTC')}, {clock(job.created_at, 'UTC')} UTC")
                ui.label(job.kind).classes("nero-part-name")
                ui.label(job_state(page, job))
                for file in job.files:
                    ui.link(page.say("job.fetch", name=file.name), f"/api/v1/jobs/{job.id}/files/{file.name}")
