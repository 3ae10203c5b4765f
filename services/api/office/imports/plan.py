"""What an import would change: rows and what is there become a plan with its problems and clashes. Pure."""

from collections.abc import Iterable

from services.api.office.imports import places, timetable
from services.api.office.imports.clashes import clashes_of
from services.api.office.imports.planned import Plan
from services.api.office.imports.rows import line_of
from services.api.office.imports.there import There
from services.api.office.imports.wanted import Options, Wanted, taken_twice
from services.api.problems import RowProblem


def plan_of(
    wanted: list[Wanted], there: There, options: Options, columns: Iterable[str | None], problems: list[RowProblem]
) -> Plan:
    """Plan an import; `problems` are those that reading the table found."""
    plan = Plan(problems=list(problems))
    plan.problems += taken_twice(wanted)
    timetable.add_halls(plan, wanted, there, options)
    for one in wanted:
        at = timetable.add_sitting(plan, one, there, options)
        if at is not None:
            places.add_entries(plan, at, one, there, options, frozenset(name for name in columns if name))
            timetable.add_watchers(plan, at, one, there)
    places.add_students(plan, wanted, there, options)
    plan.clashes = clashes_of(plan, there)
    plan.problems.sort(key=line_of)
    plan.clashes.sort(key=line_of)
    return plan
