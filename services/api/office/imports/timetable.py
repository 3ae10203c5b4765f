"""The halls, exams, sittings and invigilators of a plan. Pure."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.api.office.imports.planned import ExamPlan, Plan, SittingPlan, WatchPlan
from services.api.office.imports.rows import problem
from services.api.office.imports.there import HallThere, SittingThere, There
from services.api.office.imports.wanted import Options, Wanted

OPENS_BEFORE = timedelta(minutes=30)
CLOSES_AFTER = timedelta(minutes=30)
_TIMES = ("starts_at", "ends_at", "opens_at", "late_after", "closes_at")
_ORDER = (
    ("opens_at", "starts_at"),
    ("starts_at", "ends_at"),
    ("opens_at", "late_after"),
    ("late_after", "closes_at"),
    ("closes_at", "ends_at"),
)
_COLUMN = {
    "starts_at": "start",
    "ends_at": "end",
    "opens_at": "opens",
    "late_after": "late_after",
    "closes_at": "closes",
}


def add_halls(plan: Plan, wanted: list[Wanted], there: There, options: Options) -> None:
    """Plan the halls that are not there, or say that they are not."""
    seen: set[str] = set()
    for one in wanted:
        for hall, line in one.halls.items():
            if hall in there.halls or hall in seen:
                continue
            seen.add(hall)
            if options.create_halls and options.kind == "timetable":
                plan.halls.append((hall, line))
            else:
                plan.problems.append(problem(line, "hall", "unknown_hall", hall=hall))


def add_sitting(plan: Plan, one: Wanted, there: There, options: Options) -> int | None:
    """Plan one sitting with its exam; return its place in the plan, or None where it can't be."""
    if options.kind == "roster":
        found = there.sittings[options.sitting_id or 0]
        extra = {hall: line for hall, line in one.halls.items() if hall not in found.halls and hall in there.halls}
        for hall, line in extra.items():
            named = ", ".join(sorted(found.halls))
            plan.problems.append(problem(line, "hall", "not_its_hall", hall=hall, halls=named))
    else:
        matched = _match(one, there)
        if matched is None:
            return _add_new(plan, one, there)
        found = matched
        _exam(plan, one, there, options)
    if found.state == "sealed":
        plan.problems.append(problem(one.line, "start", "sealed"))
        return None
    before = {name: getattr(found, name) for name in _TIMES if getattr(one, name) not in (None, getattr(found, name))}
    if before and found.sealed:
        plan.problems.append(problem(one.line, "start", "sealed"))
    times = {name: getattr(one, name) or getattr(found, name) for name in _TIMES}
    new_halls = sorted(set(one.halls) - found.halls) if options.kind == "timetable" else []
    halls = found.halls | set(new_halls)
    label = _label(found.exam_code, found.starts_at, found.halls, there)
    planned = SittingPlan(one.line, found.exam_code, label, found.id, times, before, new_halls, halls, found.sealed)
    return _append(plan, planned)


def add_watchers(plan: Plan, at: int, one: Wanted, there: There) -> None:
    """Plan who watches over a sitting's halls; who does already stays."""
    sitting_id = plan.sittings[at].id
    now = there.assigned.get(sitting_id, frozenset()) if sitting_id is not None else frozenset()
    for (name, hall), line in one.watchers.items():
        found = there.watchers.get(name.lower(), ())
        if len(found) != 1:
            code = "which_invigilator" if found else "unknown_invigilator"
            plan.problems.append(problem(line, "invigilators", code, name=name))
        elif not {(found[0], None), (found[0], hall)} & now:
            plan.watches.append(WatchPlan(at, found[0], hall, line))


def _match(one: Wanted, there: There) -> SittingThere | None:
    """Return the sitting of this exam that starts then; of several, the one that shares a hall."""
    same = [
        sitting
        for sitting in sorted(there.sittings.values(), key=lambda sitting: sitting.id)
        if (sitting.exam_code, sitting.starts_at) == (one.exam_code, one.starts_at) and sitting.state != "cancelled"
    ]
    sharing = [sitting for sitting in same if sitting.halls & set(one.halls)]
    return next(iter(sharing or same), None)


def _add_new(plan: Plan, one: Wanted, there: There) -> int | None:
    assert one.starts_at is not None
    if one.ends_at is None:
        plan.problems.append(problem(one.line, "end", "end_missing"))
        return None
    late = one.late_after or one.starts_at
    times = {
        "starts_at": one.starts_at,
        "ends_at": one.ends_at,
        "opens_at": one.opens_at or one.starts_at - OPENS_BEFORE,
        "late_after": late,
        "closes_at": one.closes_at or min(one.ends_at, max(one.starts_at + CLOSES_AFTER, late)),
    }
    _exam(plan, one, there, Options("timetable"))
    label = _label(one.exam_code, one.starts_at, one.halls, there)
    halls = sorted(one.halls)
    return _append(plan, SittingPlan(one.line, one.exam_code, label, None, times, {}, halls, frozenset(halls)))


def _append(plan: Plan, sitting: SittingPlan) -> int:
    times = sitting.times
    for first, second in _ORDER:
        if times[first] > times[second] or (second == "ends_at" and times["starts_at"] >= times["ends_at"]):
            order = {"first": _COLUMN[first], "second": _COLUMN[second]}
            plan.problems.append(problem(sitting.line, _COLUMN[second], "times", **order))
            break
    plan.sittings.append(sitting)
    return len(plan.sittings) - 1


def _exam(plan: Plan, one: Wanted, there: There, options: Options) -> None:
    planned = next((exam for exam in plan.exams if exam.code == one.exam_code), None)
    if planned is not None:
        return
    known = there.exams.get(one.exam_code)
    if known is None:
        subject = one.subject or one.exam_code
        plan.exams.append(ExamPlan(one.exam_code, "added", subject, line=one.line))
    elif options.update and one.subject and one.subject != known[1]:
        plan.exams.append(ExamPlan(one.exam_code, "changed", one.subject, known[1], one.line))


def _label(code: str, starts_at: datetime, halls: object, there: There) -> str:
    """Return how people call a sitting: its exam, and its start in its hall's zone."""
    names = sorted(halls) if isinstance(halls, frozenset | dict) else []
    first: HallThere | None = next((there.halls[name] for name in names if name in there.halls), None)
    return f"{code} · {starts_at.astimezone(ZoneInfo(first.time_zone if first else 'UTC')):%Y-%m-%d %H:%M}"
