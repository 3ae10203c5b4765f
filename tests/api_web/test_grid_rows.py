"""The master grid is read: rows in a stable order, filters, totals, CSV; on both databases."""

import csv
import io

import pytest

from services.api.office.tables_csv import BOM
from shared.clock import ManualClock
from tests.api_web import on_both
from tests.api_web.conftest import As
from tests.api_web.grid_cast import Grid, with_grid

office_url = on_both.office_url

FOUND: list[tuple[dict[str, object], list[str]]] = [
    ({"exam": "math-201"}, ["S1", "S2"]),
    ({"exam": "ATH"}, ["S1", "S2"]),
    ({"exam": "PHYS-101"}, []),
    ({"date": "2026-11-23"}, ["S1", "S2"]),
    ({"date": "2026-11-24"}, []),
    ({"date": "0001-01-01"}, []),
    ({"hall": "b"}, ["S2"]),
    ({"hall": "Hall"}, ["S1", "S2"]),
    ({"status": "expected"}, ["S1", "S2"]),
    ({"status": "none"}, ["S3"]),
    ({"status": "absent"}, []),
    ({"text": "LOVE"}, ["S1"]),
    ({"text": "ada s1"}, ["S1"]),
    ({"text": "s3"}, ["S3"]),
    ({"text": "%"}, []),
    ({"text": "hopper", "hall": "A"}, []),
    ({"sort": "-name"}, ["S3", "S2", "S1"]),
    ({"sort": "-table"}, ["S1", "S2", "S3"]),
    ({"sort": "exam"}, ["S1", "S2", "S3"]),
    ({"sort": "-date"}, ["S1", "S2", "S3"]),
    ({"sort": "status"}, ["S1", "S2", "S3"]),
    ({"sort": "-student_id"}, ["S3", "S2", "S1"]),
    ({"offset": 1, "limit": 1}, ["S2"]),
    ({"keys": ["s:S3", "e1", "e999", "x"]}, ["S3", "S1"]),
]


@pytest.fixture
def grid(admin: As, exam_day: int) -> Grid:
    """Everybody, read."""
    return with_grid(admin, exam_day)


def test_a_row_for_each_student_and_sitting_and_for_those_at_none(grid: Grid) -> None:
    assert grid.read() == ["S1", "S2", "S3"]
    ada, mallory = grid.rows["S1"], grid.rows["S3"]
    assert {name: ada[name] for name in ("exam", "date", "time", "hall", "table", "status")} == {
        "exam": "MATH-201",
        "date": "2026-11-23",
        "time": "09:00",
        "hall": "A",
        "table": "C-14",
        "status": "expected",
    }
    assert (mallory["key"], mallory["exam"], mallory["status"]) == ("s:S3", "", None)


def test_rows_are_found_by_what_is_asked(grid: Grid) -> None:
    assert [(wanted, grid.read(**wanted)) for wanted, _ in FOUND] == FOUND


def test_a_name_is_found_in_any_script_and_case(admin: As, grid: Grid) -> None:
    for number, name in (("R1", "Радиа Перлман"), ("L1", "李小龍"), ("Z1", "Zoë Müller")):
        admin.make("/students", id=number, name=name)
    assert grid.read(text="радиа") == grid.read(text="ПЕРЛМАН") == ["R1"]
    assert grid.read(text="小龍") == ["L1"]
    assert grid.read(text="müller") == ["Z1"]


def test_a_day_is_the_halls_own(admin: As, grid: Grid) -> None:
    admin("PATCH", "/halls/A", json={"name": "Hall A", "time_zone": "Pacific/Auckland"})
    assert grid.read(date="2026-11-23") == ["S1", "S2"]  # 22:00 there
    assert grid.rows["S1"]["time"] == "22:00"
    admin("PATCH", f"/sittings/{grid.sitting}", json={"ends_at": "2026-11-23T14:00:00Z"})
    admin(
        "PATCH",
        f"/sittings/{grid.sitting}",
        json={
            "starts_at": "2026-11-23T12:00:00Z",
            "late_after": "2026-11-23T12:00:00Z",
            "closes_at": "2026-11-23T13:00:00Z",
        },
    )
    assert grid.read(date="2026-11-24") == ["S1"]
    assert grid.read(date="2026-11-23") == ["S2"]


def test_totals_follow_who_comes_and_say_absent_once_check_in_is_over(
    admin: As, grid: Grid, clock: ManualClock
) -> None:
    assert grid.totals() == {"rows": 3, "students": 3, "expected": 2}
    admin.make(f"/sittings/{grid.sitting}/students/S1/mark", status="in")
    assert grid.totals() == {"rows": 3, "students": 3, "present": 1, "expected": 1}
    assert grid.totals(hall="B") == {"rows": 1, "students": 1, "expected": 1}
    assert grid.totals(text="ada") == {"rows": 1, "students": 1, "present": 1}
    clock.advance(3600)
    assert grid.totals() == {"rows": 3, "students": 3, "present": 1, "absent": 1}
    assert grid.totals(status="absent") == {"rows": 1, "students": 1, "absent": 1}
    assert (grid.read(status="absent"), grid.read(status="expected")) == (["S2"], [])
    shown = {row["student_id"]: row["status"] for row in admin("GET", f"/sittings/{grid.sitting}/roster").json()}
    grid.read()
    assert {student: grid.rows[student]["status"] for student in shown} == shown


def test_nobody_is_absent_from_a_cancelled_sitting(admin: As, grid: Grid, clock: ManualClock) -> None:
    admin("PATCH", f"/sittings/{grid.sitting}", json={"cancelled": True})
    clock.advance(3600)
    assert grid.totals() == {"rows": 3, "students": 3, "cancelled": 2}
    assert (grid.read(status="cancelled"), grid.read(status="absent")) == (["S1", "S2"], [])
    assert grid.rows["S1"]["status"] == "cancelled"


def test_a_deleted_student_stays_by_number_where_they_sat(admin: As, grid: Grid) -> None:
    for student in ("S1", "S3"):
        assert admin("DELETE", f"/students/{student}").status_code == 204
    assert grid.read() == ["S1", "S2"]
    assert grid.rows["S1"]["name"] == ""
    assert grid.totals() == {"rows": 2, "students": 2, "expected": 2}


def test_what_is_filtered_is_a_csv_that_opens_right_and_is_safe(admin: As, grid: Grid) -> None:
    admin("PATCH", "/students/S1", json={"name": '=HYPERLINK("http://evil")'})
    admin("PATCH", "/students/S2", json={"name": "李小龍"})
    answer = admin("GET", "/grid/csv", params={"exam": "MATH-201"})
    assert answer.content.startswith(BOM.encode())
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["name"] for row in rows] == ['\'=HYPERLINK("http://evil")', "李小龍"]
    assert rows[0] | {"name": ""} == {
        "student_id": "S1",
        "name": "",
        "exam": "MATH-201",
        "date": "2026-11-23",
        "start": "09:00",
        "hall": "A",
        "table_number": "C-14",
        "status": "expected",
        "at": "",
        "note": "",
    }


def test_an_invigilator_has_no_grid(invigilator: As) -> None:
    for path in ("/grid/rows", "/grid/totals", "/grid/csv"):
        assert invigilator("GET", path).status_code == 403


def test_a_view_that_there_is_not_is_refused(admin: As) -> None:
    for wanted in ({"status": "asleep"}, {"sort": "shoe_size"}, {"date": "23/11"}, {"offset": -1}):
        assert admin("GET", "/grid/rows", params=wanted).status_code == 422, wanted
