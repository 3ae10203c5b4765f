"""A plan is carried out, in one transaction."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, insert, update
from sqlmodel import SQLModel, col

from services.api import views
from services.api.attendance.roster import reproject_sitting
from services.api.attendance.rules import rules_of
from services.api.db.sealed import check_halls_open
from services.api.db.tables import Assignment, Exam, Hall, RosterEntry, Sitting, SittingHall, Student
from services.api.office.imports.planned import EntryPlan, Plan, SittingPlan
from services.api.office.imports.there import There
from services.api.office.imports.told import tell
from services.api.office.imports.wanted import Options
from services.api.office.work import Work

_AT_ONCE = 500


def apply(work: Work, plan: Plan, there: There, options: Options, import_id: str) -> None:
    """Carry a plan out; the caller has seen that nothing stands against it."""
    work.session.add_all(Hall(id=hall, name=f"Hall {hall}", time_zone=options.time_zone) for hall, _ in plan.halls)
    _students(work, plan)
    work.session.flush()
    exams = _exams(work, plan, there)
    sittings = [_sitting(work, sitting, exams) for sitting in plan.sittings]
    _entries(work, plan, sittings)
    for watch in plan.watches:
        sitting_id = sittings[watch.sitting]
        work.session.add(Assignment(user_id=watch.user_id, sitting_id=sitting_id, hall_id=watch.hall))
    work.session.flush()
    for sitting, sitting_id in zip(plan.sittings, sittings, strict=True):
        if sitting.id is not None and sitting.before:
            reproject_sitting(work.session, sitting_id, rules_of(work.api))
    views.schedule_changed(work.session)  # rows written many at once are not seen by `follow_schedule`
    tell(work, plan, exams, sittings, f"job:{import_id}")
    facts: dict[str, object] = {**plan.counts(), "sittings": sorted(set(sittings))[:_AT_ONCE]}
    work.note(f"import.{options.kind}", f"job:{import_id}", after=facts, sitting_id=options.sitting_id)


def _students(work: Work, plan: Plan) -> None:
    made = [
        {"id": one.id, "name": one.name, "email": one.email, "created_at": work.now}
        for one in plan.students
        if one.what == "added"
    ]
    _insert(work, Student, made)
    for one in (one for one in plan.students if one.what == "changed"):
        student = work.session.get_one(Student, one.id)
        student.name, student.email, student.version = one.name, one.email, student.version + 1
        work.session.add(student)


def _exams(work: Work, plan: Plan, there: There) -> dict[str, int]:
    ids = {code: exam_id for code, (exam_id, _) in there.exams.items()}
    for one in plan.exams:
        if one.what == "added":
            exam = Exam(code=one.code, subject=one.subject)
        else:
            exam = work.session.get_one(Exam, ids[one.code])
            exam.subject, exam.version = one.subject, exam.version + 1
        work.session.add(exam)
        work.session.flush()
        ids[one.code] = exam.id or 0
    return ids


def _sitting(work: Work, planned: SittingPlan, exams: dict[str, int]) -> int:
    if planned.id is None:
        times: dict[str, Any] = dict(planned.times)
        sitting = Sitting(exam_id=exams[planned.exam_code], **times)
    else:
        sitting = work.session.get_one(Sitting, planned.id)
        for name, at in planned.times.items():
            setattr(sitting, name, at)
        if planned.what == "changed":
            sitting.version += 1
    work.session.add(sitting)
    work.session.flush()
    sitting_id = sitting.id or 0
    work.session.add_all(SittingHall(sitting_id=sitting_id, hall_id=hall) for hall in planned.new_halls)
    work.session.flush()
    return sitting_id


def _entries(work: Work, plan: Plan, sittings: Sequence[int]) -> None:
    check_halls_open(work.session, _touched(plan, sittings))  # rows written many at once pass no flush
    gone = [entry.id for entry in plan.entries if entry.what == "removed"]
    for at in range(0, len(gone), _AT_ONCE):
        work.session.execute(delete(RosterEntry).where(col(RosterEntry.id).in_(gone[at : at + _AT_ONCE])))
    moved = [{"id": entry.id, **_columns(entry)} for entry in plan.entries if entry.what == "changed"]
    if moved:
        work.session.execute(update(RosterEntry), moved)
        ids = [entry["id"] for entry in moved]
        for at in range(0, len(ids), _AT_ONCE):
            some = col(RosterEntry.id).in_(ids[at : at + _AT_ONCE])
            work.session.execute(update(RosterEntry).where(some).values(version=col(RosterEntry.version) + 1))
    added = [
        {"sitting_id": sittings[entry.sitting], "student_id": entry.student_id, **_columns(entry)}
        for entry in plan.entries
        if entry.what == "added"
    ]
    _insert(work, RosterEntry, added)
    touched = {entry.sitting for entry in plan.entries if entry.what != "unchanged"}
    for at in sorted(touched):
        if plan.sittings[at].what == "unchanged":
            sitting = work.session.get_one(Sitting, sittings[at])
            sitting.version += 1
            work.session.add(sitting)


def _touched(plan: Plan, sittings: Sequence[int]) -> set[tuple[int, str]]:
    """Return the halls, each of a sitting, into which or out of which somebody goes."""
    return {
        (sittings[entry.sitting], str(place["hall"]))
        for entry in plan.entries
        if entry.what != "unchanged"
        for place in (entry.place, entry.before)
        if "hall" in place
    }


def _columns(entry: EntryPlan) -> dict[str, Any]:
    place = entry.place
    return {
        "hall_id": place["hall"],
        "table_label": place["table"],
        "row": place["row"],
        "col": place["col"],
        "note": place["note"],
    }


def _insert(work: Work, table: type[SQLModel], rows: Iterable[dict[str, Any]]) -> None:
    """Insert many rows at once, each with the table's own defaults for what it leaves out."""
    given = list(rows)
    if not given:
        return
    defaults = {
        name: field.get_default(call_default_factory=True)
        for name, field in table.model_fields.items()
        if not field.is_required() and name != "id"
    }
    work.session.execute(insert(table), [{**defaults, **row} for row in given])
