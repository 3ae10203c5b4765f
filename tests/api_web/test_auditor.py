"""An auditor reads every record, watches no door, takes no copy of a person, and changes nothing."""

from collections.abc import Callable

import httpx
import pytest
from fastapi.testclient import TestClient

from services.api.auth.roles import RULES
from tests.api_web.conftest import As
from tests.api_web.test_imports import EVE, HEADER, preview


@pytest.fixture
def auditor(anyone: TestClient, signed_in: Callable[[str], httpx.Headers]) -> As:
    """An auditor."""
    return As(anyone, signed_in("auditor"))


def test_an_auditor_reads_what_an_import_would_change_and_confirms_nothing(
    admin: As, auditor: As, exam_day: int
) -> None:
    shown = preview(admin, HEADER + EVE)
    read = auditor("GET", f"/imports/{shown['id']}")
    assert (read.status_code, read.json()["counts"]["added"]) == (200, 1)
    sent = {"fingerprint": shown["fingerprint"]}
    assert auditor("POST", f"/imports/{shown['id']}/confirm", json=sent).status_code == 403


def test_an_auditor_looks_up_who_stands_at_a_door_and_lets_nobody_in(auditor: As, exam_day: int) -> None:
    hall = f"/sittings/{exam_day}/halls/A"
    assert auditor("GET", f"{hall}/people/S2").json()["belongs"] == "other_hall"
    assert auditor("POST", f"{hall}/admissions", json={}).status_code == 403


def test_an_auditor_watches_no_door_and_takes_no_copy_of_a_person(admin: As, auditor: As, exam_day: int) -> None:
    admin.make("/kiosks", id="A__door1", hall="A")
    for path in ("/kiosks/A__door1/frame", "/kiosks/A__door1/aim", "/students/S1/export"):
        assert auditor("GET", path).status_code == 403, path
    assert auditor("GET", "/students/S1/held").status_code == 200


def test_what_only_the_office_may_read_is_what_was_decided() -> None:
    of_the_office = {name for name, rule in RULES.items() if "admin" in rule.roles and "auditor" not in rule.roles}
    reading = {name for name in of_the_office if name.startswith(("get_", "list_", "look_", "export_", "report_"))}
    assert reading == {"get_kiosk_frame", "export_student"}
