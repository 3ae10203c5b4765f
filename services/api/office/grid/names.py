"""The names of a save: of students that there are, and of those that it makes. Pure."""

from services.api.office.grid.draft import Draft
from services.api.office.grid.places import Line
from services.api.office.grid.wrong import Wrong
from services.api.office.imports.rows import STUDENT

MOST = 200


def new_names(draft: Draft, wrong: Wrong) -> dict[str, str]:
    """Return by number the names that change, and those of new students; bad ones are named."""
    names: dict[str, str] = {}
    for line in draft.edited:
        if "name" in line.cells:
            _take(line, names, wrong)
    for line in draft.added:
        if line.student is None:
            _new(line, names, wrong)
        else:
            _known(line, wrong)
    return names


def _take(line: Line, names: dict[str, str], wrong: Wrong) -> None:
    name = line.cells["name"]
    if not name:
        wrong.cell(line.key, "name", "name_missing")
    elif len(name) > MOST:
        wrong.cell(line.key, "name", "too_long", most=str(MOST))
    elif names.get(line.student_id, name) != name:
        wrong.cell(line.key, "name", "two_names", other=names[line.student_id])
    else:
        names[line.student_id] = name


def _new(line: Line, names: dict[str, str], wrong: Wrong) -> None:
    if not STUDENT.fullmatch(line.student_id):
        wrong.cell(line.key, "student_id", "no_number", number=line.student_id)
    elif "name" in line.cells or line.student_id not in names:
        line.cells.setdefault("name", "")
        _take(line, names, wrong)


def _known(line: Line, wrong: Wrong) -> None:
    student = line.student
    assert student is not None
    if student.deleted_at is not None:
        wrong.cell(line.key, "student_id", "number_used", student=student.id)
    elif not student.active:
        wrong.cell(line.key, "student_id", "inactive_student", student=student.id)
    elif line.cells.get("name", student.name) != student.name:
        wrong.cell(line.key, "name", "other_name", student=student.id, name=student.name)
    elif not line.moves:
        wrong.cell(line.key, "student_id", "student_exists", student=student.id, name=student.name)
