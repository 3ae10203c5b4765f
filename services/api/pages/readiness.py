"""A week of sittings, and what each of them still lacks."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from nicegui import ui

from services.api.office import halls, readiness
from services.api.office.readiness import Readiness, WeekReadiness
from services.api.office.work import Work
from services.api.pages.parts import clock, day, request_query, subtitle
from services.api.pages.shell import OfficePage, office_page
from services.api.pages.sitting import missing_words

WEEK = timedelta(days=7)


@office_page("/readiness", "page_readiness", "readiness", menu=35, icon="checklist")
async def build(page: OfficePage) -> None:
    """Show the week, day by day."""
    asked = request_query(page.request, "week") or ""
    only_missing = request_query(page.request, "missing") == "1"
    week, zone = await page.read(lambda work: _week(work, asked))
    _way(page, week, zone, only_missing=only_missing)
    if not week.sittings:
        ui.label(page.say("readiness.empty")).classes("nero-empty")
        return
    lacking = [one for one in week.sittings if not one.ready]
    words = page.say("readiness.count", ready=len(week.sittings) - len(lacking), count=len(week.sittings))
    ui.label(words).props('role="status"')
    shown = lacking if only_missing else week.sittings
    before = ""
    for one in shown:
        on = day(page, one.sitting.starts_at, one.time_zone)
        if on != before:
            subtitle(on, "h2")
            before = on
        _sitting(page, one)
    if not shown:
        ui.label(f"● {page.say('readiness.all')}").classes("nero-state good")


def monday(text: str, now: datetime, zone: str) -> datetime:
    """Return when the week of a day begins in a zone; of today, where the text is no day."""
    try:
        on = datetime.fromisoformat(text).date()
    except ValueError:
        on = now.astimezone(ZoneInfo(zone)).date()
    return datetime.combine(on - timedelta(days=on.weekday()), time(), ZoneInfo(zone))


def _week(work: Work, asked: str) -> tuple[WeekReadiness, str]:
    zone = halls.usual_zone(work)
    return readiness.week(work, monday(asked, work.now, zone)), zone


def _way(page: OfficePage, week: WeekReadiness, zone: str, *, only_missing: bool) -> None:
    first = week.starts_at.astimezone(ZoneInfo(zone))
    last = day(page, week.ends_at - timedelta(hours=12), zone)
    more = "&missing=1" if only_missing else ""
    with ui.element("nav").classes("nero-bar").props(f'aria-label="{page.say("readiness.weeks")}"'):
        ui.link(f"← {page.say('readiness.before')}", f"/office/readiness?week={first - WEEK:%Y-%m-%d}{more}")
        ui.label(f"{day(page, first, zone)} – {last}").classes("nero-here")
        ui.link(f"{page.say('readiness.after')} →", f"/office/readiness?week={first + WEEK:%Y-%m-%d}{more}")
        ui.link(page.say("readiness.this"), "/office/readiness")
        ui.element("span").classes("grow")
        here = f"/office/readiness?week={first:%Y-%m-%d}"
        ui.link(
            page.say("readiness.show_all" if only_missing else "readiness.only_missing"),
            here if only_missing else f"{here}&missing=1",
        )


def _sitting(page: OfficePage, one: Readiness) -> None:
    sitting, zone = one.sitting, one.time_zone
    with ui.element("section").classes("nero-card nero-missing"):
        with ui.element("header").classes("nero-bar"):
            when = f"{clock(sitting.starts_at, zone)}–{clock(sitting.ends_at, zone)}"
            ui.label(when).classes("nero-when")
            ui.link(f"{sitting.exam_code} · {sitting.subject}", f"/office/sittings/{sitting.id}").classes("nero-here")
            ui.label(", ".join(sitting.halls))
            ui.link(page.say("roster.count", count=f"{one.expected:,}"), f"/office/rosters/{sitting.id}")
            ui.element("span").classes("grow")
            state = page.say("sitting.ready") if one.ready else page.say("sitting.lacks", count=len(one.missing))
            ui.label(f"{'●' if one.ready else '▲'} {state}").classes(f"nero-state {'good' if one.ready else 'warn'}")
        if one.missing:
            with ui.element("ul"):
                for lack in one.missing:
                    with ui.element("li"):
                        ui.link(missing_words(page, lack), lack.mend)
