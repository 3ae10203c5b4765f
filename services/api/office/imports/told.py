"""What an import did, in the audit chain: of each hall, exam, sitting and student, as where it is done by hand."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.api.office.imports.planned import Plan, SittingPlan
from services.api.office.trail import Trail, place_facts
from services.api.office.work import Facts, Work


def tell(work: Work, plan: Plan, exams: Mapping[str, int], sittings: Sequence[int], job: str) -> None:
    """Write what was there and what is: by id, never a person's name."""
    for hall, _ in plan.halls:
        work.note("hall.create", f"hall:{hall}", after={"name": f"Hall {hall}"})
    for exam in plan.exams:
        action = "exam.create" if exam.what == "added" else "exam.change"
        before: Facts | None = {"code": exam.code, "subject": exam.before} if exam.what == "changed" else None
        after: Facts = {"code": exam.code, "subject": exam.subject}
        work.note(action, f"exam:{exams[exam.code]}", before=before, after=after)
    _students(work, plan, job)
    for planned, sitting_id in zip(plan.sittings, sittings, strict=True):
        _sitting(work, planned, sitting_id)
    _entries(plan, sittings).note(work)
    for watch in plan.watches:
        sitting_id = sittings[watch.sitting]
        facts: Facts = {"user": watch.user_id, "hall": watch.hall}
        work.note("sitting.assign", f"sitting:{sitting_id}", after=facts, sitting_id=sitting_id)


def _students(work: Work, plan: Plan, job: str) -> None:
    made = [one.id for one in plan.students if one.what == "added"]
    changed = [one for one in plan.students if one.what == "changed"]
    if made:
        work.note("student.create_many", job, after={"students": made})
    if changed:
        fields = {name for one in changed for name, was in one.before.items() if was != getattr(one, name)}
        after: Facts = {"students": [one.id for one in changed], "fields": sorted(fields)}
        work.note("student.change_many", job, after=after)


def _sitting(work: Work, planned: SittingPlan, sitting_id: int) -> None:
    if planned.what == "unchanged":
        return
    halls: Facts = {"halls": sorted(planned.halls)} if planned.new_halls else {}
    if planned.id is None:
        action, before, after = "sitting.create", None, {"exam": planned.exam_code, **_times(planned.times), **halls}
    else:
        action = "sitting.change"
        there = {"halls": sorted(planned.halls - set(planned.new_halls))} if halls else {}
        before = {**_times(planned.before), **there}
        after = {**_times({name: planned.times[name] for name in planned.before}), **halls}
    work.note(action, f"sitting:{sitting_id}", before=before, after=after, sitting_id=sitting_id)


def _entries(plan: Plan, sittings: Sequence[int]) -> Trail:
    trail = Trail()
    for entry in plan.entries:
        if entry.what != "unchanged":
            before = None if entry.what == "added" else _place({**entry.place, **entry.before})
            after = None if entry.what == "removed" else _place(entry.place)
            trail.say(sittings[entry.sitting], entry.student_id, before, after)
    return trail


def _place(place: Mapping[str, Any]) -> Facts:
    return place_facts(place["hall"], place["table"], place["row"], place["col"], place["note"])


def _times(times: Mapping[str, datetime]) -> Facts:
    return {name: at.isoformat() for name, at in times.items()}
