"""A plan in words: rows for a table on a page, and the same for a file. Pure."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from services.api.office.imports.planned import EntryPlan, Plan, SittingPlan
from services.api.office.imports.there import There

TABS = ("roster", "sittings", "exams", "halls", "students", "invigilators")


class ChangeRow(BaseModel):
    """One thing that an import does."""

    tab: str = Field(description="`roster`, `sittings`, `exams`, `halls`, `students`, `invigilators`.")
    what: str = Field(description="`added`, `changed`, `removed`.")
    line: int = Field(description="The line of the table; 0: it is in none, and goes.")
    subject: str = Field(examples=["S0001 Ada Lovelace"])
    after: str = Field(examples=["MATH-201 · 2026-11-23 09:00 · A · C-14"])
    before: str = ""


def changes_of(plan: Plan, there: There) -> Iterator[ChangeRow]:
    """Give every change, the roster first."""
    names = {one.id: one.name for one in plan.students} | {
        one.id: one.name for one in there.students.values() if one.name
    }
    for entry in plan.entries:
        if entry.what != "unchanged":
            yield _entry(plan.sittings[entry.sitting], entry, names)
    for sitting in plan.sittings:
        if sitting.what != "unchanged":
            yield _sitting(sitting, there)
    for exam in plan.exams:
        yield ChangeRow(
            tab="exams", what=exam.what, line=exam.line, subject=exam.code, after=exam.subject, before=exam.before
        )
    for hall, line in plan.halls:
        yield ChangeRow(tab="halls", what="added", line=line, subject=hall, after="")
    for one in plan.students:
        before = " · ".join(str(value) for value in one.before.values() if value)
        after = " · ".join(text for text in (one.name, one.email) if text)
        yield ChangeRow(tab="students", what=one.what, line=one.line, subject=one.id, after=after, before=before)
    people = {user_id: name for name, ids in sorted(there.watchers.items(), reverse=True) for user_id in ids}
    for watch in plan.watches:
        where = f"{plan.sittings[watch.sitting].label} · {watch.hall}"
        subject = people.get(watch.user_id, str(watch.user_id))
        yield ChangeRow(tab="invigilators", what="added", line=watch.line, subject=subject, after=where)


def _entry(sitting: SittingPlan, entry: EntryPlan, names: dict[str, str]) -> ChangeRow:
    return ChangeRow(
        tab="roster",
        what=entry.what,
        line=entry.line,
        subject=f"{entry.student_id} {names.get(entry.student_id, '')}".strip(),
        after=" · ".join((sitting.label, *_place(entry.place))),
        before=" · ".join(_place(entry.before)),
    )


def _place(place: dict[str, object]) -> list[str]:
    return [str(place[name]) for name in ("hall", "table", "note") if place.get(name)]


def _sitting(sitting: SittingPlan, there: There) -> ChangeRow:
    zones = [there.halls[hall].time_zone for hall in sorted(sitting.halls) if hall in there.halls]
    zone = ZoneInfo(zones[0] if zones else "UTC")
    after = f"{_span(sitting.times, zone)} · {', '.join(sorted(sitting.halls))}"
    before = ", ".join(f"{name} {at.astimezone(zone):%H:%M}" for name, at in sitting.before.items())
    return ChangeRow(
        tab="sittings", what=sitting.what, line=sitting.line, subject=sitting.label, after=after, before=before
    )


def _span(times: dict[str, datetime], zone: ZoneInfo) -> str:
    def clock(name: str) -> str:
        return f"{times[name].astimezone(zone):%H:%M}"

    doors = f"{clock('opens_at')} / {clock('late_after')} / {clock('closes_at')}"
    return f"{times['starts_at'].astimezone(zone):%Y-%m-%d} {clock('starts_at')}–{clock('ends_at')} ({doors})"
