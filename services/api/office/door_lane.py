"""The door lane: whom no camera can let in. Number and ID are seen, and somebody finds them a seat."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.api.attendance.answers import Check, Seat, seat_here
from services.api.attendance.deciding import By, stored
from services.api.attendance.decisions import mark
from services.api.attendance.history import History, load_history
from services.api.attendance.rules import before_opens, rules_of
from services.api.db.tables import Attempt, RosterEntry, Sitting, SittingHall, Student
from services.api.examples import example_of
from services.api.office import attendance, door_enrolment, seat_labels, sittings, spare_seats, students
from services.api.office.attendance import AttemptPublic, RosterStatus, attempt_public
from services.api.office.decisions import Key, MadeAt, by_of, check_time
from services.api.office.students import Enrolment, PersonName, StudentNumber
from services.api.office.work import Work
from services.api.problems import not_found

Belongs = Literal["here", "other_hall", "other_sitting", "nowhere"]


class PersonAtDoor(BaseModel):
    """Somebody at the door who gave a number: who it is, and where they belong."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "student_id": "S0001",
                    "name": "Ada Lovelace",
                    "belongs": "here",
                    "sitting_id": 1,
                    "exam_code": "MATH-201",
                    "hall": "A",
                    "table": "C-14",
                    "status": "expected",
                    "by_number": False,
                    "enrolment": "enrolled",
                    "spare": "A-1",
                }
            ]
        }
    )

    student_id: str
    name: str
    belongs: Belongs = Field(
        description="`here`, in another hall of this sitting, in another sitting of about now, or on no roster."
    )
    sitting_id: int | None
    exam_code: str | None
    hall: str | None
    table: str | None
    status: str | None
    by_number: bool = Field(description="Opted out of recognition.")
    enrolment: Enrolment
    enrol_by_mail: bool = Field(
        False, description="Whether they sit here, are not enrolled, and can be mailed a link to enrol by."
    )
    spare: str | None = Field(description="The seat that would be given here; null: the hall has no plan or is full.")


class AdmissionCreate(BaseModel):
    """Somebody let in at the door, by number and ID."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"student_id": "S0001", "checked": "id", "provisional": True, "key": "7c20"}]},
    )

    student_id: StudentNumber
    checked: Check = Field(description="What was checked: the number typed, or the ID seen.")
    provisional: bool = Field(False, description="To be confirmed by the office; always so for who is on no roster.")
    name: PersonName | None = Field(None, description="The name on the ID, where there is no such student yet.")
    table: str | None = Field(None, max_length=64, description="The seat; the first spare one where it is left out.")
    reason: str = Field("", max_length=500, description="Needed where it overrides what stands in the roster.")
    at: AwareDatetime | None = Field(None, description="When they came; now where it is left out.")
    key: str | None = Key
    made_at: AwareDatetime | None = MadeAt


class Admitted(BaseModel):
    """The decision, and the roster's line as it is now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "attempt": {
                        **example_of(AttemptPublic),
                        "kind": "decision",
                        "kiosk_id": None,
                        "track_id": None,
                        "track_started_at": None,
                        "frame_sent_at": None,
                        "asked": None,
                        "finding": None,
                        "score": None,
                        "candidate_id": None,
                        "actor": "user:3",
                        "reason": "the camera was away",
                    },
                    "entry": {**example_of(RosterStatus), "kiosk": None},
                }
            ]
        }
    )

    attempt: AttemptPublic
    entry: RosterStatus


def look_up(work: Work, sitting_id: int, hall_id: str, student_id: str) -> PersonAtDoor:
    """Return who has this number and where they belong now.

    Raises:
        Problem: no such sitting, hall or student.
    """
    sitting = _open_sitting(work, sitting_id, hall_id)
    student = students.get(work, student_id)
    history = load_history(work.session, student_id)
    entry = _entry_at(work, history, sitting)
    spare = spare_seats.every(work, sitting, hall_id)
    belongs = _belongs(entry, sitting_id, hall_id)
    return PersonAtDoor(
        student_id=student.id,
        name=student.name,
        belongs=belongs,
        sitting_id=entry.sitting_id if entry else None,
        exam_code=_code_of(work, entry),
        hall=entry.hall_id if entry else None,
        table=entry.table_label if entry else None,
        status=entry.status if entry else None,
        by_number=student.by_number,
        enrolment=students.enrolments(work, [student_id])[student_id],
        enrol_by_mail=belongs == "here" and door_enrolment.can_be_offered(work, student),
        spare=spare[0].table if spare else None,
    )


def admit(work: Work, sitting_id: int, hall_id: str, given: AdmissionCreate) -> Admitted:
    """Let somebody in here: from this hall's roster, from another hall's, or from none.

    Raises:
        Problem: no such sitting, hall or student, sealed, no reason where the roster is overridden.
    """
    by = by_of(work, given.key, given.made_at)
    before = stored(work.session, by)
    if before is not None:
        return _told(work, before)
    sitting = _open_sitting(work, sitting_id, hall_id)
    check_time(work, sitting_id, given.at, by.t)
    entry = _place(work, sitting, hall_id, given)
    attempt = _mark(work, sitting_id, given, by, entry)
    return _told(work, attempt)


def _mark(work: Work, sitting_id: int, given: AdmissionCreate, by: By, entry: RosterEntry) -> Attempt:
    measures: dict[str, object] = {"checked": given.checked, "provisional": entry.provisional}
    return mark(
        work.session,
        sitting_id,
        given.student_id,
        "in",
        by,
        rules_of(work.api),
        reason=given.reason,
        effective_at=given.at,
        measures=measures,
    )


def _open_sitting(work: Work, sitting_id: int, hall_id: str) -> Sitting:
    sitting = sittings.get(work, sitting_id)
    sittings.check_not_sealed(sitting)
    if work.session.get(SittingHall, (sitting_id, hall_id)) is None:
        raise not_found(f"hall of sitting {sitting_id}", hall_id, "hall_id")
    return sitting


def _place(work: Work, sitting: Sitting, hall_id: str, given: AdmissionCreate) -> RosterEntry:
    """Find the student's line on the roster, moved here or added where it must be."""
    seat = _seat(work, sitting, hall_id, given.table)
    _student(work, given)
    place = load_history(work.session, given.student_id, lock=True).place(sitting.id or 0)
    if place is None:
        return _add(work, sitting, hall_id, given.student_id, seat)
    entry = place.entry
    if entry.hall_id != hall_id:
        before: dict[str, object] = {"hall": entry.hall_id, "table": entry.table_label}
        seat_here(work.session, entry, hall_id, seat)
        after: dict[str, object] = {"hall": hall_id, "table": entry.table_label}
        subject = f"student:{entry.student_id}"
        work.note("roster.admit_here", subject, before=before, after=after, sitting_id=sitting.id)
    entry.provisional = entry.provisional or given.provisional
    work.session.add(entry)
    return entry


def _seat(work: Work, sitting: Sitting, hall_id: str, table: str | None) -> Seat:
    if table is None:
        return spare_seats.first(work, sitting, hall_id) or Seat("")
    place = seat_labels.place(table)
    return Seat(table, *place) if place in spare_seats.places_of(work, hall_id) and place else Seat(table)


def _student(work: Work, given: AdmissionCreate) -> None:
    student = work.session.get(Student, given.student_id)
    if student is not None and student.deleted_at is None and student.active:
        return
    if student is not None or given.name is None:
        raise not_found("student", given.student_id, "student_id")
    work.session.add(Student(id=given.student_id, name=given.name, created_at=work.now))
    work.session.flush()
    work.note("student.create", f"student:{given.student_id}", after={"at_the_door": True})


def _add(work: Work, sitting: Sitting, hall_id: str, student_id: str, seat: Seat) -> RosterEntry:
    entry = RosterEntry(
        sitting_id=sitting.id or 0,
        student_id=student_id,
        hall_id=hall_id,
        table_label=seat.table,
        row=seat.row,
        col=seat.col,
        provisional=True,
    )
    work.session.add(entry)
    work.session.flush()
    after: dict[str, object] = {"hall": hall_id, "table": seat.table, "provisional": True}
    work.note("roster.add_at_door", f"student:{student_id}", after=after, sitting_id=sitting.id)
    return entry


def _told(work: Work, attempt: Attempt) -> Admitted:
    work.session.flush()
    place = load_history(work.session, attempt.student_id or "").place(attempt.sitting_id or 0)
    assert place is not None
    return Admitted(attempt=attempt_public(attempt), entry=attendance.roster_status_of(work, place.entry))


def _entry_at(work: Work, history: History, sitting: Sitting) -> RosterEntry | None:
    """The line of this sitting, else of one that is in play now."""
    here = history.place(sitting.id or 0)
    others = history.in_play(work.now, before_opens(work.api))
    place = here or next(iter(others), None)
    return place.entry if place else None


def _belongs(entry: RosterEntry | None, sitting_id: int, hall_id: str) -> Belongs:
    if entry is None:
        return "nowhere"
    if entry.sitting_id != sitting_id:
        return "other_sitting"
    return "here" if entry.hall_id == hall_id else "other_hall"


def _code_of(work: Work, entry: RosterEntry | None) -> str | None:
    if entry is None:
        return None
    return sittings.shape(work, [sittings.get(work, entry.sitting_id)])[0].exam_code
