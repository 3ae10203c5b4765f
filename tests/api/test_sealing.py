"""Sealing while doors and people go on: what came before is in it, what comes after is refused, on both databases."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, cast

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, delete, select

from services.api import audit
from services.api.attendance.decisions import By, mark
from services.api.attendance.projection import Rules
from services.api.audit import Known
from services.api.auth.caller import Caller
from services.api.db.engine import reading, writing
from services.api.db.tables import AuditEntry, Counter, Difference, Exam, RosterEntry, Seal, Sitting, SittingHall
from services.api.ingest.attempts import record
from services.api.ingest.office import Arrival
from services.api.office.closing import sealing, state
from services.api.office.closing.shapes import CountsPut, DifferenceNote
from services.api.office.work import Work
from services.api.printed_heads import head_in
from services.api.problems import Problem
from services.api.words import words_of
from tests.api.story import Morning, at, identified

WORDS = words_of("en")


@contextmanager
def working(office: Morning, now: datetime) -> Iterator[Work]:
    """A piece of office work by a user, at a time of that morning."""
    with writing(office.engine) as session:
        yield Work(session, Caller(user_id=1), now, office.office.api, office.office.media, cast(Any, None))


def counted(office: Morning, heads: int) -> None:
    with working(office, at("09:40")) as work:
        state.put_counts(work, 1, "A", CountsPut(head_count=heads, scripts_collected=heads))


def seal(office: Morning) -> None:
    with working(office, at("09:45")) as work:
        sealing.seal(work, 1, "A", WORDS)


def test_a_late_frame_of_a_sealed_hall_changes_nothing_and_goes_to_a_person(office: Morning) -> None:
    counted(office, 0)
    seal(office)
    waited = Arrival(identified("ada", "A__door1", at("08:50")), (), at("08:50"), now=at("09:50"))
    with writing(office.engine) as session:
        verdict = record(session, waited, office.office).attempt.verdict
    assert (verdict, office.status("ada")) == ("closed", "expected")
    assert [case.student_id for case in office.cases()] == ["ada"]
    assert office.sees("grace", "B__door1", "08:50").verdict == "present", "hall B goes on"
    with working(office, at("09:50")) as work:
        assert sealing.show(work, 1, "A").late_attempts == 1


def test_who_was_in_before_is_sealed_as_in(office: Morning) -> None:
    office.sees("ada", "A__door1", "08:50")
    counted(office, 1)
    seal(office)
    assert office.sees("ada", "A__door1", "09:50").verdict == "already_in"
    with writing(office.engine) as session:
        stored = session.exec(select(Seal)).one()
    assert (stored.totals["present"], stored.totals["absent"]) == (1, 0)


def test_files_that_were_prepared_are_taken_only_while_the_roster_stands_so(office: Morning) -> None:
    counted(office, 0)
    with working(office, at("09:41")) as work:
        prepared = sealing.prepare(work, 1, "A", WORDS)
    office.change(lambda session: setattr(_ada(session), "note", "sat in the front"))
    with working(office, at("09:45")) as work:
        assert sealing.seal(work, 1, "A", WORDS, prepared).csv_sha256 != prepared.csv_sha256
        assert b"sat in the front" in sealing.file_of(work, 1, "A", "csv")


def test_files_that_were_prepared_are_sealed_as_they_are(office: Morning) -> None:
    counted(office, 0)
    with working(office, at("09:41")) as work:
        prepared = sealing.prepare(work, 1, "A", WORDS)
    office.sees("grace", "B__door1", "08:50")  # another hall's business
    with working(office, at("09:45")) as work:
        assert sealing.seal(work, 1, "A", WORDS, prepared).csv_sha256 == prepared.csv_sha256


@pytest.mark.parametrize("edit", ["status", "table_label", "hall_id", "gone", "new", "times", "called off", "counts"])
def test_no_edit_of_a_sealed_roster_gets_through_whoever_forgot_to_ask(office: Morning, edit: str) -> None:
    counted(office, 0)
    seal(office)

    def tamper(session: Session) -> None:
        ada, sitting = _ada(session), session.get_one(Sitting, 1)
        if edit == "gone":
            session.delete(ada)
        elif edit == "times":
            sitting.late_after = at("09:20")
        elif edit == "called off":
            sitting.state = "cancelled"
        elif edit == "counts":
            session.get_one(SittingHall, (1, "A")).head_count = 7
        elif edit == "new":
            session.add(RosterEntry(sitting_id=1, student_id="eve", hall_id="A"))
        else:
            setattr(ada, edit, "B")
            session.add(ada)

    with pytest.raises(Problem) as refused:
        office.change(tamper)
    assert refused.value.body.code == "sealed"


def test_a_decision_that_waited_for_the_seal_is_refused(office: Morning) -> None:
    counted(office, 0)
    _both(office.engine, lambda session: _seal_in(office, session), lambda: _mark_ada(office), expect_refused=True)
    assert office.status("ada") == "expected"


@pytest.mark.parametrize("late", ["counts", "difference", "times"])
def test_what_a_report_prints_beside_the_roster_waits_for_the_seal_and_is_refused(office: Morning, late: str) -> None:
    counted(office, 0)
    _both(office.engine, lambda session: _seal_in(office, session), lambda: _change(office, late), expect_refused=True)
    with reading(office.engine) as session:
        assert session.get_one(SittingHall, (1, "A")).head_count == 0
        assert session.exec(select(Difference)).all() == []
        assert session.get_one(Sitting, 1).late_after != at("09:20")


def test_the_seal_waits_for_a_count_and_then_says_that_it_differs(office: Morning) -> None:
    counted(office, 0)

    def recount(session: Session) -> None:
        work = Work(session, Caller(user_id=1), at("09:44"), office.office.api, office.office.media, cast(Any, None))
        state.put_counts(work, 1, "A", CountsPut(head_count=1))

    _both(office.engine, recount, lambda: seal(office), expect_refused=True)
    with reading(office.engine) as session:
        assert session.exec(select(Seal)).all() == []


def test_the_seal_waits_for_a_decision_and_then_says_that_the_counts_differ(office: Morning) -> None:
    counted(office, 0)
    _both(office.engine, _mark_in, lambda: seal(office), expect_refused=True)
    assert office.status("ada") == "present"
    with writing(office.engine) as session:
        assert session.get_one(SittingHall, (1, "A")).sealed_at is None


def _ada(session: Session) -> RosterEntry:
    return session.exec(select(RosterEntry).where(RosterEntry.student_id == "ada")).one()


def test_the_last_ten_entries_cut_off_with_the_anchor_and_the_seal_are_found_by_the_pdf_alone(office: Morning) -> None:
    for minute in range(20):
        office.sees("grace", "B__door1", f"08:{30 + minute}")
    counted(office, 0)
    seal(office)
    with working(office, at("09:50")) as work:
        printed = head_in(sealing.file_of(work, 1, "A", "pdf")).head

    def cut(session: Session) -> None:
        session.exec(delete(Seal))
        session.exec(delete(AuditEntry).where(col(AuditEntry.seq) > printed.seq - 10))
        session.get_one(Counter, "audit").value = printed.seq - 10

    office.change(cut)
    office.sees("ada", "A__door1", "09:55")  # the office goes on as if nothing were
    with reading(office.engine) as session:
        assert audit.verify(session).ok
        found = audit.verify(session, [Known(printed, "the sealed PDF")])
    assert (found.broken_seq, found.against) == (printed.seq - 8, "the sealed PDF")


def _both(engine: Engine, first: Callable[[Session], None], then: Callable[[], None], *, expect_refused: bool) -> None:
    """Let `then` begin while `first` holds its locks, and end after it."""
    codes: list[str] = []

    def second() -> None:
        try:
            then()
        except Problem as problem:
            codes.append(problem.body.code)

    thread = threading.Thread(target=second)
    with writing(engine) as session:
        first(session)
        thread.start()
        thread.join(timeout=0.5)
        assert thread.is_alive(), "it waits for its turn"
    thread.join(timeout=20)
    assert not thread.is_alive()
    assert bool(codes) == expect_refused, codes


def _change(office: Morning, what: str) -> None:
    """What somebody begins who has seen the hall unsealed."""
    with working(office, at("09:46")) as work:
        sitting, _ = state.place(work, 1, "A")
        if what == "counts":
            state.put_counts(work, 1, "A", CountsPut(head_count=7))
        elif what == "difference":
            note = DifferenceNote(about="scripts", amount=-1, reason="went home with it")
            state.note_difference(work, 1, "A", note)
        else:
            sitting.late_after = at("09:20")
            work.session.add(sitting)


def _seal_in(office: Morning, session: Session) -> None:
    work = Work(session, Caller(user_id=1), at("09:45"), office.office.api, office.office.media, cast(Any, None))
    sealing.seal(work, 1, "A", WORDS)


def _mark_ada(office: Morning) -> None:
    with writing(office.engine) as session:
        _mark_in(session)


def _mark_in(session: Session) -> None:
    session.get_one(Exam, 1)  # it has read something before, as requests do
    mark(session, 1, "ada", "in", By("user:1", at("09:44")), Rules(), effective_at=at("08:55"))
