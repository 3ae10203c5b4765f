"""A screen shows a code, an admin types it, and the screen is that kiosk's: it, and no other."""

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from services.api.db.engine import reading
from services.api.db.tables import AuditEntry, Kiosk, KioskPairing
from services.api.office.pairing import ALPHABET, CODE_LENGTH
from services.api.web.deps import Deps
from shared.clock import ManualClock
from tests.api_web.conftest import As

KIOSK = "A__door1"


@pytest.fixture
def door(admin: As) -> str:
    """Hall A's door, without a screen."""
    admin.make("/halls", id="A", name="Hall A")
    admin.make("/kiosks", id=KIOSK, hall="A")
    return KIOSK


def test_a_screen_is_the_kiosk_that_the_admin_says(anyone: TestClient, admin: As, door: str) -> None:
    code, secret = _new_screen(anyone)
    assert _became(anyone, secret) is None
    assert anyone.get(f"/api/v1/kiosks/{door}/screen", headers=_shows(secret)).status_code == 401
    seen = admin("POST", "/kiosk-pairings/find", json={"code": code.lower()}).json()
    assert seen["address"] == "testclient"
    paired = admin("POST", f"/kiosks/{door}/pairing", json={"code": f"{code[:3]} {code[3:]}"})
    assert (paired.status_code, paired.json()["has_token"]) == (200, True)
    assert _became(anyone, secret) == door
    assert anyone.get(f"/api/v1/kiosks/{door}/screen", headers=_shows(secret)).json()["kiosk_id"] == door


def test_a_code_is_good_once(anyone: TestClient, admin: As, door: str) -> None:
    code, _ = _new_screen(anyone)
    assert admin("POST", f"/kiosks/{door}/pairing", json={"code": code}).status_code == 200
    again = admin("POST", f"/kiosks/{door}/pairing", json={"code": code})
    assert (again.status_code, again.json()["code"]) == (404, "no_such_code")


def test_a_code_is_over_after_its_time(anyone: TestClient, admin: As, door: str, clock: ManualClock) -> None:
    code, secret = _new_screen(anyone)
    clock.advance(10 * 60)
    assert admin("POST", f"/kiosks/{door}/pairing", json={"code": code}).status_code == 404
    assert anyone.get("/api/v1/kiosk-pairings/mine", headers={"X-Pairing-Secret": secret}).status_code == 404
    _new_screen(anyone)  # sweeps what is over
    assert admin("POST", "/kiosk-pairings/find", json={"code": code}).status_code == 404


def test_mallorys_screen_does_not_become_the_kiosk_of_the_one_beside_it(
    anyone: TestClient, admin: As, door: str
) -> None:
    code, secret = _new_screen(anyone)
    _, mallorys = _new_screen(anyone)
    admin("POST", f"/kiosks/{door}/pairing", json={"code": code})
    assert _became(anyone, mallorys) is None
    assert _became(anyone, secret) == door
    assert anyone.get(f"/api/v1/kiosks/{door}/screen", headers=_shows(mallorys)).status_code == 401


def test_a_new_screen_takes_the_old_ones_place(anyone: TestClient, admin: As, door: str) -> None:
    old = str(admin.make(f"/kiosks/{door}/token")["token"])
    code, secret = _new_screen(anyone)
    admin("POST", f"/kiosks/{door}/pairing", json={"code": code})
    assert anyone.get(f"/api/v1/kiosks/{door}/screen", headers=_shows(old)).status_code == 401
    assert anyone.get(f"/api/v1/kiosks/{door}/screen", headers=_shows(secret)).status_code == 200


def test_only_the_office_pairs(anyone: TestClient, invigilator: As, door: str) -> None:
    code, _ = _new_screen(anyone)
    assert invigilator("POST", f"/kiosks/{door}/pairing", json={"code": code}).status_code == 403
    assert invigilator("POST", "/kiosk-pairings/find", json={"code": code}).status_code == 403


def test_codes_cannot_be_guessed_nor_asked_for_without_end(anyone: TestClient, admin: As, door: str) -> None:
    tries = [admin("POST", f"/kiosks/{door}/pairing", json={"code": f"AAA{n:03}"}).status_code for n in range(25)]
    assert (tries[0], tries[-1]) == (404, 429)
    asked = [anyone.post("/api/v1/kiosk-pairings").status_code for _ in range(35)]
    assert (asked[0], asked[-1]) == (201, 429)


def test_only_hashes_are_stored_and_the_audit_names_nobodys_code(
    anyone: TestClient, admin: As, deps: Deps, door: str
) -> None:
    code, secret = _new_screen(anyone)
    assert len(code) == CODE_LENGTH
    assert set(code) <= set(ALPHABET)
    admin("POST", f"/kiosks/{door}/pairing", json={"code": code})
    with reading(deps.engine) as session:
        rows = [row.model_dump_json() for row in session.exec(select(KioskPairing))]
        rows += [row.model_dump_json() for row in session.exec(select(Kiosk))]
        entries = list(session.exec(select(AuditEntry).where(AuditEntry.action == "kiosk.pair")))
    assert len(entries) == 1
    written = " ".join([*rows, *(entry.model_dump_json() for entry in entries)])
    assert code not in written
    assert secret not in written


def _new_screen(anyone: TestClient) -> tuple[str, str]:
    begun = anyone.post("/api/v1/kiosk-pairings")
    assert begun.status_code == 201
    return begun.json()["code"], begun.json()["secret"]


def _became(anyone: TestClient, secret: str) -> str | None:
    answer = anyone.get("/api/v1/kiosk-pairings/mine?wait_s=0", headers={"X-Pairing-Secret": secret})
    assert answer.status_code == 200
    kiosk_id: str | None = answer.json()["kiosk_id"]
    return kiosk_id


def _shows(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
