"""A sealed hall: its files with their hashes, and the corrections made since."""

from nicegui import ui

from services.api.office.closing import amendments
from services.api.office.closing.shapes import AmendmentCreate, AmendmentPublic, SealPublic
from services.api.office.record import Line
from services.api.pages.closing_hall import Again
from services.api.pages.parts import clock, day
from services.api.pages.plain_table import plain_table
from services.api.pages.shell import OfficePage

_STATUSES = ("present", "late", "absent", "out")


def sealed_sections(page: OfficePage, seal: SealPublic, roster: list[Line], zone: str, again: Again) -> None:
    """Draw the seal, its files, and what was amended."""
    base = f"/api/v1/sittings/{seal.sitting_id}/halls/{seal.hall}"
    if seal.amendments:
        ui.label(page.say("seal.as_amended"))
    with ui.element("section").classes("nero-card nero-step"):
        ui.html(f"✓ {page.say('seal.title')}", tag="h2", sanitize=True).classes("nero-subtitle")
        with ui.element("dl").classes("nero-facts"):
            for code, value in _facts(page, seal, zone):
                ui.html(page.say(f"seal.{code}"), tag="dt", sanitize=True)
                with ui.element("dd"):
                    ui.label(value).classes("nero-hash" if "sha256" in code or code == "audit_head" else "")
        with ui.element("div").classes("nero-bar"):
            for kind in ("pdf", "csv"):
                ui.link(page.say(f"seal.fetch.{kind}"), f"{base}/seal/{kind}")
            if page.may("export_sitting_audit"):
                for kind in ("csv", "json"):
                    address = f"/api/v1/sittings/{seal.sitting_id}/audit?format={kind}"
                    ui.link(page.say(f"audit.export.{kind}"), address)
        ui.label(page.say("seal.page.how")).classes("nero-purpose")
        if seal.late_attempts:
            ui.label(f"▲ {page.say('seal.late_attempts', count=seal.late_attempts)}").classes("nero-state warn")
    _amendments(page, seal, roster, (base, zone, again))


def _facts(page: OfficePage, seal: SealPublic, zone: str) -> list[tuple[str, str]]:
    return [
        ("by", f"{seal.sealed_by_name} ({seal.sealed_by})"),
        ("at", f"{day(page, seal.sealed_at, zone)}, {clock(seal.sealed_at, zone)}"),
        ("pdf_sha256", seal.pdf_sha256),
        ("csv_sha256", seal.csv_sha256),
        ("audit_head", f"{seal.audit_seq}:{seal.audit_hash}"),
    ]


def _amendments(page: OfficePage, seal: SealPublic, roster: list[Line], at: tuple[str, str, Again]) -> None:
    base, zone, again = at
    with ui.element("section").classes("nero-card nero-step"):
        ui.html(page.say("seal.amendments"), tag="h2", sanitize=True).classes("nero-subtitle")
        ui.label(page.say("seal.amendments.how"))
        rows = ui.element("div")
        if page.may("amend_hall"):
            _form(page, seal, roster, again)

    async def draw() -> None:
        place = {"sitting_id": seal.sitting_id, "hall_id": seal.hall}
        found = await page.read(
            lambda work: amendments.every(work, seal.sitting_id, seal.hall), "list_amendments", **place
        )
        with rows:
            _rows(page, found, base, zone)

    ui.timer(0, draw, once=True)


def _rows(page: OfficePage, found: list[AmendmentPublic], base: str, zone: str) -> None:
    if not found:
        ui.label(page.say("seal.amendments.none"))
        return
    header = [page.say(f"seal.column.{code}") for code in ("when", "who", "student", "before", "after", "reason")]
    plain_table(
        page.say("seal.amendments"),
        header,
        [
            (
                f"{day(page, one.at, zone)}, {clock(one.at, zone)}",
                one.actor_name,
                f"{one.student_id} {one.name}",
                page.say(f"status.{one.before}"),
                page.say(f"status.{one.after}"),
                one.reason,
            )
            for one in found
        ],
    )
    with ui.element("div").classes("nero-bar"):
        for kind in ("pdf", "csv"):
            ui.link(page.say(f"seal.amended.{kind}"), f"{base}/amended/{kind}")


def _form(page: OfficePage, seal: SealPublic, roster: list[Line], again: Again) -> None:
    people = {line.student_id: f"{line.student_id} {line.name}" for line in roster}
    statuses = {status: page.say(f"status.{status}") for status in _STATUSES}
    with ui.element("div").classes("nero-bar nero-difference"):
        student = ui.select(people, label=page.say("seal.column.student"), with_input=True).props("outlined dense")
        student.classes("grow")
        status = ui.select(statuses, value="present", label=page.say("seal.amend.to")).props("outlined dense")
        reason = ui.input(page.say("closing.reason")).props("outlined dense maxlength=500").classes("grow")
        ui.button(page.say("seal.amend.go"), on_click=lambda: amend()).props("no-caps")

    async def amend() -> None:
        text = (reason.value or "").strip()
        if not student.value or not text:
            page.warn(page.say("seal.amend.missing"))
            return
        wish = AmendmentCreate(student_id=student.value, status=status.value, reason=text)
        done = await page.attempt(
            "amend_hall",
            lambda work: amendments.amend(work, seal.sitting_id, seal.hall, wish),
            sitting_id=seal.sitting_id,
            hall_id=seal.hall,
        )
        if done is not None:
            page.done(page.say("seal.amended"))
            await again()
