"""Sealing: the hall's roster is frozen, written into a CSV and a PDF, and both are bound to the audit chain."""

import hashlib
from dataclasses import dataclass
from typing import Literal

from sqlmodel import col, select, update

from services.api import audit
from services.api.anchor import Head
from services.api.attendance.roster import FROZEN_STATES
from services.api.audit import GENESIS
from services.api.db import holding
from services.api.db.tables import RosterEntry, Seal, Sitting, SittingHall
from services.api.office import sittings
from services.api.office.closing import final, state
from services.api.office.closing.final import FinalRoster, Signed
from services.api.office.closing.printed import final_pdf
from services.api.office.closing.shapes import SealPublic
from services.api.office.closing.sheet import final_csv
from services.api.office.work import Work
from services.api.problems import conflict, not_found
from services.api.words import Words, row_problem

Kind = Literal["pdf", "csv"]


@dataclass(frozen=True)
class Prepared:
    """The files of a seal, made before anything is locked: a hall of thousands takes seconds to print."""

    roster: FinalRoster
    sheet: bytes
    pdf: bytes

    @property
    def csv_sha256(self) -> str:
        """The CSV's hash, as the PDF prints it."""
        return hashlib.sha256(self.sheet).hexdigest()


def prepare(work: Work, sitting_id: int, hall_id: str, words: Words) -> Prepared:
    """Make the files of the roster as it stands.

    Raises:
        Problem: sealed already, or something is still to do; each of it is named.
    """
    sitting, hall = state.place(work, sitting_id, hall_id)
    _check(work, sitting, hall)
    head = audit.last_head(work.session) or Head(0, GENESIS)
    return _made(final.read(work, sitting, hall, Signed(work.by.actor, work.now, head)), words)


def seal(work: Work, sitting_id: int, hall_id: str, words: Words, prepared: Prepared | None = None) -> SealPublic:
    """Seal one hall of a sitting; the sitting is sealed with the last of its halls.

    What was prepared is taken where the roster still stands so, under its locks; else it is made anew.

    Raises:
        Problem: sealed already, or something is still to do; each of it is named.
    """
    _lock(work, sitting_id, hall_id)
    sitting, hall = state.place(work, sitting_id, hall_id)
    _check(work, sitting, hall)
    if prepared is None or not _still_so(work, sitting, hall, prepared.roster):
        prepared = prepare(work, sitting_id, hall_id, words)
    _freeze(work, sitting, hall)
    row = _row(work, prepared)
    work.session.add(row)
    work.session.flush()
    _note(work, row)
    return state.shape_seal(work, row)


def show(work: Work, sitting_id: int, hall_id: str) -> SealPublic:
    """Return the seal of a hall.

    Raises:
        Problem: it is not sealed.
    """
    return state.shape_seal(work, get(work, sitting_id, hall_id))


def get(work: Work, sitting_id: int, hall_id: str) -> Seal:
    """Return the seal's row.

    Raises:
        Problem: it is not sealed.
    """
    state.place(work, sitting_id, hall_id)
    found = state.seal_of(work, sitting_id, hall_id)
    if found is None:
        raise not_found("seal of hall", hall_id, "hall_id")
    return found


def file_of(work: Work, sitting_id: int, hall_id: str, kind: Kind) -> bytes:
    """Return a sealed file, as it was sealed.

    Raises:
        Problem: it is not sealed, or the bytes here are not the ones that were sealed.
    """
    row = get(work, sitting_id, hall_id)
    sealed, expected = (row.pdf, row.pdf_sha256) if kind == "pdf" else (row.csv, row.csv_sha256)
    data = work.media.open_envelope(sealed, _about(sitting_id, hall_id, kind))
    if hashlib.sha256(data).hexdigest() != expected:
        raise conflict("seal_broken", "This is not the file that was sealed: its SHA-256 is another one.", "kind")
    return data


def _lock(work: Work, sitting_id: int, hall_id: str) -> None:
    """Hold the sitting, the roster of this hall, and the hall; what was being written is written now."""
    sittings.locked(work, sitting_id)
    mine = (RosterEntry.sitting_id == sitting_id, RosterEntry.hall_id == hall_id)
    holding.entries(work.session, *mine)
    hall = select(SittingHall).where(SittingHall.sitting_id == sitting_id, SittingHall.hall_id == hall_id)
    work.session.exec(hall.with_for_update().execution_options(populate_existing=True)).all()
    holding.entries(work.session, *mine)  # who was moved here meanwhile


def _check(work: Work, sitting: Sitting, hall: SittingHall) -> None:
    if hall.sealed_at is not None or sitting.state in FROZEN_STATES:
        raise conflict("sealed_already", f"Hall {hall.hall_id} is sealed already.", "hall_id")
    if sitting.state == "cancelled":
        raise conflict("cancelled", "The sitting is cancelled: there is nothing to seal.", "sitting_id")
    still = state.look(work, hall.sitting_id, hall.hall_id).blockers
    if still:
        problems = [row_problem(code, code) for code in still]
        message = "It can't be sealed yet: " + " ".join(problem.message for problem in problems)
        refused = conflict("not_ready_to_seal", message, "hall_id")
        refused.body.problems = problems
        raise refused


def _freeze(work: Work, sitting: Sitting, hall: SittingHall) -> None:
    mine = (col(RosterEntry.sitting_id) == hall.sitting_id, col(RosterEntry.hall_id) == hall.hall_id)
    work.session.exec(update(RosterEntry).where(*mine).values(sealed=True))
    hall.sealed_at, hall.closed_at = work.now, hall.closed_at or work.now
    work.session.add(hall)
    work.session.flush()
    waiting = select(RosterEntry.id).where(RosterEntry.sitting_id == hall.sitting_id, ~col(RosterEntry.sealed)).limit(1)
    if work.session.exec(waiting).first() is None:
        sitting.state, sitting.closed_at = "sealed", sitting.closed_at or work.now
        sitting.version += 1
        work.session.add(sitting)
        work.session.flush()


def _still_so(work: Work, sitting: Sitting, hall: SittingHall, before: FinalRoster) -> bool:
    signed = Signed(before.signed_by_id, before.at, before.head)
    return before.signed_by_id == work.by.actor and final.read(work, sitting, hall, signed) == before


def _made(roster: FinalRoster, words: Words) -> Prepared:
    sheet = final_csv(roster)
    return Prepared(roster, sheet, final_pdf(roster, hashlib.sha256(sheet).hexdigest(), words))


def _row(work: Work, made: Prepared) -> Seal:
    roster = made.roster
    place = (roster.sitting_id, roster.hall_id)
    counted = {"head_count": roster.head_count, "scripts": roster.scripts_collected}
    return Seal(
        sitting_id=roster.sitting_id,
        hall_id=roster.hall_id,
        sealed_by=work.by.actor,
        sealed_at=roster.at,
        totals={**roster.totals.model_dump(), **counted},
        csv=work.media.seal_envelope(made.sheet, _about(*place, "csv")),
        csv_sha256=made.csv_sha256,
        pdf=work.media.seal_envelope(made.pdf, _about(*place, "pdf")),
        pdf_sha256=hashlib.sha256(made.pdf).hexdigest(),
        audit_seq=roster.head.seq,
        audit_head=roster.head.hash,
    )


def _note(work: Work, row: Seal) -> None:
    after = {"csv_sha256": row.csv_sha256, "pdf_sha256": row.pdf_sha256, "head": row.audit_seq, **row.totals}
    work.note("sitting.seal", f"hall:{row.hall_id}", after=after, sitting_id=row.sitting_id)


def _about(sitting_id: int, hall_id: str, kind: Kind) -> str:
    return f"seal:{sitting_id}:{hall_id}:{kind}"
