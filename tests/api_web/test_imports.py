"""Imports: a preview of what would change, wrong lines and clashes by line, and nothing applied before a word."""

import io
from datetime import date, time
from typing import Any

import pytest
from openpyxl import Workbook
from sqlmodel import col, func, select

from services.api.auth import users
from services.api.auth.caller import Caller
from services.api.db.engine import reading, writing
from services.api.db.tables import AuditEntry, Job, RosterEntry, Student
from services.api.jobs.kinds import KINDS
from services.api.jobs.run import JobRun, JobTools
from services.api.problems import Problem
from services.api.web.deps import Deps
from tests.api_web.conftest import As

HEADER = "exam_code,subject,date,start,end,hall,table,student_id,name\n"
ADA = "MATH-201,Analysis II,2026-11-23,09:00,11:00,A,C-14,S1,Ada Lovelace\n"
GRACE = "MATH-201,Analysis II,2026-11-23,09:00,11:00,B,B-1,S2,Grace Hopper\n"
EVE = "PHYS-101,Optics,23 Nov 2026,15:00,17:00,A,A-1,S4,Eve\n"
Json = dict[str, Any]


def preview(admin: As, table: str | bytes, kind: str = "timetable", **query: Any) -> Json:
    """Send a table; return its preview."""
    data = table.encode() if isinstance(table, str) else table
    answer = admin("POST", "/imports", params={"kind": kind, **query}, content=data)
    assert answer.status_code == 202, answer.text
    shown: Json = answer.json()
    return shown


def confirm(admin: As, shown: Json, **more: Any) -> Json:
    """Confirm a preview; return the import."""
    sent = {"fingerprint": shown["fingerprint"], **more}
    answer = admin("POST", f"/imports/{shown['id']}/confirm", json=sent)
    assert answer.status_code == 200, answer.text
    done: Json = answer.json()
    return done


def nonzero(shown: Json) -> dict[str, int]:
    """Return the counts that are not 0."""
    return {name: number for name, number in shown["counts"].items() if number}


def places(admin: As, sitting_id: int) -> dict[str, tuple[str, str]]:
    """Return who sits where."""
    rows = admin("GET", f"/sittings/{sitting_id}/roster").json()
    return {row["student_id"]: (row["hall"], row["table"]) for row in rows}


def run_job(deps: Deps, job_id: str, kind: str) -> None:
    """Do a job as the office's worker does."""
    with reading(deps.engine) as session:
        params = session.get_one(Job, job_id).params
    tools = JobTools(deps.engine, deps.events, deps.settings.api, deps.media, deps.clock)
    result = KINDS[kind](JobRun(tools, job_id, dict(params), Caller(user_id=2, role="admin", address="job")))
    with writing(deps.engine) as session:
        job = session.get_one(Job, job_id)
        job.state, job.result = "done", result


def test_a_timetable_makes_exams_sittings_students_and_rosters_once_however_often_it_is_sent(
    admin: As, exam_day: int
) -> None:
    shown = preview(admin, HEADER + ADA + GRACE + EVE)
    assert nonzero(shown) == {
        "added": 1,
        "unchanged": 2,
        "students_created": 1,
        "exams_created": 1,
        "sittings_created": 1,
    }
    assert admin("GET", "/exams").json()[-1]["code"] == "MATH-201"
    assert confirm(admin, shown)["state"] == "applied"
    assert confirm(admin, shown)["state"] == "applied"
    again = preview(admin, HEADER + ADA + GRACE + EVE)
    assert nonzero(again) == {"unchanged": 3}
    sitting = admin("GET", "/sittings").json()[-1]
    assert (sitting["exam_code"], sitting["starts_at"], sitting["halls"]) == (
        "PHYS-101",
        "2026-11-23T15:00:00Z",
        ["A"],
    )
    assert places(admin, sitting["id"]) == {"S4": ("A", "A-1")}


def test_times_are_those_of_the_halls_zone(admin: As, exam_day: int) -> None:
    admin.make("/halls", id="KL", name="Dewan", time_zone="Asia/Kuala_Lumpur")
    table = "Kod Kursus\tSubjek\tTarikh\tMasa Mula\tMasa Tamat\tDewan\tNo. Matrik\tNama\tMeja\n"
    table += "BIO-1\tBiologi\t24/11/2026\t9.00 pagi\t2.30 petang\tKL\tS1\tAda Lovelace\tA-1\n"
    confirm(admin, preview(admin, table))
    sitting = next(one for one in admin("GET", "/sittings").json() if one["exam_code"] == "BIO-1")
    assert (sitting["starts_at"], sitting["ends_at"]) == ("2026-11-24T01:00:00Z", "2026-11-24T06:30:00Z")


def test_ten_thousand_lines_with_one_bad_one_name_it_and_apply_nothing(admin: As, exam_day: int, deps: Deps) -> None:
    lines = [f"X{n},Student {n},B,T{n}\n" for n in range(10_000)]
    lines[6_999] = "X 7,Student,B,T1\n"
    shown = preview(admin, "student_id,name,hall,table\n" + "".join(lines), "roster", sitting_id=exam_day)
    assert shown["state"] == "reading"
    run_job(deps, shown["job_id"], "import")
    shown = admin("GET", f"/imports/{shown['id']}").json()
    assert shown["state"] == "ready"
    assert [(one["where"], one["code"]) for one in shown["problems"]] == [("line 7001, student_id", "no_number")]
    assert shown["counts"]["added"] == 9_999
    refused = admin("POST", f"/imports/{shown['id']}/confirm", json={"fingerprint": shown["fingerprint"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "import_has_problems")
    assert len(places(admin, exam_day)) == 2


def test_wrong_lines_are_named_with_what_is_wrong(admin: As, exam_day: int) -> None:
    table = HEADER + (
        "MATH-201,Analysis II,03/04/2026,09:00,11:00,A,C-1,S3,Mallory\n"
        "MATH-201,Analysis II,2026-11-23,9 o'clock,11:00,A,C-1,S3,Mallory\n"
        "MATH-201,Analysis II,2026-11-23,09:00,11:00,Z,C-1,S3,Mallory\n"
        "MATH-201,Analysis II,2026-11-23,09:00,12:00,A,C-1,S3,Mallory\n"
        "MATH-201,Analysis II,2026-11-23,09:00,11:00,A,C-14,S9,\n"
        "MATH-201,Analysis II,2026-11-23,09:00,11:00,A,C-2,S3,Mallory\n"
    )
    shown = preview(admin, table)
    assert {(one["where"], one["code"]) for one in shown["problems"]} == {
        ("line 2, date", "which_date"),
        ("line 3, start", "no_time"),
        ("line 4, hall", "unknown_hall"),
        ("line 5, end", "disagrees"),
        ("line 5, student_id", "double_line"),
        ("line 6, student_id", "unnamed_student"),
        ("line 6, table", "table_taken"),
        ("line 7, student_id", "double_line"),
    }
    refused = admin("POST", f"/imports/{shown['id']}/confirm", json={"fingerprint": shown["fingerprint"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "import_has_problems")
    errors = admin("GET", f"/jobs/{shown['id']}/files/errors.csv").content.decode("utf-8-sig")
    assert '"line 4, hall",unknown_hall,There is no hall Z: make it first.' in errors


def test_somebody_without_a_number_does_not_vanish_unseen(admin: As, exam_day: int) -> None:
    table = HEADER + ADA + "MATH-201,Analysis II,2026-11-23,09:00,11:00,A,Z-9,,Somebody\n"
    shown = preview(admin, table)
    assert [(one["where"], one["code"]) for one in shown["problems"]] == [("line 3, student_id", "no_student_number")]
    roster = preview(admin, "student_id,name\n,Somebody\n", "roster", sitting_id=exam_day)
    assert [(one["where"], one["code"]) for one in roster["problems"]] == [("line 2, student_id", "no_student_number")]


def test_a_new_sitting_that_is_over_already_is_shown_and_made_only_by_who_accepts_it(admin: As, exam_day: int) -> None:
    table = "exam_code,subject,date,start,end,hall,student_id\nPHYS-9,Optics,2025-11-24,09:00,11:00,A,S1\n"
    shown = preview(admin, table)
    assert [(one["where"], one["code"]) for one in shown["clashes"]] == [("line 2, date", "sitting_over")]
    refused = admin("POST", f"/imports/{shown['id']}/confirm", json={"fingerprint": shown["fingerprint"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "import_has_clashes")
    assert nonzero(confirm(admin, shown, accept_clashes=True))["sittings_created"] == 1
    later = table.replace(",S1", ",S2")
    assert preview(admin, later)["clashes"] == [], "of one that was made already, nothing is said again"


def test_clashes_are_shown_and_applied_only_by_who_accepts_them(admin: As, exam_day: int, deps: Deps) -> None:
    admin("PATCH", "/halls/A", json={"rows": 1, "columns": 1})
    with writing(deps.engine) as session:
        users.create_user(session, "irene", "invigilator", deps.clock.now(), display_name="Irene Watts")
    header = "exam_code,date,start,end,hall,table,student_id,invigilators\n"
    table = header + (
        "PHYS-101,2026-11-23,10:00,12:00,A,C-14,S3,irene\nCHEM-1,2026-11-23,10:30,12:30,B,B-9,S1,Irene Watts\n"
    )
    shown = preview(admin, table)
    assert sorted((one["where"], one["code"]) for one in shown["clashes"]) == [
        ("line 2, hall", "too_few_seats"),
        ("line 2, table", "table_clash"),
        ("line 3, invigilators", "invigilator_clash"),
        ("line 3, student_id", "student_clash"),
    ]
    refused = admin("POST", f"/imports/{shown['id']}/confirm", json={"fingerprint": shown["fingerprint"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "import_has_clashes")
    assert nonzero(confirm(admin, shown, accept_clashes=True))["invigilators_assigned"] == 2
    again = preview(admin, table)
    assert nonzero(again) == {"unchanged": 2}


def test_what_changed_since_the_preview_is_shown_again_before_it_is_applied(admin: As, exam_day: int) -> None:
    shown = preview(admin, HEADER + ADA.replace("C-14", "C-15"))
    moved = {"rows": [{"student_id": "S1", "hall": "A", "table": "C-16"}]}
    admin("PATCH", f"/sittings/{exam_day}/roster", json=moved)
    refused = admin("POST", f"/imports/{shown['id']}/confirm", json={"fingerprint": shown["fingerprint"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "preview_changed")
    assert places(admin, exam_day)["S1"] == ("A", "C-16")
    new = admin("GET", f"/imports/{shown['id']}").json()
    assert new["changes"][0]["before"] == "C-16"
    confirm(admin, new)
    assert places(admin, exam_day)["S1"] == ("A", "C-15")


def test_what_does_not_matter_to_the_import_does_not_stop_it(admin: As, exam_day: int) -> None:
    shown = preview(admin, HEADER + ADA.replace("C-14", "C-15"))
    admin.make("/students", id="S5", name="Somebody else")
    assert confirm(admin, shown)["state"] == "applied"


def test_a_whole_roster_takes_off_who_is_not_in_it(admin: As, exam_day: int) -> None:
    shown = preview(admin, "student_id,hall,table\nS1,A,C-14\nS3,B,B-7\n", "roster", sitting_id=exam_day, whole=True)
    assert nonzero(shown) == {"added": 1, "removed": 1, "unchanged": 1}
    confirm(admin, shown)
    assert places(admin, exam_day) == {"S1": ("A", "C-14"), "S3": ("B", "B-7")}


def test_a_column_that_the_table_lacks_leaves_what_is_there(admin: As, exam_day: int) -> None:
    rows = [{"student_id": "S1", "hall": "A", "table": "C-14", "note": "bring the large print"}]
    admin("PATCH", f"/sittings/{exam_day}/roster", json={"rows": rows})
    shown = preview(admin, "student_id,hall\nS1,A\n", "roster", sitting_id=exam_day)
    assert nonzero(shown) == {"unchanged": 1}


def test_one_import_is_one_entry_of_the_audit_chain(admin: As, exam_day: int, deps: Deps) -> None:
    confirm(admin, preview(admin, HEADER + EVE))
    with reading(deps.engine) as session:
        entries = session.exec(select(AuditEntry).where(col(AuditEntry.action).like("import.%"))).all()
    assert [(entry.action, (entry.after or {})["added"]) for entry in entries] == [("import.timetable", 1)]
    assert "Eve" not in str(entries)


def test_a_spreadsheet_reads_as_its_csv_does(admin: As, exam_day: int) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Exam code", "Subject", "Date", "Start", "End", "Hall", "Seat No.", "Student ID", "Name"])
    sheet.append(["PHYS-101", "Optics", date(2026, 11, 23), time(15), time(17), "A", "A-1", 7, "Eve"])
    sheet["H2"].number_format = "0000"
    file = io.BytesIO()
    book.save(file)
    shown = preview(admin, file.getvalue())
    assert shown["problems"] == []
    confirm(admin, shown)
    assert admin("GET", "/students/0007").json()["name"] == "Eve"


def test_halls_are_made_only_where_that_was_asked_for(admin: As, exam_day: int) -> None:
    table = HEADER + EVE.replace(",A,A-1", ",KL,A-1").replace("23 Nov", "24 Nov")
    assert preview(admin, table)["problems"][0]["code"] == "unknown_hall"
    confirm(admin, preview(admin, table, create_halls=True, time_zone="Asia/Kuala_Lumpur"))
    assert admin("GET", "/halls/KL").json()["time_zone"] == "Asia/Kuala_Lumpur"
    sitting = next(one for one in admin("GET", "/sittings").json() if one["exam_code"] == "PHYS-101")
    assert sitting["starts_at"] == "2026-11-24T07:00:00Z"


@pytest.mark.parametrize(
    ("table", "code"),
    [
        (b"", "empty_table"),
        (b"name,hall\nAda,A\n", "missing_columns"),
        (b"student_id,student no,hall\nS1,S1,A\n", "double_column"),
        (b"PK\x03\x04 no workbook", "not_xlsx"),
        (b"\xd0\xcf\x11\xe0 old", "old_excel"),
        (b"student_id,hall\n\xff\xfe,A\n", "not_utf8"),
    ],
)
def test_what_is_no_table_is_refused_with_a_word(admin: As, exam_day: int, table: bytes, code: str) -> None:
    query = {"kind": "roster", "sitting_id": exam_day}
    refused = admin("POST", "/imports", params=query, content=table)
    assert (refused.status_code, refused.json()["code"]) == (422, code)


def test_a_roster_needs_its_sitting(admin: As, exam_day: int) -> None:
    refused = admin("POST", "/imports", params={"kind": "roster"}, content=b"student_id,hall\nS1,A\n")
    assert refused.json()["code"] == "no_sitting"
    unknown = admin("POST", "/imports", params={"kind": "roster", "sitting_id": 99}, content=b"student_id\nS1\n")
    assert unknown.status_code == 404


def test_a_large_import_is_written_at_once(admin: As, exam_day: int, deps: Deps) -> None:
    lines = "".join(f"X{n},Student {n},B,T{n}\n" for n in range(5_000))
    shown = preview(admin, f"student_id,name,hall,table\n{lines}", "roster", sitting_id=exam_day)
    assert shown["state"] == "ready"
    confirm(admin, shown)
    with reading(deps.engine) as session:
        assert session.exec(select(func.count()).select_from(RosterEntry)).one() == 5_002
        assert session.exec(select(func.count()).select_from(Student)).one() == 5_003


def test_a_table_too_large_for_a_request_is_read_and_applied_by_jobs(admin: As, exam_day: int, deps: Deps) -> None:
    lines = "".join(f"X{n},Student number {n} of many,B,T{n}\n" for n in range(6_000))
    shown = preview(admin, f"student_id,name,hall,table\n{lines}", "roster", sitting_id=exam_day)
    assert shown["state"] == "reading"
    run_job(deps, shown["job_id"], "import")
    shown = admin("GET", f"/imports/{shown['id']}").json()
    asked = confirm(admin, shown)
    assert asked["state"] == "applying"
    run_job(deps, asked["job_id"], "import_apply")
    run_job(deps, asked["job_id"], "import_apply")
    assert admin("GET", f"/imports/{shown['id']}").json()["state"] == "applied"
    assert len(places(admin, exam_day)) == 6_002


def test_a_large_import_whose_ground_has_shifted_says_so_and_shows_the_new_preview(
    admin: As, exam_day: int, deps: Deps
) -> None:
    lines = "".join(f"X{n},Student number {n} of many,B,T{n}\n" for n in range(6_000))
    shown = preview(admin, f"student_id,name,hall,table\nS1,Ada,B,X-1\n{lines}", "roster", sitting_id=exam_day)
    run_job(deps, shown["job_id"], "import")
    asked = confirm(admin, admin("GET", f"/imports/{shown['id']}").json())
    admin("PATCH", f"/sittings/{exam_day}/roster", json={"rows": [{"student_id": "S1", "hall": "A", "table": "C-16"}]})
    with pytest.raises(Problem, match="changed since the preview"):
        run_job(deps, asked["job_id"], "import_apply")
    with writing(deps.engine) as session:
        job = session.get_one(Job, asked["job_id"])
        job.state, job.error = "failed", "Something changed since the preview"
    again = admin("GET", f"/imports/{shown['id']}").json()
    assert (again["state"], again["error"]) == ("ready", "Something changed since the preview")
    assert again["changes"][0]["before"] == "A · C-16"
    assert len(places(admin, exam_day)) == 2
