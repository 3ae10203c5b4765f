"""What an invigilator changes on a hall's roster besides attendance: seats, and notes on a student."""

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from services.api.attendance.answers import Seat
from services.api.db import holding
from services.api.db.tables import RosterEntry, Sitting
from services.api.office import attendance, seat_labels, sittings, spare_seats
from services.api.office.attendance import RosterStatus
from services.api.office.students import StudentNumber, check_version
from services.api.office.work import Facts, Work
from services.api.problems import conflict, not_found, unfit


class SeatChange(BaseModel):
    """Another seat for a student, or two who change places."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"student_id": "S0001", "table": "D-2"}, {"student_id": "S1", "with": "S2"}]},
        populate_by_name=True,
    )

    student_id: StudentNumber
    table: str | None = Field(None, min_length=1, max_length=64, description="The seat to move to.")
    swap_with: StudentNumber | None = Field(None, alias="with", description="The student to change places with.")
    version: int | None = Field(None, description="The version of the student's line that was seen.")


class NoteChange(BaseModel):
    """A note on a student at this sitting."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"note": "Moved to the front: glasses"}]})

    note: str = Field(max_length=500)
    version: int | None = Field(None, description="The version of the student's line that was seen.")


def change_seat(work: Work, sitting_id: int, hall_id: str, wish: SeatChange) -> list[RosterStatus]:
    """Give a student another seat of this hall, or let two change places; return the lines that changed.

    Raises:
        Problem: not in this hall, the seat is somebody's or blocked, changed meanwhile, sealed.
    """
    if (wish.table is None) == (wish.swap_with is None):
        raise unfit("seat_or_student", "Name a seat, or the student to change places with.", "table")
    sitting = sittings.get(work, sitting_id)
    sittings.check_not_sealed(sitting)
    spare_seats.hold(work, hall_id)
    both = [student_id for student_id in (wish.student_id, wish.swap_with) if student_id]
    holding.entries(work.session, RosterEntry.sitting_id == sitting_id, col(RosterEntry.student_id).in_(both))
    entry = _entry(work, sitting_id, wish.student_id, hall_id)
    check_version(entry.version, wish.version, f"seat of {wish.student_id}")
    if wish.swap_with is not None:
        other = _entry(work, sitting_id, wish.swap_with, hall_id)
        mine, theirs = _seat_of(entry), _seat_of(other)
        return [_sit(work, entry, theirs), _sit(work, other, mine)]
    return [_sit(work, entry, _free_seat(work, sitting, entry, wish.table or ""))]


def change_note(work: Work, sitting_id: int, student_id: str, wish: NoteChange) -> RosterStatus:
    """Write a note on a student of the roster; the audit says that it was written, not what.

    Raises:
        Problem: not on the roster or of another's hall, changed meanwhile, sealed.
    """
    sittings.check_not_sealed(sittings.get(work, sitting_id))
    entry = _entry(work, sitting_id, student_id)
    work.check_place(sitting_id, entry.hall_id)
    check_version(entry.version, wish.version, f"note on {student_id}")
    before: Facts = {"characters": len(entry.note)}
    entry.note = wish.note
    entry.version += 1
    work.session.add(entry)
    after: Facts = {"characters": len(wish.note)}
    work.note("roster.note", f"student:{student_id}", before=before, after=after, sitting_id=sitting_id)
    return attendance.roster_status_of(work, entry)


def check_sits_here(work: Work, sitting_id: int, hall_id: str, student_id: str) -> None:
    """Refuse what belongs to somebody of another hall.

    Raises:
        Problem: 404.
    """
    query = select(RosterEntry.id).where(RosterEntry.sitting_id == sitting_id, RosterEntry.hall_id == hall_id)
    if work.session.exec(query.where(RosterEntry.student_id == student_id)).first() is None:
        raise not_found("student in this hall", student_id, "student_id")


def _entry(work: Work, sitting_id: int, student_id: str, hall_id: str | None = None) -> RosterEntry:
    query = select(RosterEntry).where(RosterEntry.sitting_id == sitting_id, RosterEntry.student_id == student_id)
    entry = work.session.exec(query.with_for_update()).first()
    if entry is None or (hall_id is not None and entry.hall_id != hall_id):
        raise not_found("student in this hall", student_id, "student_id")
    return entry


def _seat_of(entry: RosterEntry) -> Seat:
    return Seat(entry.table_label, entry.row, entry.col)


def _free_seat(work: Work, sitting: Sitting, entry: RosterEntry, table: str) -> Seat:
    place = seat_labels.place(table)
    in_plan = spare_seats.places_of(work, entry.hall_id)
    if in_plan and (place is None or place not in in_plan):
        raise unfit("no_such_seat", f"Hall {entry.hall_id} has no seat {table}, or it is blocked.", "table")
    taken = spare_seats.taken(work, sitting, entry.hall_id, but={entry.id})
    named = spare_seats.labels(work, sitting, entry.hall_id, but={entry.id})
    if (place is not None and place in taken) or table in named:
        raise conflict("seat_taken", f"Seat {table} is somebody's: let the two change places instead.", "table")
    return Seat(seat_labels.label(*place), *place) if in_plan and place else Seat(table)


def _sit(work: Work, entry: RosterEntry, seat: Seat) -> RosterStatus:
    before: Facts = {"table": entry.table_label}
    entry.table_label, entry.row, entry.col = seat.table, seat.row, seat.col
    entry.version += 1
    work.session.add(entry)
    work.session.flush()
    subject, after = f"student:{entry.student_id}", {"table": seat.table}
    work.note("roster.seat", subject, before=before, after={**after}, sitting_id=entry.sitting_id)
    return attendance.roster_status_of(work, entry)
