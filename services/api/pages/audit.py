"""The audit log: searched, each entry with what it changed, and the proof that nobody rewrote it."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from nicegui import ui

from services.api.office import audit_changes, audit_log, halls
from services.api.office.audit_log import AuditPublic, ChainVerified
from services.api.pages.grids import Column, RowsGrid, rows_grid
from services.api.pages.parts import day, request_query
from services.api.pages.progress import Progress
from services.api.pages.shell import OfficePage, office_page

_LIST = "/api/v1/audit"
_FILTERS = ("actor", "action", "subject", "sitting_id")


@office_page("/audit", "page_audit", "audit", menu=100, icon="fact_check")
async def build(page: OfficePage) -> None:
    """Show the log, newest first, with filters, and a button that proves it."""
    given = {name: request_query(page.request, name) or "" for name in _FILTERS}
    zone = await page.read(halls.usual_zone)
    with ui.element("div").classes("nero-bar"):
        since = ui.input(page.say("audit.since", zone=zone)).props("type=date outlined dense stack-label")
        until = ui.input(page.say("audit.until", zone=zone)).props("type=date outlined dense stack-label")
        ui.element("span").classes("grow")
        if given["sitting_id"]:
            _exports(page, given["sitting_id"])
        prove = ui.button(page.say("audit.verify"), icon="verified_user").props("no-caps")
    result = ui.element("div").props('role="status"').classes("nero-audit-result")
    grid = _grid(page, {name: value for name, value in given.items() if value}, zone)
    since.on_value_change(lambda event: grid.narrow(since=_midnight(event.value, zone)))
    until.on_value_change(lambda event: grid.narrow(until=_midnight(event.value, zone, last=True)))
    prove.on_click(lambda: _prove(page, prove, result))


@office_page("/audit/{seq}", "page_audit_entry", "audit.entry", below="page_audit")
async def build_entry(page: OfficePage, seq: int) -> None:
    """Show one entry: who, what, to whom, when, from where, and what it changed."""
    entry, zone = await page.read(lambda work: (audit_log.get(work, seq), halls.usual_zone(work)))
    ui.link(page.say("audit.back"), "/office/audit")
    with ui.element("section").classes("nero-card"), ui.element("dl").classes("nero-facts"):
        for code, value in _facts(page, entry, zone):
            ui.html(page.say(f"audit.{code}"), tag="dt", sanitize=True)
            with ui.element("dd"):
                ui.label(value).classes("nero-hash" if code in ("hash", "previous_hash") else "")
    _changes(page, entry)
    with ui.element("nav").classes("nero-bar"):
        if seq > 1:
            ui.link(page.say("audit.before_it", seq=seq - 1), f"/office/audit/{seq - 1}")
        ui.link(page.say("audit.after_it", seq=seq + 1), f"/office/audit/{seq + 1}")


def _grid(page: OfficePage, query: dict[str, str], zone: str) -> RowsGrid:
    columns = [
        Column("seq", page.say("audit.seq"), kind="number", link="/office/audit/{seq}", width=85),
        Column("at", page.say("audit.at.in", zone=zone), kind="time", width=245),
        Column("actor", page.say("audit.actor"), filter="actor", width=105),
        Column("actor_name", page.say("audit.actor_name"), width=115),
        Column("action", page.say("audit.action"), filter="action", width=165),
        Column("subject", page.say("audit.subject"), filter="subject", width=140),
        Column("change", page.say("audit.change"), width=360),
        Column("sitting_id", page.say("audit.sitting_id"), kind="number", filter="sitting_id", width=90),
        Column("source", page.say("audit.source"), width=130),
    ]
    fixed = {"newest": "true", **query}
    empty = page.say("audit.empty")
    return rows_grid(page, _LIST, columns, row_key="seq", keyset=True, query=fixed, empty=empty, zone=zone)


async def _prove(page: OfficePage, button: ui.button, result: ui.element) -> None:
    button.props("loading")
    result.clear()
    with result:
        progress = Progress(page, "audit.verifying")
    try:
        found = await page.read(lambda work: audit_log.prove(work, progress=progress.tell), "verify_audit")
    finally:
        progress.end()
        button.props(remove="loading")
    result.clear()
    with result:
        _say(page, found)


def _say(page: OfficePage, found: ChainVerified) -> None:
    with ui.element("section").classes("nero-card"):
        if found.ok:
            mark = ui.label(f"✓ {page.say('audit.holds', entries=found.entries)}").classes("nero-state good")
        else:
            mark = ui.label(f"✗ {page.say('audit.broken', seq=found.broken_seq)}").classes("nero-state bad")
            ui.label(page.say(f"audit.broken.{found.how}", seq=found.broken_seq, last=found.last_seq))
            if found.how not in ("gone", "cut"):
                ui.link(page.say("audit.show_broken", seq=found.broken_seq), f"/office/audit/{found.broken_seq}")
        mark.props('tabindex="-1"')
        against = ", ".join(page.say(f"audit.known.{one.code}", **one.values) for one in found.known)
        ui.label(page.say("audit.against", what=against) if against else page.say("audit.no_anchor"))
        ui.label(f"{found.entries}:{found.head}").classes("nero-hash")


def _exports(page: OfficePage, sitting_id: str) -> None:
    for kind in ("csv", "json"):
        ui.link(page.say(f"audit.export.{kind}"), f"/api/v1/sittings/{sitting_id}/audit?format={kind}")


def _facts(page: OfficePage, entry: AuditPublic, zone: str) -> list[tuple[str, str]]:
    here = entry.at.astimezone(ZoneInfo(zone))
    actor = f"{entry.actor} ({entry.actor_name})" if entry.actor_name else entry.actor
    return [
        ("seq", str(entry.seq)),
        ("at", f"{day(page, entry.at, zone)}, {here:%H:%M:%S} ({zone}) · {entry.at:%Y-%m-%d %H:%M:%S} UTC"),
        ("actor", actor),
        ("action", entry.action),
        ("subject", entry.subject),
        ("sitting_id", str(entry.sitting_id or "")),
        ("source", entry.source),
        ("previous_hash", entry.previous_hash),
        ("hash", entry.hash),
    ]


def _changes(page: OfficePage, entry: AuditPublic) -> None:
    rows = audit_changes.changes(entry.before, entry.after)
    if not rows:
        ui.label(page.say("audit.nothing_said")).classes("nero-empty")
        return
    with ui.element("table").classes("nero-table"):
        with ui.element("thead"), ui.element("tr"):
            for code in ("field", "before", "after"):
                ui.html(page.say(f"audit.{code}"), tag="th", sanitize=True)
        with ui.element("tbody"):
            for name, old, new in rows:
                with ui.element("tr"):
                    for text in (name, old, new):
                        with ui.element("td"):
                            ui.label("–" if text is None else text)


def _midnight(chosen: str | None, zone: str, *, last: bool = False) -> str | None:
    """Return where a day begins or ends by the clocks of a zone, as the REST list takes it; None of no day."""
    try:
        on = date.fromisoformat(chosen or "")
    except ValueError:
        return None
    at = datetime.combine(on, time.max if last else time.min, ZoneInfo(zone))
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
