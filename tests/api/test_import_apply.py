"""An import is applied whole and once, on SQLite and PostgreSQL alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import pytest
from redis import Redis
from sqlalchemy import Engine
from sqlmodel import select

from services.api.auth.caller import Caller
from services.api.db.engine import writing
from services.api.db.tables import RosterEntry, SittingHall
from services.api.office.imports import keeping, previews
from services.api.office.imports.shapes import ImportConfirm, ImportPublic
from services.api.office.imports.wanted import Options
from services.api.office.work import Work
from services.api.settings import ApiSection
from shared.keys import new_ring
from tests.api.story import Morning, at

HEADER = "exam_code,subject,date,start,end,hall,table,student_id,name,note\n"
ADA = "MATH-201,Subject of MATH-201,2026-11-23,09:00,11:00,A,C-15,ada,Ada Lovelace,near the door\n"
GRACE = "MATH-201,,2026-11-23,09:00,11:00,B,,grace,,\n"
MALLORY = "CHEM-1,Chemistry,2026-11-23,11:30,12:30,B,B-1,mallory,Mallory,\n"
NOETHER = "CHEM-1,Chemistry,2026-11-23,11:30,12:30,B,B-2,noether,Emmy Noether,\n"
RING = new_ring("media")


@contextmanager
def work(engine: Engine) -> Iterator[Work]:
    """Open a piece of office work."""
    with writing(engine) as session:
        nowhere = cast("Redis", None)
        yield Work(session, Caller(user_id=1, role="admin"), at("08:00"), ApiSection(), RING, nowhere)


def preview(engine: Engine, table: str, **options: bool) -> ImportPublic:
    """Read a table and keep what it would do."""
    wished = Options("timetable", **options)  # type: ignore[arg-type]
    with work(engine) as doing:
        prepared = previews.prepare(doing, previews.read(table.encode(), "timetable"), wished)
        import_id = previews.begin(doing, table.encode(), wished, "term.csv")
        keeping.keep(doing, import_id, prepared)
        return previews.show(doing, import_id)


def confirm(engine: Engine, shown: ImportPublic) -> bool:
    """Confirm what was shown."""
    with work(engine) as doing:
        return previews.settle(doing, shown.id, ImportConfirm(fingerprint=shown.fingerprint)).applied


def roster(engine: Engine) -> dict[str, tuple[str, str, str, int]]:
    """Return who sits where, with the note and the version."""
    with work(engine) as doing:
        rows = doing.session.exec(select(RosterEntry)).all()
        return {row.student_id: (row.hall_id, row.table_label, row.note, row.version) for row in rows}


def test_an_import_adds_changes_and_takes_off_at_once_and_only_once(office: Morning) -> None:
    engine = office.engine
    _numbers_go_on(engine)
    shown = preview(engine, HEADER + ADA + MALLORY + NOETHER, whole=True)
    counts = {name: number for name, number in shown.counts.items() if number}
    assert counts == {
        "added": 2,
        "changed": 1,
        "removed": 1,
        "students_created": 1,
        "exams_created": 1,
        "sittings_created": 1,
    }
    assert (shown.problems, shown.clashes) == ([], [])
    assert confirm(engine, shown) and confirm(engine, shown)
    assert roster(engine) == {
        "ada": ("A", "C-15", "near the door", 2),
        "eve": ("A", "A-1", "", 1),
        "mallory": ("B", "B-1", "", 1),
        "noether": ("B", "B-2", "", 1),
    }
    again = preview(engine, HEADER + ADA + MALLORY + NOETHER, whole=True)
    assert {name: number for name, number in again.counts.items() if number} == {"unchanged": 3}


def test_who_has_checked_in_is_not_taken_off(office: Morning) -> None:
    office.sees("grace", "B__door1", "08:45")
    shown = preview(office.engine, HEADER + ADA, whole=True)
    assert [(one.code, one.where) for one in shown.problems] == [("stays_on_roster", "line 2, student_id")]


@pytest.mark.parametrize("table", [HEADER + ADA, HEADER + GRACE])
def test_the_roster_of_a_sealed_hall_stays_although_another_hall_is_open(office: Morning, table: str) -> None:
    before = roster(office.engine)
    shown = preview(office.engine, table, whole=True)
    assert shown.problems == []
    with work(office.engine) as doing:
        doing.session.get_one(SittingHall, (1, "A")).sealed_at = at("09:40")
    assert not confirm(office.engine, shown)
    with work(office.engine) as doing:
        again = previews.show(doing, shown.id)
    assert {(one.code, one.where) for one in again.problems} == {("sealed", "line 2, hall")}
    assert roster(office.engine) == before


@pytest.mark.parametrize("change", ["C-16", "C-14"])
def test_a_confirmation_that_came_too_late_applies_nothing(office: Morning, change: str) -> None:
    shown = preview(office.engine, HEADER + ADA)
    with work(office.engine) as doing:
        entry = doing.session.exec(select(RosterEntry).where(RosterEntry.student_id == "ada")).one()
        entry.table_label = change
        doing.session.add(entry)
    assert confirm(office.engine, shown) is (change == "C-14")
    assert roster(office.engine)["ada"][1] == ("C-15" if change == "C-14" else "C-16")


def _numbers_go_on(engine: Engine) -> None:
    """The story numbers its exams and sittings itself; PostgreSQL would begin with 1 again."""
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            for table in ("exam", "sitting"):
                connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 100)")
