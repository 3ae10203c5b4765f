"""What an invigilator does in a hall besides cases: the door lane, seats, notes, the paper sheet, handing over."""

from typing import Annotated

from fastapi import Path, Response

from services.api.auth.throttle import handover_limits
from services.api.office import door_enrolment, door_lane, hall_seats, handovers, jobs, paper, photos
from services.api.office.attendance import RosterStatus
from services.api.office.door_enrolment import EnrolmentOffered
from services.api.office.door_lane import AdmissionCreate, Admitted, PersonAtDoor
from services.api.office.hall_seats import NoteChange, SeatChange
from services.api.office.handovers import HandoverCode, HandoverCreate, HandoverTake, HandoverTaken
from services.api.office.paper import PaperEntered, PaperSheet
from services.api.web.deps import CallerDep, DepsDep
from services.api.web.routing import photo_answer
from services.api.web.routing import router as make_router

router = make_router("in the hall")
SittingId = Annotated[int, Path(ge=1, lt=2**31)]
HallId = Annotated[str, Path(max_length=64)]
StudentId = Annotated[str, Path(max_length=64)]
HALL = "/sittings/{sitting_id}/halls/{hall_id}"
PERSON = f"{HALL}/people/{{student_id}}"


@router.get(PERSON)
def look_up_person(
    sitting_id: SittingId, hall_id: HallId, student_id: StudentId, deps: DepsDep, caller: CallerDep
) -> PersonAtDoor:
    """Return who has this number, and where they belong: for somebody at the door."""
    with deps.reading(caller) as work:
        return door_lane.look_up(work, sitting_id, hall_id, student_id)


@router.post(f"{HALL}/admissions", status_code=201)
def admit_at_door(
    sitting_id: SittingId, hall_id: HallId, sent: AdmissionCreate, deps: DepsDep, caller: CallerDep
) -> Admitted:
    """Let somebody in by number and ID: of this hall, of another (they sit here now), or of no roster (added)."""
    with deps.writing(caller) as work:
        return door_lane.admit(work, sitting_id, hall_id, sent)


@router.post(f"{PERSON}/enrolment", status_code=202)
def offer_enrolment(
    sitting_id: SittingId, hall_id: HallId, student_id: StudentId, deps: DepsDep, caller: CallerDep
) -> EnrolmentOffered:
    """Mail somebody who sits here a link to enrol by: consent and photos are theirs to give, the office approves."""
    with deps.writing(caller) as work:
        offered = door_enrolment.offer(work, sitting_id, hall_id, student_id)
    if offered.job_id is not None:
        with deps.reading(caller) as work:
            jobs.hand_over(work, offered.job_id)
    return offered


@router.post(f"{HALL}/seats")
def change_seat(
    sitting_id: SittingId, hall_id: HallId, sent: SeatChange, deps: DepsDep, caller: CallerDep
) -> list[RosterStatus]:
    """Give a student another seat, or let two change places; return the lines that changed."""
    with deps.writing(caller) as work:
        return hall_seats.change_seat(work, sitting_id, hall_id, sent)


@router.put("/sittings/{sitting_id}/students/{student_id}/note")
def note_student(
    sitting_id: SittingId, student_id: StudentId, sent: NoteChange, deps: DepsDep, caller: CallerDep
) -> RosterStatus:
    """Write a note on a student at this sitting."""
    with deps.writing(caller) as work:
        return hall_seats.change_note(work, sitting_id, student_id, sent)


@router.get(f"{PERSON}/photo", response_class=Response, responses=photo_answer())
def get_person_photo(
    sitting_id: SittingId, hall_id: HallId, student_id: StudentId, deps: DepsDep, caller: CallerDep
) -> Response:
    """Return the enrolment photo of somebody who sits in this hall: nobody else's."""
    with deps.reading(caller) as work:
        hall_seats.check_sits_here(work, sitting_id, hall_id, student_id)
        photo = photos.newest(work, student_id)
    return Response(photo.data, media_type=photo.content_type)


@router.post(f"{HALL}/paper", status_code=201)
def enter_paper(
    sitting_id: SittingId, hall_id: HallId, sent: PaperSheet, deps: DepsDep, caller: CallerDep
) -> PaperEntered:
    """Enter lines of the paper sheet with the times on it: all of them, or with any wrong line none."""
    with deps.writing(caller) as work:
        return paper.enter(work, sitting_id, hall_id, sent)


@router.post(f"{HALL}/handover", status_code=201)
def offer_hall(
    sitting_id: SittingId, hall_id: HallId, sent: HandoverCreate, deps: DepsDep, caller: CallerDep
) -> HandoverCode:
    """Offer this hall to a colleague: a code, shown this once, good for ten minutes and one person."""
    with deps.writing(caller) as work:
        return handovers.offer(work, sitting_id, hall_id, sent)


@router.post("/handovers/taken", status_code=201)
def take_hall(sent: HandoverTake, deps: DepsDep, caller: CallerDep) -> HandoverTaken:
    """Take a hall over by the code that a colleague shows."""
    deps.throttle.hit(handover_limits(f"user:{caller.user_id}", caller.address))
    with deps.writing(caller) as work:
        return handovers.take(work, sent)
