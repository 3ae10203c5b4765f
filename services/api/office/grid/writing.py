"""Writes a save in whose cells nothing is wrong, and audits it: by sitting, by id, what was there and what is."""

from collections.abc import Sequence

from services.api.attendance.roster import reproject_student
from services.api.attendance.rules import rules_of
from services.api.db.tables import RosterEntry, Student
from services.api.office import students as office_students
from services.api.office.grid.draft import Draft
from services.api.office.grid.places import Place
from services.api.office.grid.shapes import GridSaved
from services.api.office.trail import Trail, entry_facts
from services.api.office.work import Work


def write(work: Work, draft: Draft, names: dict[str, str], places: Sequence[Place]) -> GridSaved:
    """Write everything; the roster of every sitting that is touched has a new version."""
    trail = Trail()
    _take_off(work, draft, trail)
    made = _name(work, draft, names)
    admitted = {place.line.student_id for place in places if place.other_seat and _is_in(place)}
    for place in places:
        _seat(work, place, trail)
    work.session.flush()
    for student_id in sorted(admitted):  # another hall may have another grace, and so another lateness
        reproject_student(work.session, student_id, rules_of(work.api))
    _audit(work, draft, trail)
    return GridSaved(
        edited=len(draft.edited),
        added=len(draft.added),
        removed=len(draft.going) + len(draft.leaving),
        students_created=made,
    )


def _take_off(work: Work, draft: Draft, trail: Trail) -> None:
    for entry in draft.going:
        trail.say(entry.sitting_id, entry.student_id, entry_facts(entry), None)
        work.session.delete(entry)
    for student in draft.leaving:
        office_students.delete(work, student.id)
    work.session.flush()


def _name(work: Work, draft: Draft, names: dict[str, str]) -> int:
    made, renamed = [], []
    for student_id, name in names.items():
        student = draft.students.get(student_id)
        if student is None:
            work.session.add(Student(id=student_id, name=name, created_at=work.now))
            made.append(student_id)
        else:
            student.name, student.version = name, student.version + 1
            work.session.add(student)
            renamed.append(student_id)
    if made:
        work.note("student.create_many", "grid", after={"students": made})
    if renamed:
        work.note("student.change_many", "grid", after={"students": renamed, "fields": ["name"]})
    work.session.flush()
    return len(made)


def _seat(work: Work, place: Place, trail: Trail) -> None:
    entry, sitting_id = place.line.entry, place.sitting.id or 0
    before = None
    if entry is None:
        entry = RosterEntry(sitting_id=sitting_id, student_id=place.line.student_id, hall_id=place.hall_id)
    else:
        before = entry_facts(entry)
        if entry.sitting_id != sitting_id:
            trail.say(entry.sitting_id, entry.student_id, before, None)
            before = None
        entry.version += 1
    entry.sitting_id, entry.hall_id, entry.table_label = sitting_id, place.hall_id, place.table
    entry.row, entry.col, entry.note = place.row, place.col, place.note
    work.session.add(entry)
    trail.say(sitting_id, entry.student_id, before, entry_facts(entry))


def _is_in(place: Place) -> bool:
    return place.line.entry is not None and place.line.entry.status != "expected"


def _audit(work: Work, draft: Draft, trail: Trail) -> None:
    for sitting_id in trail.sittings:
        sitting = draft.book.sittings[sitting_id]
        sitting.version += 1
        work.session.add(sitting)
    trail.note(work)
