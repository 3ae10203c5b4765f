"""Where the end of an exam stands in one hall: counts, cases, who is out, differences, and what is still to do."""

from datetime import timedelta

from sqlmodel import col, func, select

from services.api.db.tables import Amendment, Attempt, Difference, Seal, Sitting, SittingHall, Student
from services.api.office import record, reviews, sittings
from services.api.office.closing.counts import Counted, blockers, totals_of
from services.api.office.closing.shapes import (
    ClosingPublic,
    CountsPut,
    DifferenceDecision,
    DifferenceNote,
    DifferencePublic,
    OutPerson,
    SealPublic,
)
from services.api.office.reviews import ReviewPublic
from services.api.office.work import Facts, Work
from services.api.problems import conflict, not_found, unfit


def look(work: Work, sitting_id: int, hall_id: str) -> ClosingPublic:
    """Return where the end of the exam stands.

    Raises:
        Problem: no such sitting, or not in this hall.
    """
    sitting, hall = place(work, sitting_id, hall_id)
    roster = record.lines(work, sitting, hall_id)
    totals = totals_of(line.status for line in roster)
    rows = differences(work, sitting_id, hall_id)
    heads, scripts = _counted(hall, rows, totals.inside, totals.admitted)
    cases = open_cases(work, sitting, hall_id)
    over = is_over(work, sitting, hall)
    seal = seal_of(work, sitting_id, hall_id)
    still = blockers(
        check_in_over=over,
        open_cases=len(cases),
        heads=heads,
        scripts=scripts,
        open_differences=sum(row.state == "open" for row in rows),
    )
    return ClosingPublic(
        sitting_id=sitting_id,
        hall=hall_id,
        totals=totals,
        inside=totals.inside,
        admitted=totals.admitted,
        policy=sitting.policy,
        check_in_over=over,
        closed_at=hall.closed_at,
        out=[_out(line) for line in roster if line.status == "out"],
        open_cases=cases,
        head_count=hall.head_count,
        scripts_collected=hall.scripts_collected,
        head_count_unexplained=heads.unexplained,
        scripts_unexplained=scripts.unexplained,
        differences=rows,
        blockers=[] if seal else list(still),
        seal=shape_seal(work, seal) if seal else None,
    )


def put_counts(work: Work, sitting_id: int, hall_id: str, counts: CountsPut) -> ClosingPublic:
    """Enter what was counted.

    Raises:
        Problem: no such sitting or hall, or sealed.
    """
    hall = _open(work, sitting_id, hall_id)
    before: Facts = {"head_count": hall.head_count, "scripts_collected": hall.scripts_collected}
    given = counts.model_dump(exclude_unset=True)
    for name, number in given.items():
        setattr(hall, name, number)
    work.session.add(hall)
    work.note("closing.counts", f"hall:{hall_id}", before=before, after=given, sitting_id=sitting_id)
    return look(work, sitting_id, hall_id)


def note_difference(work: Work, sitting_id: int, hall_id: str, wish: DifferenceNote) -> ClosingPublic:
    """Note a difference between a count and the roster; with a reason it is signed for.

    The same once more by the same person, at once, is one press too many: it is noted once.

    Raises:
        Problem: none at all, a student who is not on the roster, or sealed.
    """
    _open(work, sitting_id, hall_id)
    if wish.amount == 0:
        raise unfit("no_difference", "A difference of nothing needs no row.", "amount")
    if wish.student_id is not None:
        _check_on_roster(work, sitting_id, hall_id, wish.student_id)
    if _just_noted(work, sitting_id, hall_id, wish):
        return look(work, sitting_id, hall_id)
    signed = bool(wish.reason.strip())
    row = Difference(
        **wish.model_dump(),
        sitting_id=sitting_id,
        hall_id=hall_id,
        state="signed" if signed else "open",
        noted_by=work.by.actor,
        noted_at=work.now,
        decided_by=work.by.actor if signed else None,
        decided_at=work.now if signed else None,
    )
    work.session.add(row)
    work.session.flush()
    work.note("closing.difference", _subject(row), after=_facts(row), sitting_id=sitting_id)
    return look(work, sitting_id, hall_id)


def decide_difference(
    work: Work, sitting_id: int, hall_id: str, difference_id: int, wish: DifferenceDecision
) -> ClosingPublic:
    """Settle a difference, or sign for it.

    Raises:
        Problem: there is none, or sealed.
    """
    _open(work, sitting_id, hall_id)
    row = work.session.get(Difference, difference_id)
    if row is None or (row.sitting_id, row.hall_id) != (sitting_id, hall_id):
        raise not_found("difference", difference_id, "difference_id")
    before = _facts(row)
    row.state, row.reason = wish.state, wish.reason
    row.decided_by, row.decided_at = work.by.actor, work.now
    work.session.add(row)
    work.note("closing.difference", _subject(row), before=before, after=_facts(row), sitting_id=sitting_id)
    work.session.flush()
    return look(work, sitting_id, hall_id)


def place(work: Work, sitting_id: int, hall_id: str) -> tuple[Sitting, SittingHall]:
    """Return a sitting and its hall.

    Raises:
        Problem: there is no such sitting, or it is not held there.
    """
    sitting = sittings.get(work, sitting_id)
    hall = work.session.get(SittingHall, (sitting_id, hall_id))
    if hall is None:
        raise not_found(f"hall of sitting {sitting_id}", hall_id, "hall_id")
    return sitting, hall


def is_over(work: Work, sitting: Sitting, hall: SittingHall) -> bool:
    """Tell whether nobody is expected in this hall any more."""
    closed_here = hall.closed_at is not None and work.now >= hall.closed_at
    return closed_here or sittings.check_in_over(sitting, work.now)


def open_cases(work: Work, sitting: Sitting, hall_id: str) -> list[ReviewPublic]:
    """Return the cases at this hall's doors that still need an answer: those that the hall's page shows."""
    found = reviews.of_sitting(work, sitting, [hall_id], hall_id)
    return [case for case in found if case.state == "open" and not case.listed]


def differences(work: Work, sitting_id: int, hall_id: str) -> list[DifferencePublic]:
    """Return the differences, as they were noted."""
    query = select(Difference).where(Difference.sitting_id == sitting_id, Difference.hall_id == hall_id)
    rows = work.session.exec(query.order_by(col(Difference.id))).all()
    students = {row.student_id for row in rows if row.student_id}
    names = dict(work.session.exec(select(Student.id, Student.name).where(col(Student.id).in_(students))).all())
    people = record.actor_names(work, {row.decided_by or "" for row in rows})
    return [
        DifferencePublic(
            **row.model_dump(),
            name=names.get(row.student_id or "", ""),
            decided_by_name=people.get(row.decided_by or ""),
        )
        for row in rows
    ]


def seal_of(work: Work, sitting_id: int, hall_id: str) -> Seal | None:
    """Return a hall's seal."""
    return work.session.exec(select(Seal).where(Seal.sitting_id == sitting_id, Seal.hall_id == hall_id)).first()


def shape_seal(work: Work, seal: Seal) -> SealPublic:
    """Shape a seal."""
    amendments = select(func.count()).select_from(Amendment).where(Amendment.seal_id == seal.id)
    late = select(func.count()).where(
        Attempt.sitting_id == seal.sitting_id,
        Attempt.door_hall_id == seal.hall_id,
        Attempt.kind != "decision",
        col(Attempt.recorded_at) > seal.sealed_at,
    )
    return SealPublic(
        **seal.model_dump(exclude={"csv", "pdf"}),
        hall=seal.hall_id,
        sealed_by_name=record.actor_names(work, {seal.sealed_by}).get(seal.sealed_by, seal.sealed_by),
        audit_hash=seal.audit_head,
        amendments=work.session.exec(amendments).one(),
        late_attempts=work.session.exec(late).one(),
    )


def _open(work: Work, sitting_id: int, hall_id: str) -> SittingHall:
    sitting, hall = place(work, sitting_id, hall_id)
    sittings.check_not_sealed(sitting)
    if hall.sealed_at is not None:
        raise conflict("sealed", "This hall's roster is sealed: make an amendment instead.", "hall_id")
    return hall


def _check_on_roster(work: Work, sitting_id: int, hall_id: str, student_id: str) -> None:
    roster = record.lines(work, sittings.get(work, sitting_id), hall_id)
    if student_id not in {line.student_id for line in roster}:
        raise unfit("not_on_roster", f"Student {student_id} is not on this hall's roster.", "student_id")


def _just_noted(work: Work, sitting_id: int, hall_id: str, wish: DifferenceNote) -> bool:
    given = [getattr(Difference, name) == value for name, value in wish.model_dump().items()]
    here = (Difference.sitting_id == sitting_id, Difference.hall_id == hall_id, Difference.noted_by == work.by.actor)
    lately = col(Difference.noted_at) > work.now - _ONE_PRESS
    still = col(Difference.state) == ("signed" if wish.reason.strip() else "open")
    return work.session.exec(select(Difference.id).where(*here, *given, lately, still)).first() is not None


def _counted(hall: SittingHall, rows: list[DifferencePublic], inside: int, admitted: int) -> tuple[Counted, Counted]:
    signed = {
        about: sum(row.amount for row in rows if row.about == about and row.state == "signed") for about in _ABOUT
    }
    return (
        Counted(hall.head_count, inside, signed["head_count"]),
        Counted(hall.scripts_collected, admitted, signed["scripts"]),
    )


def _out(line: record.Line) -> OutPerson:
    return OutPerson(student_id=line.student_id, name=line.name, table=line.table, since=line.out_at)


def _subject(row: Difference) -> str:
    return f"student:{row.student_id}" if row.student_id else f"hall:{row.hall_id}"


def _facts(row: Difference) -> Facts:
    return {
        "difference": row.id,
        "about": row.about,
        "amount": row.amount,
        "state": row.state,
        "reason": row.reason,
    }


_ABOUT = ("head_count", "scripts")
_ONE_PRESS = timedelta(seconds=3)
"""Nobody types the same difference twice within this."""
