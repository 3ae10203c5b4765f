"""The record of a sitting: how everybody on its roster stands in the end, and what people decided there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import col, or_, select

from services.api.attendance.history import load_history
from services.api.attendance.projection import project
from services.api.attendance.rules import rules_of
from services.api.db.tables import Amendment, Attempt, Review, RosterEntry, Seal, Sitting, SittingHall, Student, User
from services.api.office import sittings
from services.api.office.work import Work


@dataclass(frozen=True)
class Line:
    """One student of a roster."""

    student_id: str
    name: str
    hall: str
    table: str
    status: str
    """As it is shown: who is expected is absent once check-in is over."""
    admitted_at: datetime | None
    out_at: datetime | None
    """When they went out, where they are out."""
    kiosk: str | None
    provisional: bool
    note: str
    amended: bool = False
    """An amendment of the sealed record says what stands here."""

    @property
    def admitted(self) -> bool:
        """Whether they came."""
        return self.status in ("present", "late", "out")


@dataclass(frozen=True)
class Ruling:
    """What a person decided."""

    at: datetime
    about: datetime
    """The time that it is about: a paper sheet's."""
    actor: str
    actor_name: str
    action: str
    sets: str | None
    student_id: str | None
    case: int | None
    reason: str
    undone: bool
    """Somebody took it back later."""


def lines(work: Work, sitting: Sitting, hall_id: str | None = None, *, as_sealed: bool = False) -> list[Line]:
    """Return the roster by hall, table and number; with amendments, unless it is wanted `as_sealed`."""
    closed = _closed_halls(work, sitting.id or 0)
    query = (
        select(RosterEntry, Student.name)
        .join(Student, col(Student.id) == col(RosterEntry.student_id))
        .where(RosterEntry.sitting_id == sitting.id)
        .order_by(col(RosterEntry.hall_id), col(RosterEntry.table_label), col(RosterEntry.student_id))
    )
    if hall_id is not None:
        query = query.where(RosterEntry.hall_id == hall_id)
    found = [
        _line(work, entry, name, sittings.status_at(sitting, entry, work.now, hall_closed=entry.hall_id in closed))
        for entry, name in work.session.exec(query)
    ]
    amended = {} if as_sealed else amended_statuses(work, sitting.id or 0)
    return [_with_amendment(line, amended.get(line.student_id)) for line in found]


def rulings(work: Work, sitting_id: int, hall_id: str | None = None) -> list[Ruling]:
    """Return what people decided at a sitting, in order; in a hall: about its students, or a case at its doors."""
    query = (
        select(Attempt)
        .where(Attempt.sitting_id == sitting_id, Attempt.kind == "decision")
        .order_by(col(Attempt.captured_at), col(Attempt.id))
    )
    if hall_id is not None:
        seated = select(RosterEntry.student_id).where(
            RosterEntry.sitting_id == sitting_id, RosterEntry.hall_id == hall_id
        )
        at_door = select(Review.id).where(Review.sitting_id == sitting_id, Review.hall_id == hall_id)
        query = query.where(or_(col(Attempt.student_id).in_(seated), col(Attempt.review_id).in_(at_door)))
    found = work.session.exec(query).all()
    names = actor_names(work, {attempt.actor or "" for attempt in found})
    undone = {attempt.undoes_id for attempt in found if attempt.undoes_id is not None}
    return [_ruling(attempt, names, attempt.id in undone) for attempt in found]


def actor_names(work: Work, actors: set[str]) -> dict[str, str]:
    """Return how people are called whom the record knows by id; only what is known."""
    numbers = [int(actor[5:]) for actor in actors if actor.startswith("user:") and actor[5:].isdigit()]
    found = work.session.exec(select(User.id, User.display_name, User.username).where(col(User.id).in_(numbers)))
    return {f"user:{number}": display or username for number, display, username in found}


def amended_statuses(work: Work, sitting_id: int) -> dict[str, str]:
    """Return what amendments made of students' statuses, by student: the last word of each."""
    query = (
        select(Amendment)
        .join(Seal, col(Seal.id) == Amendment.seal_id)
        .where(Seal.sitting_id == sitting_id)
        .order_by(col(Amendment.id))
    )
    return {row.student_id: str(row.after["status"]) for row in work.session.exec(query) if "status" in row.after}


def admitted_at(work: Work, entry: RosterEntry) -> datetime | None:
    """Return when a student was admitted; who is out was admitted before that."""
    if entry.status in ("present", "late"):
        return entry.status_at
    if entry.status != "out":
        return None
    history = load_history(work.session, entry.student_id)
    standing = project(history.terms, history.happenings, rules_of(work.api)).get(entry.sitting_id)
    return standing.admitted.at if standing is not None and standing.admitted is not None else None


def _closed_halls(work: Work, sitting_id: int) -> set[str]:
    closed = (SittingHall.sitting_id == sitting_id, col(SittingHall.closed_at) <= work.now)
    return set(work.session.exec(select(SittingHall.hall_id).where(*closed)))


def _line(work: Work, entry: RosterEntry, name: str, status: str) -> Line:
    return Line(
        student_id=entry.student_id,
        name=name,
        hall=entry.hall_id,
        table=entry.table_label,
        status=status,
        admitted_at=admitted_at(work, entry),
        out_at=entry.status_at if entry.status == "out" else None,
        kiosk=entry.status_kiosk_id,
        provisional=entry.provisional,
        note=entry.note,
    )


def _with_amendment(line: Line, status: str | None) -> Line:
    return line if status is None else replace(line, status=status, amended=True)


def _ruling(attempt: Attempt, names: dict[str, str], undone: bool) -> Ruling:
    actor = attempt.actor or ""
    return Ruling(
        at=attempt.captured_at,
        about=attempt.effective_at or attempt.captured_at,
        actor=actor,
        actor_name=names.get(actor, actor),
        action=attempt.verdict,
        sets=attempt.sets_status,
        student_id=attempt.student_id,
        case=attempt.case_number,
        reason=attempt.reason or "",
        undone=undone,
    )


def only(rows: Sequence[Ruling], student_id: str) -> list[Ruling]:
    """Return what was decided about one student."""
    return [row for row in rows if row.student_id == student_id]
