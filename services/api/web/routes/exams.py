"""Exams and their sittings."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import AwareDatetime

from services.api.office import assignments, exams, sitting_times, sittings
from services.api.office.exams import ExamChange, ExamCreate, ExamPublic
from services.api.office.sitting_shapes import SittingChange, SittingCreate, SittingPublic
from services.api.office.sitting_times import SittingTimes, Times
from services.api.web.deps import CallerDep, DepsDep
from services.api.web.routing import router as make_router

router = make_router("exams and sittings")
Id = Annotated[int, Path(ge=1, lt=2**31)]
Clock = Annotated[str, Query(max_length=5, examples=["09:00"], description="A time of day, `HH:MM`.")]


@router.get("/exams")
def list_exams(deps: DepsDep, caller: CallerDep) -> list[ExamPublic]:
    """Return all exams; an invigilator sees those of their sittings."""
    with deps.reading(caller) as work:
        return exams.every(work)


@router.post("/exams", status_code=201)
def create_exam(sent: ExamCreate, deps: DepsDep, caller: CallerDep) -> ExamPublic:
    """Make an exam."""
    with deps.writing(caller) as work:
        return exams.create(work, sent)


@router.get("/exams/{exam_id}")
def get_exam(exam_id: Id, deps: DepsDep, caller: CallerDep) -> ExamPublic:
    """Return one exam."""
    with deps.reading(caller) as work:
        return exams.public(exams.seen(work, exam_id))


@router.patch("/exams/{exam_id}")
def change_exam(exam_id: Id, sent: ExamChange, deps: DepsDep, caller: CallerDep) -> ExamPublic:
    """Change an exam."""
    with deps.writing(caller) as work:
        return exams.change(work, exam_id, sent)


@router.delete("/exams/{exam_id}", status_code=204)
def delete_exam(exam_id: Id, deps: DepsDep, caller: CallerDep) -> None:
    """Delete an exam that has no sitting."""
    with deps.writing(caller) as work:
        exams.delete(work, exam_id)


@router.get("/sittings")
def list_sittings(
    deps: DepsDep,
    caller: CallerDep,
    ends_after: AwareDatetime | None = None,
    starts_before: AwareDatetime | None = None,
    exam_id: Annotated[int | None, Query(ge=1, lt=2**31)] = None,
) -> list[SittingPublic]:
    """Return sittings by start; an invigilator sees those they are assigned to."""
    with deps.reading(caller) as work:
        return sittings.find(work, ends_after, starts_before, exam_id)


@router.post("/sittings", status_code=201)
def create_sitting(sent: SittingCreate, deps: DepsDep, caller: CallerDep) -> SittingPublic:
    """Make a sitting."""
    with deps.writing(caller) as work:
        return sittings.create(work, sent)


@router.get("/sitting-times")
def get_sitting_times(
    deps: DepsDep,
    caller: CallerDep,
    hall: Annotated[str, Query(max_length=64, description="The hall's id: times are said by its clock.")],
    day: Annotated[str, Query(max_length=10, examples=["2026-11-23"], description="The day on which it starts.")],
    starts_at: Clock,
    ends_at: Clock,
    opens_at: Clock = "",
    late_after: Clock = "",
    closes_at: Clock = "",
) -> SittingTimes:
    """Return the moments that are meant by a day and times of it, by a hall's clock; past midnight is the next day."""
    clocks = {
        "starts_at": starts_at,
        "ends_at": ends_at,
        "opens_at": opens_at,
        "late_after": late_after,
        "closes_at": closes_at,
    }
    with deps.reading(caller) as work:
        return sitting_times.at_hall(work, Times(day, clocks), hall)


@router.get("/sittings/{sitting_id}")
def get_sitting(sitting_id: Id, deps: DepsDep, caller: CallerDep) -> SittingPublic:
    """Return one sitting."""
    with deps.reading(caller) as work:
        return sittings.shape(work, [sittings.get(work, sitting_id)])[0]


@router.patch("/sittings/{sitting_id}")
def change_sitting(sitting_id: Id, sent: SittingChange, deps: DepsDep, caller: CallerDep) -> SittingPublic:
    """Change times, policy, halls, or cancel it."""
    with deps.writing(caller) as work:
        return sittings.change(work, sitting_id, sent)


@router.delete("/sittings/{sitting_id}", status_code=204)
def delete_sitting(sitting_id: Id, deps: DepsDep, caller: CallerDep) -> None:
    """Delete a sitting at which nothing has happened."""
    with deps.writing(caller) as work:
        sittings.delete(work, sitting_id)


@router.put("/sittings/{sitting_id}/invigilators/{user_id}")
def assign_invigilator(sitting_id: Id, user_id: Id, deps: DepsDep, caller: CallerDep) -> SittingPublic:
    """Let an invigilator watch over the sitting."""
    with deps.writing(caller) as work:
        return assignments.assign(work, sitting_id, user_id)


@router.delete("/sittings/{sitting_id}/invigilators/{user_id}", status_code=204)
def unassign_invigilator(sitting_id: Id, user_id: Id, deps: DepsDep, caller: CallerDep) -> None:
    """Take an invigilator off the sitting."""
    with deps.writing(caller) as work:
        assignments.unassign(work, sitting_id, user_id)
