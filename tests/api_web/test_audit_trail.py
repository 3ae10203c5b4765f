"""What an entry of the audit chain says: to whom, what was there before, and what is there now; never a secret."""

from typing import Any

import pytest

from services.api import audit
from services.api.db.engine import reading
from services.api.office import trail
from services.api.office.audit_changes import changes, in_one_line
from services.api.office.kiosks import source_said
from services.api.web.deps import Deps
from shared.clock import ManualClock
from tests.api_web.conftest import As
from tests.api_web.test_imports import EVE, HEADER, confirm, preview


def _said(admin: As, action: str, **query: object) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = admin("GET", "/audit", params={"action": action, **query, "limit": 1000}).json()[
        "items"
    ]
    return items


def test_a_roster_edit_says_who_came_who_moved_and_who_went(admin: As, exam_day: int) -> None:
    rows = [
        {"student_id": "S1", "hall": "B", "table": "B-9", "note": "sits near the door"},
        {"student_id": "S3", "hall": "A", "table": "C-1"},
    ]
    sent = {"rows": rows, "remove": ["S2"]}
    assert admin("PATCH", f"/sittings/{exam_day}/roster", json=sent).status_code == 200
    entry = _said(admin, "roster.edit")[-1]
    assert entry["before"] == {
        "S1": {"hall": "A", "table": "C-14"},
        "S2": {"hall": "B", "table": "B-1"},
        "S3": None,
    }
    assert entry["after"] == {
        "S1": {"hall": "B", "table": "B-9", "note_characters": 18},
        "S2": None,
        "S3": {"hall": "A", "table": "C-1"},
    }
    assert entry["change"] == (
        "S1: hall A → B, note_characters – → 18, table C-14 → B-9 · S2: hall B, table B-1 → · S3: hall A, table C-1"
    )


def test_a_long_edit_is_said_whole_in_several_entries(
    admin: As, exam_day: int, deps: Deps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail, "MOST_ROWS_SAID", 2)
    rows = [{"student_id": f"S{number}", "hall": "A", "table": f"T-{number}"} for number in (1, 2, 3)]
    assert admin("PUT", f"/sittings/{exam_day}/roster", json={"rows": rows}).status_code == 200
    first, second = _said(admin, "roster.edit")[-2:]
    assert (sorted(first["after"]), sorted(second["after"])) == (["S1", "S2"], ["S3"])
    with reading(deps.engine) as session:
        assert audit.verify(session).ok


def test_an_import_says_of_each_thing_what_it_did(admin: As, exam_day: int) -> None:
    moved = "MATH-201,Analysis II,2026-11-23,09:00,11:30,A,C-15,S1,Ada Lovelace\n"
    confirm(admin, preview(admin, HEADER + moved + EVE))
    edits = _said(admin, "roster.edit", sitting_id=exam_day)
    assert (edits[-1]["before"], edits[-1]["after"]) == (
        {"S1": {"hall": "A", "table": "C-14"}},
        {"S1": {"hall": "A", "table": "C-15"}},
    )
    (changed,) = _said(admin, "sitting.change")
    assert changed["subject"] == f"sitting:{exam_day}"
    assert changed["change"] == "ends_at: 2026-11-23T11:00:00+00:00 → 2026-11-23T11:30:00+00:00"
    (made,) = _said(admin, "student.create_many")
    assert made["after"] == {"students": ["S4"]}
    assert _said(admin, "exam.create")[-1]["after"] == {"code": "PHYS-101", "subject": "Optics"}
    new = _said(admin, "sitting.create")[-1]
    assert (new["after"]["halls"], _said(admin, "roster.edit", sitting_id=new["sitting_id"])[0]["after"]) == (
        ["A"],
        {"S4": {"hall": "A", "table": "A-1"}},
    )
    assert "Eve" not in str(_said(admin, ""))


def test_halls_and_exams_say_what_they_were(admin: As) -> None:
    admin.make("/halls", id="Z", rows=2, columns=2)
    admin("PATCH", "/halls/Z", json={"columns": 3, "blocked": [[1, 2], [2, 3]]})
    admin("DELETE", "/halls/Z")
    exam = admin.make("/exams", code="ART-1", subject="Drawing")
    admin("PATCH", f"/exams/{exam['id']}", json={"subject": "Painting"})
    (changed,), (gone,) = _said(admin, "hall.change"), _said(admin, "hall.delete")
    assert changed["change"] == "blocked: – → 1-2 2-3 · columns: 2 → 3"
    assert (gone["before"]["name"], gone["before"]["columns"]) == ("Hall Z", 3)
    assert _said(admin, "exam.change")[0]["change"] == "subject: Drawing → Painting"


def test_a_large_plans_blocked_seats_are_said_by_their_number_and_hash(admin: As) -> None:
    blocked = [[row, column] for row in range(1, 27) for column in range(1, 21)]
    admin.make("/halls", id="Z", rows=40, columns=40, blocked=blocked)
    said = _said(admin, "hall.create")[-1]["after"]["blocked"]
    assert said.startswith("520 seats, SHA-256 ")


def test_a_kiosk_says_what_it_was_and_never_its_cameras_password(admin: As) -> None:
    admin.make("/halls", id="A")
    source = "rtsp://root:s3cret@10.0.0.9:554/stream?pw=s3cret"
    admin.make("/kiosks", id="A__door1", hall="A", source=source)
    admin("PATCH", "/kiosks/A__door1", json={"direction": "out", "name": "Side door", "capture_node": "left"})
    admin("PATCH", "/kiosks/A__door1", json={"source": source.replace("s3cret", "n3w")})
    admin("DELETE", "/kiosks/A__door1")
    first, second = _said(admin, "kiosk.change")
    assert first["change"] == "capture_node: local → left · direction: in → out · name: – → Side door"
    assert second["change"] == "source_not_shown: changed"
    (gone,) = _said(admin, "kiosk.delete")
    assert (gone["before"]["source"], gone["before"]["direction"]) == ("rtsp://10.0.0.9:554/…", "out")
    assert not [word for word in ("s3cret", "n3w", "root") if word in str(_said(admin, ""))]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("0", "0"),
        ("browser:", "browser:"),
        ("folder:/films/door?speed=2", "folder:/films/door"),
        ("rtsp://u:p/w@10.0.0.9/user=admin&password=x", "rtsp://10.0.0.9/…"),
        ("http://10.0.0.9?token=x", "http://10.0.0.9/…"),
        ("maker:serial:password", "maker:…"),
    ],
)
def test_of_a_camera_on_the_network_only_kind_and_host_are_said(source: str, said: str) -> None:
    assert source_said(source) == said


def test_a_decision_says_how_the_student_stood_before(admin: As, exam_day: int, clock: ManualClock) -> None:
    path = f"/sittings/{exam_day}/students/S1/mark"
    assert admin("POST", path, json={"status": "in"}).status_code == 201
    clock.advance(60)
    assert admin("POST", path, json={"status": "out", "reason": "to the doctor"}).status_code == 201
    first, second = _said(admin, "attendance.mark")
    assert (first["before"]["status"], first["after"]["status"]) == ("expected", "present")
    assert (second["before"]["status"], second["after"]["status"]) == ("present", "out")
    assert "status: present → out" in second["change"]
    clock.advance(60)
    attempts = admin("GET", f"/attempts?sitting_id={exam_day}&student_id=S1").json()["items"]
    newest = max(row["id"] for row in attempts)
    assert admin("POST", f"/attempts/{newest}/undo", json={"reason": "back already"}).status_code == 201
    (undone,) = _said(admin, "attendance.undo")
    assert (undone["before"]["status"], undone["after"]["status"]) == ("out", "present")


def test_one_line_says_the_first_of_many_and_how_many_more_there_are() -> None:
    rows = {f"S{number:02}": {"hall": "A", "table": str(number)} for number in range(20)}
    line = in_one_line(dict.fromkeys(rows), rows)
    assert line.startswith("S00: hall A, table 0 · S01: hall A, table 1 · ")
    assert line.endswith(" · +8")
    assert in_one_line({"tables": {"S1": "3", "S2": "5"}}, {"tables": {"S1": "4", "S2": "5"}}) == "tables: S1 3 → 4"
    assert in_one_line(None, {"students": list(range(20))}).endswith(", 11] +8")
    assert changes({"S1": None}, {"S1": {"hall": "A", "table": ""}}) == [("S1", None, "hall A")]
