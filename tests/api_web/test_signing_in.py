"""Signing in: passwords, sessions, cookies, one-time passwords, throttling."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from redis import Redis
from sqlmodel import select

from services.api.auth import passwords, users
from services.api.auth.throttle import Throttle, sign_in_limits
from services.api.db.engine import reading, writing
from services.api.db.tables import AuditEntry, User, UserSession
from services.api.problems import Problem
from services.api.web.deps import Deps
from shared.clock import ManualClock
from tests.api_web.conftest import NOW, PASSWORD, As


def test_the_right_password_gives_a_token_that_is_not_stored(anyone: TestClient, deps: Deps) -> None:
    answer = _sign_in(anyone, "admin", PASSWORD)
    token = answer["token"]
    assert anyone.get("/api/v1/me", headers=_bearer(token)).json()["role"] == "admin"
    with reading(deps.engine) as session:
        assert not any(token in row.model_dump_json() for row in session.exec(select(UserSession)))
        assert all(user.password_hash.startswith("$argon2id$") for user in session.exec(select(User)))


@pytest.mark.parametrize("name", ["admin", "nobody"])
def test_a_wrong_password_and_an_unknown_name_are_answered_alike(anyone: TestClient, name: str) -> None:
    answer = anyone.post("/api/v1/sign-in", json={"username": name, "password": "not this one, sorry"})
    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_credentials")


def test_an_unknown_name_costs_a_hash_like_a_known_one(deps: Deps, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | None] = []
    check = passwords.password_fits

    def counted(password_hash: str | None, password: str) -> bool:
        asked.append(password_hash)
        return check(password_hash, password)

    monkeypatch.setattr(passwords, "password_fits", counted)
    with reading(deps.engine) as session:
        assert users.check_credentials(session, "nobody", PASSWORD) is None
    assert asked == [None]
    assert passwords.password_fits(None, PASSWORD) is False


def test_a_hash_of_weaker_parameters_is_renewed_at_the_sign_in_and_no_other_is(anyone: TestClient, deps: Deps) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with writing(deps.engine) as session:
        admin = users.find(session, "admin")
        assert admin is not None
        admin.password_hash = weak
    _sign_in(anyone, "admin", PASSWORD)
    renewed = _hash_of(deps, "admin")
    assert renewed != weak
    assert passwords.password_fits(renewed, PASSWORD)
    _sign_in(anyone, "admin", PASSWORD)
    assert _hash_of(deps, "admin") == renewed


def test_sign_in_is_throttled_by_name_and_address(anyone: TestClient) -> None:
    for _ in range(5):
        anyone.post("/api/v1/sign-in", json={"username": "admin", "password": "wrong wrong wrong"})
    answer = anyone.post("/api/v1/sign-in", json={"username": "admin", "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many")
    assert int(answer.headers["retry-after"]) > 0
    assert anyone.post("/api/v1/sign-in", json={"username": "auditor", "password": PASSWORD}).status_code == 200


def test_two_web_processes_share_the_throttle_through_redis(redis: Redis) -> None:
    one, other = Throttle(redis), Throttle(redis)
    limits = sign_in_limits("admin", "10.0.0.1", 2, 30)
    one.hit(limits)
    other.hit(limits)
    with pytest.raises(Problem, match="Too many"):
        one.hit(limits)


def test_a_cookie_session_needs_its_csrf_value_to_change_something(anyone: TestClient) -> None:
    answer = _sign_in(anyone, "admin", PASSWORD, use="cookie")
    assert answer["token"] is None
    assert anyone.get("/api/v1/me").status_code == 200
    hall = {"id": "A", "name": "Hall A"}
    refused = anyone.post("/api/v1/halls", json=hall)
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf")
    made = anyone.post("/api/v1/halls", json=hall, headers={"X-CSRF-Token": answer["csrf_token"]})
    assert made.status_code == 201


def test_the_cookie_is_out_of_scripts_reach_and_stays_on_this_site(anyone: TestClient) -> None:
    answer = anyone.post("/api/v1/sign-in", json={"username": "admin", "password": PASSWORD, "use": "cookie"})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie


def test_a_session_ends_by_sign_out_by_time_and_by_idling(anyone: TestClient, clock: ManualClock) -> None:
    out = _bearer(_sign_in(anyone, "admin", PASSWORD)["token"])
    anyone.post("/api/v1/sign-out", headers=out)
    assert anyone.get("/api/v1/me", headers=out).status_code == 401
    kept = _bearer(_sign_in(anyone, "admin", PASSWORD)["token"])
    clock.advance(3600)
    assert anyone.get("/api/v1/me", headers=kept).status_code == 200
    clock.advance(1.5 * 3600)
    assert anyone.get("/api/v1/me", headers=kept).status_code == 200, "used an hour and a half ago"
    clock.advance(2.1 * 3600)
    assert anyone.get("/api/v1/me", headers=kept).status_code == 401


def test_who_signed_in_and_out_and_who_was_refused_stands_in_the_audit_log(anyone: TestClient, deps: Deps) -> None:
    for name in ("admin", "nobody"):
        anyone.post("/api/v1/sign-in", json={"username": name, "password": "not this one, sorry"})
    one = _bearer(_sign_in(anyone, "admin", PASSWORD)["token"])
    anyone.post("/api/v1/sign-out", headers=one)
    other = _bearer(_sign_in(anyone, "admin", PASSWORD)["token"])
    anyone.post("/api/v1/me/end-sessions", headers=other)
    with reading(deps.engine) as session:
        admin = users.find(session, "admin")
        assert admin is not None
        me = f"user:{admin.id}"
        entries = session.exec(select(AuditEntry)).all()
    assert [(entry.actor, entry.action, entry.subject) for entry in entries] == [
        ("machine", "user.sign_in_refused", me),
        ("machine", "user.sign_in_refused", "user:unknown"),
        (me, "user.sign_in", me),
        (me, "user.sign_out", me),
        (me, "user.sign_in", me),
        (me, "user.end_sessions", me),
    ]
    assert {entry.source for entry in entries} == {"testclient"}
    assert not any("nobody" in entry.model_dump_json() for entry in entries), "what was typed may be a password"


def test_a_throttled_attempt_writes_nothing(anyone: TestClient, deps: Deps) -> None:
    for _ in range(9):
        anyone.post("/api/v1/sign-in", json={"username": "admin", "password": "wrong wrong wrong"})
    with reading(deps.engine) as session:
        assert len(session.exec(select(AuditEntry)).all()) == 5


def test_sessions_can_be_ended_everywhere(anyone: TestClient) -> None:
    first = _bearer(_sign_in(anyone, "admin", PASSWORD)["token"])
    second = _bearer(_sign_in(anyone, "admin", PASSWORD)["token"])
    assert anyone.post("/api/v1/me/end-sessions", headers=first).status_code == 204
    assert anyone.get("/api/v1/me", headers=second).status_code == 401


def test_a_one_time_password_opens_nothing_but_its_own_change(anyone: TestClient, deps: Deps) -> None:
    with writing(deps.engine) as session:
        _, one_time = users.create_user(session, "new.admin", "admin", NOW)
    assert one_time is not None
    own = _bearer(_sign_in(anyone, "new.admin", one_time)["token"])
    refused = anyone.get("/api/v1/halls", headers=own)
    assert (refused.status_code, refused.json()["code"]) == (403, "change_password_first")
    changed = anyone.post("/api/v1/me/password", json={"old": one_time, "new": PASSWORD}, headers=own)
    assert changed.status_code == 204
    assert anyone.get("/api/v1/halls", headers=own).status_code == 200


def test_the_first_admin_is_made_once_and_from_no_default(deps: Deps) -> None:
    with writing(deps.engine) as session:
        assert users.first_admin(session, NOW) is None, "there are users already"
        for user in session.exec(select(User)):
            session.delete(user)
        session.flush()
        one_time = users.first_admin(session, NOW)
        assert one_time is not None and len(one_time) >= 16
        assert users.check_credentials(session, "admin", one_time) is not None


def test_what_was_changed_of_an_account_stands_in_the_audit_log_and_no_password(
    anyone: TestClient, deps: Deps, signed_in: Callable[[str], httpx.Headers]
) -> None:
    made = anyone.post("/api/v1/users", json={"username": "eve", "role": "auditor"}, headers=signed_in("super_admin"))
    change = {"role": "invigilator", "active": False, "password": "a secret that is long"}
    path = f"/api/v1/users/{made.json()['id']}"
    assert anyone.patch(path, json=change, headers=signed_in("super_admin")).status_code == 200
    with reading(deps.engine) as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "user.change")).one()
    assert entry.before == {"role": "auditor", "active": True}
    assert entry.after == {"role": "invigilator", "active": False, "password": "set"}


def test_the_last_super_admin_stays(anyone: TestClient, deps: Deps) -> None:
    own = _bearer(_sign_in(anyone, "super_admin", PASSWORD)["token"])
    me = anyone.get("/api/v1/me", headers=own).json()["id"]
    for change in ({"active": False}, {"role": "admin"}):
        assert anyone.patch(f"/api/v1/users/{me}", json=change, headers=own).json()["code"] == "last_super_admin"


def test_an_invigilator_sees_only_assigned_sittings(admin: As, invigilator: As, exam_day: int, deps: Deps) -> None:
    assert invigilator("GET", "/sittings").json() == []
    with reading(deps.engine) as session:
        user = users.find(session, "invigilator")
        assert user is not None
    assert admin("PUT", f"/sittings/{exam_day}/invigilators/{user.id}").status_code == 200
    assert [sitting["id"] for sitting in invigilator("GET", "/sittings").json()] == [exam_day]
    assert admin("DELETE", f"/sittings/{exam_day}/invigilators/{user.id}").status_code == 204
    assert invigilator("GET", f"/sittings/{exam_day}/roster").status_code == 403


def test_only_invigilators_are_assigned(admin: As, exam_day: int, deps: Deps) -> None:
    with reading(deps.engine) as session:
        user = users.find(session, "auditor")
        assert user is not None
    refused = admin("PUT", f"/sittings/{exam_day}/invigilators/{user.id}")
    assert (refused.status_code, refused.json()["code"]) == (422, "not_an_invigilator")


def _sign_in(client: TestClient, name: str, password: str, **more: str) -> dict[str, Any]:
    answer = client.post("/api/v1/sign-in", json={"username": name, "password": password, **more})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _hash_of(deps: Deps, username: str) -> str:
    with reading(deps.engine) as session:
        user = users.find(session, username)
        assert user is not None
        return user.password_hash
