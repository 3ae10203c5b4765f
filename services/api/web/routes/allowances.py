"""What students are allowed, and what invigilators set in their hall."""

from typing import Annotated

from fastapi import Path

from services.api.office import accommodations, sitting_halls
from services.api.office.accommodations import AccommodationPublic, AccommodationSet
from services.api.office.sitting_halls import SittingHallChange, SittingHallPublic
from services.api.web.deps import CallerDep, DepsDep
from services.api.web.routing import router as make_router

router = make_router("allowances")
Id = Annotated[int, Path(ge=1, lt=2**31)]
IdOrAll = Annotated[int, Path(ge=0, lt=2**31, description="A sitting; 0: all of them.")]
Text = Annotated[str, Path(max_length=64)]


@router.get("/students/{student_id}/accommodations")
def list_accommodations(student_id: Text, deps: DepsDep, caller: CallerDep) -> list[AccommodationPublic]:
    """Return what a student is allowed."""
    with deps.reading(caller) as work:
        return accommodations.of_student(work, student_id)


@router.put("/students/{student_id}/accommodations/{at_sitting}")
def set_accommodation(
    student_id: Text, at_sitting: IdOrAll, sent: AccommodationSet, deps: DepsDep, caller: CallerDep
) -> AccommodationPublic:
    """Set what a student is allowed at one sitting, or at all; who was late by less is punctual."""
    with deps.writing(caller) as work:
        return accommodations.put(work, student_id, at_sitting, sent)


@router.delete("/students/{student_id}/accommodations/{at_sitting}", status_code=204)
def delete_accommodation(student_id: Text, at_sitting: IdOrAll, deps: DepsDep, caller: CallerDep) -> None:
    """Take an accommodation away."""
    with deps.writing(caller) as work:
        accommodations.delete(work, student_id, at_sitting)


@router.get("/sittings/{sitting_id}/accommodations")
def list_sitting_accommodations(sitting_id: Id, deps: DepsDep, caller: CallerDep) -> list[AccommodationPublic]:
    """Return what the students of a sitting are allowed, for its invigilators: whom to expect by number, who may be late."""
    with deps.reading(caller) as work:
        return accommodations.of_sitting(work, sitting_id)


@router.get("/sittings/{sitting_id}/halls")
def list_sitting_halls(sitting_id: Id, deps: DepsDep, caller: CallerDep) -> list[SittingHallPublic]:
    """Return a sitting's halls, with the grace given there and whether check-in is closed."""
    with deps.reading(caller) as work:
        return sitting_halls.every(work, sitting_id)


@router.patch("/sittings/{sitting_id}/halls/{hall_id}")
def change_sitting_hall(
    sitting_id: Id, hall_id: Text, sent: SittingHallChange, deps: DepsDep, caller: CallerDep
) -> SittingHallPublic:
    """Give grace while a line stands at the door, close check-in here, or open it again; with a reason."""
    with deps.writing(caller) as work:
        return sitting_halls.change(work, sitting_id, hall_id, sent)
