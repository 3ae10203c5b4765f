"""The roster lines and students of a plan. Pure."""

from collections.abc import Sequence
from typing import Any

from services.api.office import seat_labels
from services.api.office.imports.planned import EntryPlan, Plan, StudentPlan
from services.api.office.imports.rows import Row, problem
from services.api.office.imports.there import EntryThere, HallThere, StudentThere, There
from services.api.office.imports.wanted import Options, Wanted
from services.api.problems import RowProblem

_SEAT = ("table", "row", "col")


def add_entries(plan: Plan, at: int, one: Wanted, there: There, options: Options, columns: frozenset[str]) -> None:
    """Plan the lines of one sitting's roster."""
    sitting = plan.sittings[at]
    now = there.entries.get(sitting.id, {}) if sitting.id is not None else {}
    first = len(plan.entries)
    for student_id, row in one.places.items():
        hall = row.hall or (next(iter(sitting.halls)) if len(sitting.halls) == 1 else "")
        if not hall:
            plan.problems.append(problem(row.line, "hall", "hall_missing", halls=", ".join(sorted(sitting.halls))))
            continue
        entry = now.get(student_id)
        place = place_of(row, hall, entry, columns, there.halls.get(hall))
        plan.problems += _seat_problems(row, place, there.halls.get(hall))
        before = {name: getattr(entry, name) for name in place if getattr(entry, name) != place[name]} if entry else {}
        what = "added" if entry is None else "changed" if before else "unchanged"
        if what != "unchanged" and sitting.sealed & {hall, entry.hall if entry else hall}:
            plan.problems.append(problem(row.line, "hall", "sealed"))
        plan.entries.append(
            EntryPlan(at, student_id, what, place, before, entry.id if entry else None, row.line)  # type: ignore[arg-type]
        )
    plan.problems += _taken(plan.entries[first:], one, now, options)
    if options.whole:
        for student_id in sorted(set(now) - set(one.places)):
            entry = now[student_id]
            plan.entries.append(EntryPlan(at, student_id, "removed", {}, _facts(entry), entry.id))
            if entry.hall in sitting.sealed:
                plan.problems.append(problem(one.line, "hall", "sealed"))
            elif entry.seen:
                plan.problems.append(problem(one.line, "student_id", "stays_on_roster", student=student_id))


def place_of(
    row: Row, hall: str, entry: EntryThere | None, columns: frozenset[str], plan_of_hall: HallThere | None
) -> dict[str, Any]:
    """Return where a line puts a student. A column that the table does not have leaves what is there."""
    place: dict[str, Any] = {"hall": hall, "table": row.table, "row": row.row, "col": row.col, "note": row.note}
    if entry is not None and "note" not in columns:
        place["note"] = entry.note
    if entry is not None and entry.hall == hall and not columns & set(_SEAT):
        return {**place, **{name: getattr(entry, name) for name in _SEAT}}
    if place["table"] and place["row"] is None and place["col"] is None:
        place["row"], place["col"] = _seat_called(place["table"], plan_of_hall)
    if not place["table"] and place["row"] and place["col"]:
        place["table"] = seat_labels.label(place["row"], place["col"])
    return place


def add_students(plan: Plan, wanted: list[Wanted], there: There, options: Options) -> None:
    """Plan who is made and who changes; say who is not there."""
    planned: dict[str, StudentPlan] = {}
    for row in (row for one in wanted for row in one.places.values()):
        known = there.students.get(row.student_id)
        if known is None:
            plan.problems += _add_new(planned, row, options)
        elif not known.active:
            plan.problems.append(problem(row.line, "student_id", "inactive_student", student=row.student_id))
        elif options.update:
            _update(planned, row, known)
    plan.students.extend(planned.values())


def _add_new(planned: dict[str, StudentPlan], row: Row, options: Options) -> list[RowProblem]:
    there = planned.get(row.student_id)
    if there is None and not (options.create_students and row.name):
        code = "unnamed_student" if options.create_students else "unknown_student"
        return [problem(row.line, "student_id", code, student=row.student_id)]
    if there is None:
        planned[row.student_id] = StudentPlan(row.student_id, "added", row.name, row.email or None, line=row.line)
        return []
    there.email = there.email or row.email or None
    if row.name and row.name != there.name:
        return [problem(row.line, "name", "disagrees", first=there.line)]
    return []


def _update(planned: dict[str, StudentPlan], row: Row, known: StudentThere) -> None:
    name, email = row.name or known.name, row.email or known.email
    if row.student_id not in planned and (name, email) != (known.name, known.email):
        before = {"name": known.name, "email": known.email}
        planned[row.student_id] = StudentPlan(row.student_id, "changed", name, email, before, row.line)


def _seat_problems(row: Row, place: dict[str, Any], hall: HallThere | None) -> list[RowProblem]:
    seat = (place["row"], place["col"])
    if hall is None or None in seat or hall.rows is None or hall.columns is None:
        return []
    if seat[0] > hall.rows or seat[1] > hall.columns:
        return [problem(row.line, "table", "beyond_plan", hall=hall.id, rows=hall.rows, columns=hall.columns)]
    if seat in hall.blocked:
        return [problem(row.line, "table", "blocked_seat", hall=hall.id)]
    return []


def _taken(entries: Sequence[EntryPlan], one: Wanted, now: dict[str, EntryThere], options: Options) -> list[RowProblem]:
    """Tables that are another's who stays where they are."""
    staying = {
        (entry.hall, entry.table): entry.student_id
        for entry in now.values()
        if entry.table and not options.whole and entry.student_id not in one.places
    }
    wrong = []
    for entry in entries:
        owner = staying.get((entry.place["hall"], entry.place["table"]))
        if owner is not None:
            taken = {"table": entry.place["table"], "hall": entry.place["hall"], "student": owner}
            wrong.append(problem(entry.line, "table", "table_taken", **taken))
    return wrong


def _seat_called(table: str, hall: HallThere | None) -> tuple[int | None, int | None]:
    found = seat_labels.place(table)
    if found is None or hall is None or hall.rows is None or hall.columns is None:
        return None, None
    return found if found[0] <= hall.rows and found[1] <= hall.columns else (None, None)


def _facts(entry: EntryThere) -> dict[str, Any]:
    return {"hall": entry.hall, "table": entry.table, "row": entry.row, "col": entry.col, "note": entry.note}
