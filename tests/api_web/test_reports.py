"""Reports over REST: who reads them, files at once, and long ones by a job whose file is fetched."""

import io
from collections.abc import Callable

import httpx
import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from services.api.auth import users
from services.api.db.engine import writing
from services.api.db.tables import Assignment
from services.api.jobs import worker
from services.api.jobs.run import JobTools
from services.api.web.deps import Deps
from tests.api_web.conftest import As

TERM = {"about": "term", "since": "2026-11-01T00:00:00Z", "until": "2026-12-20T00:00:00Z"}


@pytest.fixture
def ada_in(admin: As, exam_day: int) -> int:
    """Ada was marked in; return the sitting."""
    assert admin("POST", f"/sittings/{exam_day}/students/S1/mark", json={"status": "in"}).status_code == 201
    return exam_day


@pytest.fixture
def auditor(anyone: TestClient, signed_in: Callable[[str], httpx.Headers]) -> As:
    """Reads all, changes nothing."""
    return As(anyone, signed_in("auditor"))


def test_a_sitting_and_a_student_are_reported_at_once(auditor: As, ada_in: int) -> None:
    report = auditor("GET", f"/reports/sittings/{ada_in}").json()
    assert (report["head"]["exam_code"], report["figures"]["totals"]["present"]) == ("MATH-201", 1)
    assert report["arrivals"]["punctual"] == [1]
    ada = auditor("GET", "/reports/students/S1").json()
    assert [one["line"]["status"] for one in ada["sittings"]] == ["present"]
    exam = auditor("GET", "/reports/exams/1").json()
    assert exam["figures"]["totals"]["on_roster"] == 2
    assert (len(exam["arrivals"]["minutes"]), exam["arrivals"]["punctual"]) == (1, [1])
    for path in ("/reports/sittings/99", "/reports/exams/99", "/reports/students/S99"):
        assert auditor("GET", path).status_code == 404


@pytest.mark.parametrize("kind", ["csv", "xlsx", "pdf"])
def test_each_is_a_file_too(auditor: As, ada_in: int, kind: str) -> None:
    for path in (f"/reports/sittings/{ada_in}", "/reports/students/S1"):
        answer = auditor("GET", f"{path}/file?format={kind}")
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].endswith(f'.{kind}"')


def test_a_report_speaks_the_language_that_is_asked_for(auditor: As, ada_in: int) -> None:
    answer = auditor("GET", f"/reports/sittings/{ada_in}/file")
    assert "Report of a sitting" in answer.text
    sheet = auditor("GET", "/reports/students/S1/file?format=xlsx").content
    assert load_workbook(io.BytesIO(sheet)).sheetnames == ["Report of a student", "Sittings"]


def test_a_long_report_is_a_jobs_work_and_kept_to_be_fetched(auditor: As, deps: Deps, ada_in: int) -> None:
    asked = auditor("POST", "/reports", json={**TERM, "format": "xlsx"})
    assert (asked.status_code, asked.json()["state"]) == (202, "queued")
    job = asked.json()["id"]
    settings = deps.settings
    worker.make_ready(JobTools(deps.engine, deps.events, settings.api, deps.media, deps.clock, settings.data_dir))
    worker.do(job)
    done = auditor("GET", f"/jobs/{job}").json()
    assert (done["state"], done["error"]) == ("done", "")
    (file,) = done["files"]
    assert file["name"] == "report-term-2026-11-01-2026-12-19.xlsx"
    book = load_workbook(io.BytesIO(auditor("GET", f"/jobs/{job}/files/{file['name']}").content))
    rows = list(book[book.sheetnames[1]].iter_rows(values_only=True))
    assert rows[1][0] == "MATH-201"


def test_what_a_report_is_about_must_be_said(auditor: As, ada_in: int) -> None:
    for wrong in ({"about": "exam"}, {"about": "term", "since": TERM["since"]}, {"about": "weather"}):
        assert auditor("POST", "/reports", json=wrong).status_code == 422
    backwards = {**TERM, "since": TERM["until"], "until": TERM["since"]}
    assert auditor("POST", "/reports", json=backwards).json()["code"] == "span"
    assert auditor("POST", "/reports", json={"about": "exam", "exam_id": 99}).status_code == 404


def test_an_invigilator_reads_the_report_of_the_own_sitting_alone(invigilator: As, deps: Deps, ada_in: int) -> None:
    assert invigilator("GET", f"/reports/sittings/{ada_in}").status_code == 403
    with writing(deps.engine) as session:
        user = users.find(session, "invigilator")
        assert user is not None
        session.add(Assignment(user_id=user.id or 0, sitting_id=ada_in))
    assert invigilator("GET", f"/reports/sittings/{ada_in}").status_code == 200
    assert invigilator("GET", "/reports/students/S1").status_code == 403
    assert invigilator("POST", "/reports", json=TERM).status_code == 403
