"""Two admins save the grid while a hall checks in: nothing is lost on either side, on both databases."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

import pytest
from redis import Redis
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from services.api import audit
from services.api.auth.caller import Caller
from services.api.db.engine import reading, writing
from services.api.db.tables import Attempt, RosterEntry
from services.api.office.grid import rows, saving, totals
from services.api.office.grid.shapes import GridFilter, GridRow, GridSave, GridView
from services.api.office.work import Work, follow_schedule
from services.api.problems import Problem
from services.api.settings import ApiSection
from shared.keys import new_ring
from tests.api.story import Morning, at, identified

CROWD, TURNS = 30, 4
STUDENTS = [f"c{number:02}" for number in range(CROWD)]


class Admin:
    """One of two who edit the same sitting; each knows the rows as they were read last."""

    def __init__(self, engine: Engine, redis: "Redis", number: int) -> None:
        self._engine = engine
        self._redis = redis
        self._number = number

    def edits(self, column: str, begin: threading.Barrier) -> None:
        """Edit one column of every row, over and over."""
        begin.wait()
        for turn in range(TURNS):
            for at_once in (STUDENTS[::2], STUDENTS[1::2]):
                self._save({student: f"{column} {turn} {student}" for student in at_once}, column)

    def _save(self, typed: dict[str, str], column: str) -> None:
        """Save; where something was changed meanwhile, look at it and save again, as a person does."""
        for _ in range(20):
            seen = {row.student_id: row for row in self._read()}
            edits = [_edit(seen[student], column, text) for student, text in typed.items()]
            try:
                with writing(self._engine) as session, follow_schedule(session):
                    saving.save(self._work(session), GridSave.model_validate({"edits": edits}))
                return
            except Problem as problem:
                if problem.body.code != "grid_conflict":
                    raise
        raise AssertionError("twenty conflicts in a row")

    def _read(self) -> list[GridRow]:
        with reading(self._engine) as session:
            return rows.page(self._work(session), GridView(sitting=7, limit=1000)).rows

    def _work(self, session: object) -> Work:
        by = Caller(user_id=self._number, role="admin")
        return Work(session, by, at("08:45"), ApiSection(), new_ring("media"), self._redis)  # type: ignore[arg-type]


def _edit(row: GridRow, column: str, text: str) -> dict[str, object]:
    """Without what was seen in the cell, so that any change of the row by the other is a conflict."""
    return {"key": row.key, "entry_version": row.entry_version, "cells": {column: text}}


@pytest.fixture
def crowd(office: Morning) -> Morning:
    """A full hall at one sitting, in halls without a plan."""
    office.crowd(7, "CHEM-7", "09:00", {student: ("A", f"T-{student}") for student in STUDENTS})
    return office


def test_two_admins_save_the_grid_while_a_hall_checks_in(crowd: Morning, redis: Redis) -> None:
    admins = [Admin(crowd.engine, redis, number) for number in (1, 2)]
    begin = threading.Barrier(4)
    with ThreadPoolExecutor(4) as pool:
        running: list[Future[None]] = [
            pool.submit(admins[0].edits, "table", begin),
            pool.submit(admins[1].edits, "note", begin),
            pool.submit(_check_in, crowd, "A__door1", STUDENTS[::2], begin),
            pool.submit(_check_in, crowd, "A__door2", STUDENTS[1::2], begin),
        ]
        for one in running:
            one.result(150)
    last = TURNS - 1
    with reading(crowd.engine) as session:
        entries = session.exec(select(RosterEntry).where(RosterEntry.sitting_id == 7)).all()
        assert {entry.student_id for entry in entries} == set(STUDENTS)
        for entry in entries:
            assert (entry.table_label, entry.note) == (
                f"table {last} {entry.student_id}",
                f"note {last} {entry.student_id}",
            )
            assert entry.status == "present"
            assert entry.version == 1 + 2 * TURNS
        attempts = session.exec(select(Attempt).where(Attempt.verdict == "present")).all()
        assert sorted(str(attempt.student_id) for attempt in attempts) == STUDENTS
        assert audit.verify(session).ok
        work = admins[0]._work(session)
        counted = totals.totals(work, GridFilter(sitting=7))
        assert (counted.rows, counted.present, counted.expected) == (CROWD, CROWD, 0)


def _check_in(office: Morning, door: str, students: list[str], begin: threading.Barrier) -> None:
    begin.wait()
    for number, student in enumerate(students):
        event = identified(student, door, at("08:50") + timedelta(seconds=number))
        _as_the_step_does(lambda event=event: office.see(event))  # type: ignore[misc]


def _as_the_step_does(ingest: Callable[[], object]) -> None:
    """An event that the database had no time for is tried again: it is not acknowledged."""
    for _ in range(10):
        try:
            ingest()
            return
        except OperationalError:
            continue
    raise AssertionError("the database never had time")
