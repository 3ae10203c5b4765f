"""Rosters: all or nothing, by JSON and by CSV, and files that no spreadsheet is harmed by."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.office.tables_csv import BOM, read_roster, safe_cell, write_csv
from services.api.problems import Problem
from tests.api_web.conftest import As

ADA = {"student_id": "S1", "hall": "A", "table": "C-14"}


def test_wrong_rows_are_named_and_nothing_is_applied(admin: As, exam_day: int) -> None:
    rows = [
        {"student_id": "S3", "hall": "A", "table": "C-15"},
        {"student_id": "S9", "hall": "A"},
        {"student_id": "S1", "hall": "Z"},
        {"student_id": "S3", "hall": "A"},
    ]
    refused = admin("PATCH", f"/sittings/{exam_day}/roster", json={"rows": rows})
    assert refused.status_code == 422
    assert {(row["where"], row["code"]) for row in refused.json()["problems"]} == {
        ("rows.1, student_id", "unknown_student"),
        ("rows.2, hall", "not_its_hall"),
        ("rows.3, student_id", "double"),
    }
    assert len(admin("GET", f"/sittings/{exam_day}/roster").json()) == 2


def test_one_table_is_one_students(admin: As, exam_day: int) -> None:
    taken = admin("PATCH", f"/sittings/{exam_day}/roster", json={"rows": [{**ADA, "student_id": "S3"}]})
    assert taken.json()["problems"][0]["code"] == "table_taken"
    swap = [{"student_id": "S1", "hall": "B", "table": "B-1"}, {"student_id": "S2", "hall": "A", "table": "C-14"}]
    assert admin("PATCH", f"/sittings/{exam_day}/roster", json={"rows": swap}).json()["changed"] == 2


def test_a_csv_is_imported_once_however_often_it_is_sent(admin: As, exam_day: int) -> None:
    text = "student_id,name,hall,table_number\nS1,Ada Lovelace,A,C-14\nS7,Noether,B,B-2\n"
    path = f"/sittings/{exam_day}/roster/csv?create_students=true"
    first = admin("POST", path, content=text.encode()).json()
    assert first == {"added": 1, "changed": 0, "removed": 0, "unchanged": 1, "students_created": 1}
    again = admin("POST", path, content=text.encode()).json()
    assert again == {"added": 0, "changed": 0, "removed": 0, "unchanged": 2, "students_created": 0}


def test_a_dry_run_says_what_would_change_and_changes_nothing(admin: As, exam_day: int) -> None:
    path = f"/sittings/{exam_day}/roster/csv?whole=true&dry_run=true"
    said = admin("POST", path, content=b"student_id;hall;table\nS3;A;C-20\n").json()
    assert (said["added"], said["removed"]) == (1, 2)
    assert {row["student_id"] for row in admin("GET", f"/sittings/{exam_day}/roster").json()} == {"S1", "S2"}


def test_row_errors_of_a_csv_name_the_line(admin: As, exam_day: int) -> None:
    text = "student_id,hall,table\nS3,A,C-20\nS9,A,C-21\n,A,C-22\n"
    refused = admin("POST", f"/sittings/{exam_day}/roster/csv", content=text.encode()).json()
    assert [row["where"] for row in refused["problems"]] == ["line 4, student_id"]
    refused = admin("POST", f"/sittings/{exam_day}/roster/csv", content=text.rsplit("\n", 2)[0].encode()).json()
    assert [row["where"] for row in refused["problems"]] == ["line 3, student_id"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "missing_columns"),
        (b"name,table\nAda,1\n", "missing_columns"),
        (b"student_id,hall\n\xff\xfe,A\n", "not_utf8"),
        (b"PK\x03\x04\x00\x00student", "not_csv"),
    ],
)
def test_what_is_no_roster_is_refused_with_a_word(data: bytes, code: str) -> None:
    with pytest.raises(Problem) as refused:
        read_roster(data)
    assert refused.value.body.code == code


def test_the_export_opens_right_and_no_cell_is_a_formula(admin: As, exam_day: int) -> None:
    admin("PATCH", "/students/S1", json={"name": '=HYPERLINK("http://evil")'})
    admin("PATCH", "/students/S2", json={"name": "李小龍"})
    answer = admin("GET", f"/sittings/{exam_day}/roster/csv")
    assert answer.content.startswith(BOM.encode())
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["name"] for row in rows] == ['\'=HYPERLINK("http://evil")', "李小龍"]
    assert rows[0]["table_number"] == "C-14"


@given(st.lists(st.text(max_size=12), min_size=1, max_size=4))
def test_no_text_becomes_a_formula_and_none_breaks_a_line(cells: list[str]) -> None:
    data = write_csv(["a"] * len(cells), [cells])
    row = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))[1]
    assert row == [safe_cell(cell) for cell in cells]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


def test_a_number_below_nothing_stays_a_number() -> None:
    assert write_csv(["amount", "text"], [[-1, "-1"]]).decode("utf-8-sig").splitlines()[1] == "-1,'-1"


def test_three_thousand_rows_are_one_request(admin: As, exam_day: int) -> None:
    lines = "".join(f"X{number},Student {number},B,T{number}\n" for number in range(3000))
    path = f"/sittings/{exam_day}/roster/csv?create_students=true"
    answer = admin("POST", path, content=f"student_id,name,hall,table\n{lines}".encode())
    assert answer.json()["added"] == 3000, answer.text
