"""Every route is asked by every role, by a kiosk and by nobody, and the permission table says what each gets."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, APIWebSocketRoute
from fastapi.testclient import TestClient
from starlette.routing import Mount

from services.api.auth import sessions, users
from services.api.auth.roles import ROLES, RULES
from services.api.db.engine import writing
from services.api.db.tables import Assignment, Review
from services.api.web.deps import Deps
from services.api.web.guard import GuardedRoute
from tests.api_web.cases import open_case
from tests.api_web.conftest import NOW, As
from tests.api_web.serving import Server

NOTHING = {"sitting_id": "99", "review_id": "99", "attempt_id": "99", "user_id": "99", "exam_id": "99"}
"""Ids of nothing, so that who is allowed to delete deletes nothing."""
ENDS_SESSIONS = {"sign_out", "end_my_sessions"}


@dataclass(frozen=True)
class Walk:
    """A running server, and the ids of what is really there."""

    client: httpx.Client
    deps: Deps
    there: dict[str, str]
    kiosk_token: str
    tokens: dict[str, str]

    def ask(self, method: str, path: str, token: str | None) -> int:
        """Return the status alone: some answers never end."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with self.client.stream(method, path, headers=headers, json={}) as answer:
            return answer.status_code

    def token_of(self, role: str) -> str:
        """Open a session, afresh after one that an operation ended."""
        if role in self.tokens:
            return self.tokens[role]
        with writing(self.deps.engine) as session:
            user = users.find(session, role)
            assert user is not None
            self.tokens[role] = sessions.open_session(session, user, NOW, self.deps.settings.api, "", "")[0]
        return self.tokens[role]


@pytest.fixture
def walk(admin: As, exam_day: int, deps: Deps) -> Iterator[Walk]:
    """Hall A's door has a kiosk, an attempt and a case."""
    admin.make("/kiosks", id="A__door1", hall="A")
    token = str(admin.make("/kiosks/A__door1/token")["token"])
    with writing(deps.engine) as session:
        case = open_case(session, exam_day, "liveness_failed")
        attempt_id, review_id = str(case.attempt_id), str(case.id)
    server = Server(deps)
    there = {"sitting_id": str(exam_day), "review_id": review_id, "attempt_id": attempt_id, "kiosk_id": "A__door1"}
    with httpx.Client(base_url=server.url, timeout=60) as client:
        yield Walk(client, deps, there, token, {})
    server.stop()


def test_no_route_is_without_a_rule_and_no_rule_without_a_route(app: FastAPI) -> None:
    operations = set()
    for route in app.routes:
        if isinstance(route, Mount):
            assert route.path == "/static"
            continue
        assert isinstance(route, GuardedRoute | APIWebSocketRoute), f"{route} is not guarded"
        operations.add(route.name)
    pages = {name for name in RULES if name.startswith("page_")}  # held against the pages in tests/office
    assert operations == set(RULES) - pages


def test_a_route_without_a_rule_is_refused_to_everyone(deps: Deps, walk: Walk, app: FastAPI) -> None:
    app.router.routes.insert(0, GuardedRoute("/api/v1/forgotten", lambda: {"secret": 1}, name="forgotten"))

    with TestClient(app) as client:
        headers = {"Authorization": f"Bearer {walk.token_of('super_admin')}"}
        assert client.get("/api/v1/forgotten", headers=headers).status_code == 403


def test_every_role_gets_what_the_table_says(app: FastAPI, walk: Walk) -> None:
    wrong = []
    for route in _routes(app):
        rule = RULES[route.name]
        for role in ROLES:
            allowed = rule.public or (role in rule.roles and not (role == "invigilator" and rule.scope))
            path = _path(route, walk.there if role == "invigilator" else NOTHING)
            wrong += _check(walk, route, path, walk.token_of(role), role, refused_with=None if allowed else 403)
            if route.name in ENDS_SESSIONS:
                del walk.tokens[role]
    assert wrong == []


def test_nobody_gets_only_what_is_public(app: FastAPI, walk: Walk) -> None:
    wrong = []
    for route in _routes(app):
        expected = None if RULES[route.name].public else 401
        for token in (None, "ns_not-a-session", "nk_not-a-kiosk"):
            wrong += _check(walk, route, _path(route, walk.there), token, "nobody", refused_with=expected)
    assert wrong == []


def test_a_kiosk_gets_its_own_and_no_other_kiosks(app: FastAPI, walk: Walk) -> None:
    wrong = []
    for route in _routes(app):
        rule = RULES[route.name]
        own = _path(route, walk.there)
        expected = None if rule.public or rule.kiosk else 403
        wrong += _check(walk, route, own, walk.kiosk_token, "the kiosk", refused_with=expected)
        if rule.kiosk:
            other = _path(route, {**walk.there, "kiosk_id": "B__door1"})
            wrong += _check(walk, route, other, walk.kiosk_token, "another kiosk", refused_with=403)
    assert wrong == []


def test_an_assigned_invigilator_gets_the_sitting_its_attempts_and_its_cases(app: FastAPI, walk: Walk) -> None:
    with writing(walk.deps.engine) as session:
        user = users.find(session, "invigilator")
        assert user is not None
        session.add(Assignment(user_id=user.id or 0, sitting_id=int(walk.there["sitting_id"])))
    wrong = []
    for route in _routes(app):
        rule = RULES[route.name]
        if rule.scope and "invigilator" in rule.roles:
            wrong += _check(
                walk, route, _path(route, walk.there), walk.token_of("invigilator"), "assigned", refused_with=None
            )
    assert wrong == []


def test_a_case_of_nobodys_sitting_concerns_who_watches_that_hall(walk: Walk) -> None:
    path = f"/api/v1/reviews/{walk.there['review_id']}"
    with writing(walk.deps.engine) as session:
        review = session.get_one(Review, int(walk.there["review_id"]))
        review.sitting_id = None
        session.add(review)
    assert walk.ask("GET", path, walk.token_of("invigilator")) == 403
    with writing(walk.deps.engine) as session:
        user = users.find(session, "invigilator")
        assert user is not None
        session.add(Assignment(user_id=user.id or 0, sitting_id=int(walk.there["sitting_id"])))
    assert walk.ask("GET", path, walk.token_of("invigilator")) == 200


def _routes(app: FastAPI) -> list[APIRoute]:
    return [route for route in app.routes if isinstance(route, APIRoute)]


def _path(route: APIRoute, ids: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: ids.get(found[1], "nobody"), route.path)


def _check(
    walk: Walk, route: APIRoute, path: str, token: str | None, who: str, *, refused_with: int | None
) -> list[str]:
    wrong = []
    for method in sorted(route.methods or ()):
        status = walk.ask(method, path, token)
        fits = status == refused_with if refused_with else status not in (401, 403)
        if not fits:
            wrong.append(f"{who}: {method} {path} answered {status}, expected {refused_with or 'to be let in'}")
    return wrong
