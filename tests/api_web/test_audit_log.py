"""The audit chain over REST: searched, proved, exported."""

import csv
import io
from typing import Any

import pytest
from sqlmodel import Session

from services.api import audit
from services.api.db.engine import reading, writing
from services.api.db.tables import AuditEntry
from services.api.office import audit_log, system
from services.api.printed_heads import sealed_heads
from services.api.web.deps import Deps
from services.api.words import words_of
from tests.api_web.conftest import NOW, As


@pytest.fixture
def marked(admin: As, exam_day: int) -> int:
    """Ada and Grace are marked in by hand; return the sitting."""
    for student in ("S1", "S2"):
        path = f"/sittings/{exam_day}/students/{student}/mark"
        assert admin("POST", path, json={"status": "in"}).status_code == 201
    return exam_day


def in_malay(proof: dict[str, Any]) -> list[str]:
    """Return what the chain was held against, as a Malay page says it."""
    return [words_of("ms").say(f"audit.known.{one['code']}", **one["values"]) for one in proof["known"]]


def test_who_did_what_to_whom_is_found_by_each_of_its_parts(admin: As, marked: int) -> None:
    everything = admin("GET", "/audit?limit=1000").json()["items"]
    assert [row["seq"] for row in everything] == list(range(1, len(everything) + 1))
    (ada,) = admin("GET", "/audit?subject=student:S1&action=attendance.").json()["items"]
    assert (ada["action"], ada["actor_name"], ada["after"]["sets"]) == ("attendance.mark", "admin", "in")
    both = admin("GET", f"/audit?sitting_id={marked}&action=attendance.mark").json()["items"]
    assert [row["subject"] for row in both] == ["student:S1", "student:S2"]
    assert admin("GET", f"/audit?actor={ada['actor']}&limit=1000").json()["items"] == everything
    assert admin("GET", "/audit?since=2026-11-24T00:00:00Z").json()["items"] == []
    assert admin("GET", "/audit?subject=student:%25").json()["items"] == [], "a percent sign is no wildcard"


def test_the_log_is_read_page_by_page_from_either_end(admin: As, marked: int) -> None:
    pages, after = [], None
    while True:
        page = admin("GET", f"/audit?newest=true&limit=4{f'&after={after}' if after else ''}").json()
        pages += [row["seq"] for row in page["items"]]
        after = page["next_after"]
        if after is None:
            break
    assert pages == sorted(pages, reverse=True)
    assert pages[-1] == 1


def test_who_works_while_the_chain_is_proved_breaks_nothing(
    admin: As, deps: Deps, marked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit.anchor_at(deps.engine, deps.settings.audit_head)

    def work_beside(found: object) -> Any:
        """Commit an entry after the reader has begun to read."""

        def looked(*given: Any) -> Any:
            seen = found(*given)  # type: ignore[operator]
            with writing(deps.engine) as session:
                audit.record(session, at=NOW, actor="machine", action="case.open", subject="case:1")
            return seen

        return looked

    with writing(deps.engine) as session:
        audit.record(session, at=NOW, actor="machine", action="case.open", subject="case:1")
    monkeypatch.setattr(audit_log, "sealed_heads", work_beside(sealed_heads))
    proved = admin("GET", "/audit/verify").json()
    assert (proved["ok"], proved["held_against"]) == (True, ["the anchor file"])
    assert in_malay(proved) == ["fail sauh"]
    monkeypatch.setattr(system, "_disk", work_beside(system._disk))
    chain = next(part for part in admin("GET", "/system").json()["parts"] if part["name"] == "audit")
    assert chain["code"] == "audit_well"


def test_the_proof_names_the_first_broken_entry(admin: As, deps: Deps, marked: int) -> None:
    whole = admin("GET", "/audit/verify").json()
    assert (whole["ok"], whole["problem"], whole["anchored_seq"]) == (True, "", None)
    head = f"{whole['entries']}:{whole['head']}"
    typed = admin("GET", "/audit/verify", params={"head": head}).json()
    assert typed["held_against"] == [f"the head {whole['entries']} that was typed"]
    assert in_malay(typed) == [f"kepala {whole['entries']} yang ditaip"]
    with writing(deps.engine) as session:
        session.get_one(AuditEntry, 5).source = "somewhere else"
    broken = admin("GET", "/audit/verify").json()
    assert (broken["ok"], broken["broken_seq"], broken["problem"]) == (False, 5, "entry 5 was changed")
    assert (broken["how"], broken["last_seq"]) == ("changed", None)
    assert admin("GET", "/audit/verify?head=what").status_code == 422


def test_a_sittings_entries_are_exported_with_hashes_that_can_be_computed_again(
    admin: As, deps: Deps, marked: int
) -> None:
    rows = admin("GET", f"/sittings/{marked}/audit?format=json").json()["entries"]
    with reading(deps.engine) as session:
        assert [audit.hash_of(AuditEntry(**{**row, "at": _at(session, row)})) for row in rows] == [
            row["hash"] for row in rows
        ]
    sheet = admin("GET", f"/sittings/{marked}/audit").content.decode("utf-8-sig")
    assert [line["hash"] for line in csv.DictReader(io.StringIO(sheet))] == [row["hash"] for row in rows]
    assert admin("GET", "/sittings/99/audit").status_code == 404


def test_a_time_that_its_zone_carries_over_the_edge_of_the_calendar_is_refused(admin: As, exam_day: int) -> None:
    for path in ("/audit?since=", "/sittings?ends_after="):
        answer = admin("GET", f"{path}0001-01-01T00:00:00%2B14:00")
        assert (answer.status_code, answer.json()["code"]) == (422, "no_such_time"), path


def test_invigilators_do_not_read_the_log(invigilator: As, marked: int) -> None:
    for path in ("/audit", "/audit/verify", f"/sittings/{marked}/audit"):
        assert invigilator("GET", path).status_code == 403


def _at(session: Session, row: dict[str, object]) -> object:
    return session.get_one(AuditEntry, row["seq"]).at
