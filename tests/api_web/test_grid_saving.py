"""The master grid is saved: all or nothing, each bad cell named, nobody's change overwritten; on both databases."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlmodel import col, select

from services.api import audit
from services.api.db.engine import reading
from services.api.db.tables import AuditEntry, Outbox
from services.api.web.deps import Deps
from shared.clock import ManualClock
from tests.api_web import on_both
from tests.api_web.conftest import As
from tests.api_web.grid_cast import Grid, with_grid

office_url = on_both.office_url
PHYSICS = {"exam": "PHYS-101", "date": "2026-11-25", "time": "14:00", "hall": "A"}


@pytest.fixture
def grid(admin: As, exam_day: int) -> Grid:
    """Everybody, read."""
    return with_grid(admin, exam_day)


def test_one_save_does_everything_that_was_edited(admin: As, grid: Grid, deps: Deps) -> None:
    done = grid.save(
        grid.edit("S1", name="Ada King", table="C-15", note="glasses"),
        grid.edit("S3", **PHYSICS, table="A-1"),
        add=[
            grid.add("S4", name="Eve", exam="MATH-201", date="2026-11-23", hall="B", table="B-2"),
            grid.add("S5", name="李"),
        ],
        remove=[grid.take("S2")],
    )
    assert done == {"edited": 2, "added": 2, "removed": 1, "students_created": 2}
    shown = {
        student: [row[name] for name in ("name", "exam", "date", "time", "hall", "table", "note")]
        for student, row in grid.rows.items()
    }
    assert shown == {
        "S1": ["Ada King", "MATH-201", "2026-11-23", "09:00", "A", "C-15", "glasses"],
        "S2": ["Grace Hopper", "", "", "", "", "", ""],
        "S3": ["Mallory", "PHYS-101", "2026-11-25", "14:00", "A", "A-1", ""],
        "S4": ["Eve", "MATH-201", "2026-11-23", "09:00", "B", "B-2", ""],
        "S5": ["李", "", "", "", "", "", ""],
    }
    with reading(deps.engine) as session:
        entries = session.exec(select(AuditEntry).order_by(col(AuditEntry.seq).desc()).limit(4)).all()
        assert {entry.action for entry in entries} == {"roster.edit", "student.create_many", "student.change_many"}
        assert not any(name in str((entry.before, entry.after)) for entry in entries for name in ("King", "glasses"))
        edit = next(entry for entry in entries if entry.sitting_id == grid.sitting)
        assert (edit.before or {})["S1"]["table"] == "C-14"  # type: ignore[index]
        assert (edit.after or {})["S2"] is None
        assert audit.verify(session).ok
        assert session.exec(select(Outbox).where(Outbox.view == "schedule")).first() is not None


def test_each_bad_cell_is_named_and_nothing_is_saved(grid: Grid) -> None:
    bad = grid.refused(
        grid.edit("S1", name=" ", hall="Z", table="x" * 65),
        grid.edit("S2", exam="NOPE-1"),
        grid.edit("S3", exam="PHYS-101", date="2026-11-24"),
        add=[
            grid.add("S 4", name="Eve"),
            grid.add("S5"),
            grid.add("S6", name="Ann", exam="PHYS-101", date="2026-11-25", hall="A"),
            grid.add("S7", name="Bob", exam="PHYS-101", date="soon"),
            grid.add("S8", name="Cay", exam="MATH-201"),
            grid.add("S9", name="Dee", exam="PHYS-101", date="2026-11-25", time="10:00"),
        ],
    )
    ada, grace = grid.rows["S1"]["key"], grid.rows["S2"]["key"]
    assert bad == {
        f"{ada}, name": "name_missing",
        f"{grace}, exam": "unknown_exam",
        "s:S3, date": "no_such_day",
        "new-S 4, student_id": "no_number",
        "new-S5, name": "name_missing",
        "new-S6, time": "which_time",
        "new-S7, date": "no_date",
        "new-S8, hall": "hall_missing",
        "new-S9, time": "no_such_time",
    }
    bad = grid.refused(grid.edit("S1", hall="Z", table="x" * 65))
    assert bad == {f"{ada}, hall": "not_its_hall", f"{ada}, table": "too_long"}


def test_a_bad_cell_says_why_in_a_sentence(admin: As, grid: Grid) -> None:
    answer = admin("POST", "/grid/save", json={"edits": [grid.edit("S3", exam="PHYS-101", date="2026-11-24")]}).json()
    assert answer["problems"][0]["message"] == ("PHYS-101 has no sitting on 2026-11-24. It has sittings on 2026-11-25.")
    assert answer["message"] == "Nothing was saved. Wrong cells: 1, each marked with its reason."


def test_another_code_moves_the_row_and_never_renames_the_exam(admin: As, grid: Grid) -> None:
    grid.save(grid.edit("S1", exam="phys-101", date="25 Nov 2026", time="9:00"))
    assert [grid.rows["S1"][name] for name in ("exam", "time", "hall", "table")] == ["PHYS-101", "09:00", "A", "C-14"]
    assert [exam["code"] for exam in admin("GET", "/exams").json()] == ["MATH-201", "PHYS-101"]
    assert grid.refused(grid.edit("S2", exam="PHYS-101"))[f"{grid.rows['S2']['key']}, exam"] == "no_such_day"


def test_who_has_checked_in_neither_moves_nor_goes(admin: As, grid: Grid) -> None:
    admin.make(f"/sittings/{grid.sitting}/students/S1/mark", status="in")
    grid.read()
    key = grid.rows["S1"]["key"]
    assert grid.refused(grid.edit("S1", **PHYSICS))[f"{key}, exam"] == "has_checked_in"
    assert grid.refused(remove=[grid.take("S1")]) == {f"{key}, student_id": "has_checked_in"}
    grid.save(grid.edit("S1", hall="B", table="B-9"))
    assert (grid.rows["S1"]["status"], grid.rows["S1"]["hall"]) == ("present", "B")


def test_another_hall_has_another_grace(admin: As, grid: Grid, clock: ManualClock) -> None:
    path = f"/sittings/{grid.sitting}/halls/B"
    assert admin("PATCH", path, json={"queue_grace_min": 20, "reason": "a line"}).status_code == 200
    clock.advance(600)
    admin.make(f"/sittings/{grid.sitting}/students/S1/mark", status="in")
    grid.read()
    assert grid.rows["S1"]["status"] == "late"
    grid.save(grid.edit("S1", hall="B", table="B-9"))
    assert grid.rows["S1"]["status"] == "present"


def test_a_table_is_one_students_at_a_time_and_two_may_change_places(grid: Grid) -> None:
    key = grid.rows["S2"]["key"]
    assert grid.refused(grid.edit("S2", hall="A", table="C-14")) == {f"{key}, table": "table_taken"}
    grid.save(grid.edit("S1", hall="B", table="B-1"), grid.edit("S2", hall="A", table="C-14"))
    assert (grid.rows["S1"]["table"], grid.rows["S2"]["table"]) == ("B-1", "C-14")
    new = [grid.add(student, name=student, exam="MATH-201", hall="A", table="D-1") for student in ("S8", "S9")]
    assert grid.refused(add=new) == {"new-S9, table": "table_taken"}


def test_a_hall_with_a_plan_has_its_own_tables(admin: As, grid: Grid) -> None:
    admin("PATCH", "/halls/B", json={"name": "Hall B", "rows": 3, "columns": 4, "blocked": [[2, 2]]})
    key = grid.rows["S2"]["key"]
    for nowhere in ("D-1", "B-2", "by the window"):
        assert grid.refused(grid.edit("S2", table=nowhere)) == {f"{key}, table": "no_such_seat"}, nowhere
    grid.save(grid.edit("S2", table="c4"))
    assert grid.rows["S2"]["table"] == "C-4"


def test_nobody_is_twice_on_one_roster(grid: Grid) -> None:
    new = grid.add("S1", exam="MATH-201", date="2026-11-23", hall="B")
    assert grid.refused(add=[new]) == {"new-S1, exam": "double"}
    assert grid.refused(add=[grid.add("S1", name="Somebody else")]) == {"new-S1, name": "other_name"}
    assert grid.refused(add=[grid.add("S1")]) == {"new-S1, student_id": "student_exists"}
    two = [grid.add("S1", **PHYSICS), {**grid.add("S1", **PHYSICS), "key": "again"}]
    assert grid.refused(add=two) == {"again, exam": "double"}


def test_a_row_taken_off_may_be_put_on_again_in_the_same_save(grid: Grid) -> None:
    again = grid.add("S2", exam="MATH-201", hall="B", table="B-1")
    grid.save(remove=[grid.take("S2")], add=[again])
    assert grid.rows["S2"]["table"] == "B-1"


def test_the_row_of_a_student_at_no_sitting_goes_with_the_student(admin: As, grid: Grid) -> None:
    assert grid.save(remove=[grid.take("S3")])["removed"] == 1
    assert grid.read() == ["S1", "S2"]
    assert admin("GET", "/students/S3").status_code == 404
    assert grid.refused(add=[grid.add("S3", name="Mallory")]) == {"new-S3, student_id": "number_used"}
    assert grid.save(remove=[grid.take("S3")])["removed"] == 0  # gone already, as was wished


def test_a_student_who_is_on_a_roster_meanwhile_is_not_deleted(admin: As, grid: Grid) -> None:
    admin("PATCH", f"/sittings/{grid.sitting}/roster", json={"rows": [{"student_id": "S3", "hall": "A"}]})
    assert grid.refused(remove=[grid.take("S3")]) == {"s:S3, student_id": "at_a_sitting"}


def test_somebody_elses_change_is_shown_and_not_overwritten(admin: As, grid: Grid) -> None:
    mine = [grid.edit("S1", name="Ada King", table="C-20"), grid.edit("S2", note="early")]
    key = grid.rows["S1"]["key"]
    grid.save(grid.edit("S1", name="Augusta", table="C-19"))
    answer = admin("POST", "/grid/save", json={"edits": mine})
    assert (answer.status_code, answer.json()["code"]) == (409, "grid_conflict")
    now = {problem["where"]: problem["values"]["now"] for problem in answer.json()["problems"]}
    assert now == {f"{key}, name": "Augusta", f"{key}, table": "C-19"}
    grid.read()
    assert (grid.rows["S1"]["name"], grid.rows["S1"]["table"], grid.rows["S2"]["note"]) == ("Augusta", "C-19", "")


def test_two_who_edit_different_cells_of_a_row_keep_both(grid: Grid) -> None:
    mine = grid.edit("S1", note="glasses")
    grid.save(grid.edit("S1", table="C-19"))
    grid.save(mine)
    assert (grid.rows["S1"]["table"], grid.rows["S1"]["note"]) == ("C-19", "glasses")
    strict = {**grid.edit("S1", table="C-1"), "seen": {}, "entry_version": 1}
    assert grid.refused(strict, status=409) == {f"{strict['key']}, table": "changed_meanwhile"}


def test_a_row_that_somebody_took_off_meanwhile_is_said_to_be_gone(grid: Grid) -> None:
    mine, key = grid.edit("S1", table="C-20"), grid.rows["S1"]["key"]
    grid.save(remove=[grid.take("S1")])
    assert grid.refused(mine, status=409) == {f"{key}, table": "gone"}
    taking = grid.take("S2")
    grid.save(grid.edit("S2", table="B-7"))
    assert grid.refused(remove=[taking], status=409) == {f"{taking['key']}, student_id": "changed_meanwhile"}


def test_a_sealed_record_is_refused_but_the_name_is_the_students_own(admin: As, grid: Grid, deps: Deps) -> None:
    from services.api.db.engine import writing
    from services.api.db.tables import Sitting

    with writing(deps.engine) as session:
        session.get_one(Sitting, grid.sitting).state = "sealed"
    grid.read()
    key = grid.rows["S1"]["key"]
    assert grid.rows["S1"]["sealed"]
    assert grid.refused(grid.edit("S1", table="C-1", note="x")) == {f"{key}, table": "sealed", f"{key}, note": "sealed"}
    assert grid.refused(remove=[grid.take("S1")]) == {f"{key}, student_id": "sealed"}
    new = grid.add("S3", exam="MATH-201", hall="A")
    assert grid.refused(add=[new]) == {"new-S3, exam": "sealed"}
    grid.save(grid.edit("S1", name="Ada King"))


def test_how_a_student_stands_is_no_cell(admin: As, grid: Grid) -> None:
    edit = {"key": grid.rows["S1"]["key"], "cells": {"status": "present"}}
    assert admin("POST", "/grid/save", json={"edits": [edit]}).status_code == 422


def test_two_admins_save_at_once_and_nothing_is_lost(admin: As, grid: Grid, deps: Deps) -> None:
    """Each of them edits another cell of the same rows, a hundred times over; every edit is there in the end."""
    crowd = [grid.add(f"C{n:02}", name=f"C{n}", exam="MATH-201", hall="A", table=f"T-{n}") for n in range(20)]
    grid.save(add=crowd)
    begin = threading.Barrier(2)

    def edits(column: str) -> list[int]:
        begin.wait()
        statuses = []
        for turn in range(5):
            cells = [{"key": row["key"], "cells": {column: f"{column}-{turn}-{row['student_id']}"}} for row in rows]
            statuses.append(admin("POST", "/grid/save", json={"edits": cells}).status_code)
        return statuses

    rows: list[dict[str, Any]] = [row for student, row in grid.rows.items() if student.startswith("C")]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(edits, ("table", "note"))) == [[200] * 5] * 2
    grid.read()
    for row in rows:
        after = grid.rows[row["student_id"]]
        assert after["table"] == f"table-4-{row['student_id']}"
        assert after["note"] == f"note-4-{row['student_id']}"
        assert after["entry_version"] == row["entry_version"] + 10
    with reading(deps.engine) as session:
        assert audit.verify(session).ok


def test_ticked_rows_are_marked_together_or_not_at_all(admin: As, grid: Grid, clock: ManualClock) -> None:
    keys = [grid.rows[student]["key"] for student in ("S1", "S2")]
    marked = admin("POST", "/grid/mark", json={"keys": keys, "status": "present", "reason": "the camera was away"})
    assert marked.json() == {"marked": 2}
    assert grid.totals(status="present")["present"] == 2
    clock.advance(5)
    undone = admin("POST", "/grid/mark", json={"keys": keys[:1], "status": "undo", "reason": "the wrong one"})
    assert undone.status_code == 200
    assert (grid.read(status="present"), grid.read(status="expected")) == (["S2"], ["S1"])
    for some, code in ((["s:S3", *keys], "not_at_a_sitting"), (keys, "not_in")):
        refused = admin("POST", "/grid/mark", json={"keys": some, "status": "out", "reason": "x"})
        assert refused.json()["code"] == code
    assert grid.read(status="out") == []
