"""Another program calls the API with a service token: scoped, expiring, revocable, shown once."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import jwt
import pytest
from fastapi.testclient import TestClient

from services.api.web.deps import Deps
from shared.clock import ManualClock
from tests.api_web.conftest import As

Issue = Callable[..., str]


@pytest.fixture
def owner(anyone: TestClient, signed_in: Callable[[str], httpx.Headers]) -> As:
    """The super_admin."""
    return As(anyone, signed_in("super_admin"))


@pytest.fixture
def issue(owner: As) -> Issue:
    """Issue a token; return it."""

    def issued(**wish: object) -> str:
        fields = {"name": "timetable sync", "role": "admin", "scopes": ["students:read"], **wish}
        return str(owner.make("/tokens", **fields)["token"])

    return issued


def as_program(client: TestClient, token: str) -> As:
    return As(client, httpx.Headers({"Authorization": f"Bearer {token}"}))


def test_a_token_does_what_its_scopes_name_and_nothing_else(anyone: TestClient, admin: As, issue: Issue) -> None:
    admin.make("/students", id="S1", name="Ada Lovelace")
    program = as_program(anyone, issue(scopes=["students:read"]))
    assert program("GET", "/students/S1").status_code == 200
    refused = program("DELETE", "/students/S1")
    assert (refused.status_code, refused.json()["code"]) == (403, "out_of_scope")
    assert "students:write" in refused.json()["message"]
    assert program("GET", "/halls").json()["code"] == "out_of_scope"
    assert admin("GET", "/students/S1").status_code == 200


def test_what_a_token_does_is_audited_as_the_tokens(anyone: TestClient, admin: As, issue: Issue, deps: Deps) -> None:
    from sqlmodel import select

    from services.api.db.engine import reading
    from services.api.db.tables import AuditEntry

    as_program(anyone, issue(scopes=["students:write"])).make("/students", id="S1", name="Ada Lovelace")
    with reading(deps.engine) as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "student.create")).one()
    assert entry.actor == "token:1"


def test_an_auditors_token_changes_nothing_whatever_its_scopes_say(anyone: TestClient, issue: Issue) -> None:
    program = as_program(anyone, issue(role="auditor", scopes=["students:read", "students:write"]))
    assert program("POST", "/students", json={"id": "S1", "name": "Ada"}).json()["code"] == "not_allowed"
    assert program("GET", "/students").status_code == 200


def test_no_token_reaches_accounts_or_makes_another_token(anyone: TestClient, owner: As, issue: Issue) -> None:
    program = as_program(anyone, issue(scopes=owner("GET", "/tokens/scopes").json()))
    for method, path in (("GET", "/users"), ("POST", "/tokens"), ("GET", "/me"), ("GET", "/tokens")):
        assert program(method, path, json={}).status_code == 403, path


def test_a_token_ends_at_its_time_and_when_it_is_revoked(
    anyone: TestClient, owner: As, issue: Issue, clock: ManualClock
) -> None:
    short, long = as_program(anyone, issue(days=1)), as_program(anyone, issue(days=30))
    clock.advance(timedelta(days=2).total_seconds())
    assert short("GET", "/students").status_code == 401
    assert long("GET", "/students").status_code == 200
    owner = As(anyone, httpx.Headers())
    assert owner("DELETE", "/tokens/2").status_code == 401


def test_a_revoked_token_opens_nothing(anyone: TestClient, owner: As, issue: Issue) -> None:
    program = as_program(anyone, issue())
    assert owner("DELETE", "/tokens/1").status_code == 204
    assert program("GET", "/students").status_code == 401
    assert owner("GET", "/tokens").json()[0]["revoked_at"] is not None


def test_a_token_that_we_did_not_sign_or_do_not_know_opens_nothing(
    anyone: TestClient, issue: Issue, deps: Deps
) -> None:
    ours = issue()
    claims = jwt.decode(ours, options={"verify_signature": False})
    stranger = jwt.encode(claims, "k" * 32, "HS256", headers=jwt.get_unverified_header(ours))
    unsigned = jwt.encode(claims, None, "none")  # type: ignore[arg-type]  # no key, no signature
    for forged in (stranger, unsigned, ours[:-2], ours + "x"):
        assert as_program(anyone, forged)("GET", "/students").status_code == 401
    from services.api.auth.service_tokens import Claims
    from services.api.auth.service_tokens import issue as sign

    well_signed = sign(deps.media, Claims(1, "admin", ["students:read"], deps.clock.now(), deps.clock.now()))
    assert as_program(anyone, well_signed)("GET", "/students").status_code == 401


def test_a_scope_that_there_is_not_is_refused_by_name(owner: As) -> None:
    answer = owner("POST", "/tokens", json={"name": "x", "scopes": ["students:own"]})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_scope")


def test_a_forgotten_password_is_reset_to_a_one_time_one_and_sessions_end(
    anyone: TestClient, owner: As, signed_in: Callable[[str], httpx.Headers]
) -> None:
    admin = As(anyone, signed_in("admin"))
    user = next(user for user in owner("GET", "/users").json() if user["username"] == "admin")
    assert len(owner("GET", f"/users/{user['id']}/sessions").json()) == 1
    made = owner("POST", f"/users/{user['id']}/reset-password").json()
    assert admin("GET", "/me").status_code == 401
    assert owner("GET", f"/users/{user['id']}/sessions").json() == []
    entered = anyone.post(
        "/api/v1/sign-in", json={"username": "admin", "password": made["one_time_password"], "use": "bearer"}
    )
    assert entered.json()["user"]["must_change_password"] is True
