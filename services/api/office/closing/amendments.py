"""Corrections of a sealed record: the record itself stays, and an amended report names it by its hash."""

import hashlib
from dataclasses import replace

from sqlmodel import col, select

from services.api.anchor import Head
from services.api.audit import GENESIS
from services.api.db.tables import Amendment, AuditEntry, Student
from services.api.office import record
from services.api.office.closing import final, sealing, state
from services.api.office.closing.final import FinalRoster, Original, Signed
from services.api.office.closing.printed import final_pdf
from services.api.office.closing.sealing import Kind
from services.api.office.closing.shapes import AmendmentCreate, AmendmentPublic
from services.api.office.closing.sheet import final_csv
from services.api.office.work import Work
from services.api.problems import conflict, not_found, unfit
from services.api.words import Words


def amend(work: Work, sitting_id: int, hall_id: str, wish: AmendmentCreate) -> AmendmentPublic:
    """Correct how a student stands in a sealed record.

    Raises:
        Problem: not sealed, not on its roster, or nothing would change.
    """
    seal = sealing.get(work, sitting_id, hall_id)
    sitting, _ = state.place(work, sitting_id, hall_id)
    line = next((line for line in record.lines(work, sitting, hall_id) if line.student_id == wish.student_id), None)
    if line is None:
        raise unfit("not_on_roster", f"Student {wish.student_id} is not on this hall's roster.", "student_id")
    if line.status == wish.status:
        raise conflict("nothing_changed", f"Student {wish.student_id} stands as {line.status} already.", "status")
    row = Amendment(
        seal_id=seal.id or 0,
        student_id=wish.student_id,
        before={"status": line.status},
        after={"status": wish.status},
        reason=wish.reason,
        actor=work.by.actor,
        at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    after = {**row.after, "reason": row.reason, "amendment": row.id, "seal": seal.id}
    subject = f"student:{row.student_id}"
    work.note("sitting.amend", subject, before=row.before, after=after, sitting_id=sitting_id)
    return _shape(work, [row])[0]


def every(work: Work, sitting_id: int, hall_id: str) -> list[AmendmentPublic]:
    """Return the corrections of a sealed hall, in order.

    Raises:
        Problem: it is not sealed.
    """
    seal = sealing.get(work, sitting_id, hall_id)
    query = select(Amendment).where(Amendment.seal_id == seal.id).order_by(col(Amendment.id))
    return _shape(work, list(work.session.exec(query)))


def report(work: Work, sitting_id: int, hall_id: str, kind: Kind, words: Words) -> bytes:
    """Return the amended report: the roster as corrected, each correction, and the hashes of the sealed original.

    Raises:
        Problem: it is not sealed, or nothing was amended.
    """
    amended = _amended(work, sitting_id, hall_id)
    sheet = final_csv(amended)
    return sheet if kind == "csv" else final_pdf(amended, hashlib.sha256(sheet).hexdigest(), words)


def _amended(work: Work, sitting_id: int, hall_id: str) -> FinalRoster:
    seal = sealing.get(work, sitting_id, hall_id)
    made = every(work, sitting_id, hall_id)
    if not made:
        raise not_found("amendment of hall", hall_id, "hall_id")
    sitting, hall = state.place(work, sitting_id, hall_id)
    signed = Signed(made[-1].actor, made[-1].at, _head_of(work, sitting_id, made[-1]))
    read = final.read(work, sitting, hall, signed, as_sealed=False)
    original = Original(seal.csv_sha256, seal.pdf_sha256, seal.sealed_at)
    return replace(read, amendments=made, original=original)


def _head_of(work: Work, sitting_id: int, last: AmendmentPublic) -> Head:
    """Return the chain's entry of an amendment: the report stays the same until the next one."""
    query = select(AuditEntry).where(AuditEntry.sitting_id == sitting_id, AuditEntry.action == "sitting.amend")
    for entry in work.session.exec(query.order_by(col(AuditEntry.seq).desc())):
        if (entry.after or {}).get("amendment") == last.id:
            return Head(entry.seq, entry.hash)
    return Head(0, GENESIS)


def _shape(work: Work, rows: list[Amendment]) -> list[AmendmentPublic]:
    students = {row.student_id for row in rows}
    names = dict(work.session.exec(select(Student.id, Student.name).where(col(Student.id).in_(students))).all())
    people = record.actor_names(work, {row.actor for row in rows})
    return [
        AmendmentPublic(
            **row.model_dump(exclude={"before", "after"}),
            before=str(row.before.get("status", "")),
            after=str(row.after.get("status", "")),
            name=names.get(row.student_id, ""),
            actor_name=people.get(row.actor, row.actor),
        )
        for row in rows
    ]
