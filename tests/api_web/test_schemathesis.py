"""Whatever is sent to whatever operation: no error of ours, no status and no shape that the document does not name."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.api.auth import sessions, users
from services.api.db.engine import writing
from services.api.web.deps import Deps
from tests.api_web.conftest import NOW, As
from tests.api_web.serving import Server

EXAMPLES = 12
STREAMS = {"live_sitting", "kiosk_events"}
"""These never end; tests/api_web/test_live.py and tests/browser read them."""
CHECKS: list[Any] = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
Operation = Any


@schemathesis.serializer("application/zip")
def _archive(_context: Any, value: Any) -> bytes:
    """Send what was made up as it is: no archive at all, mostly."""
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture
def headers_of(deps: Deps) -> Callable[[], dict[str, str]]:
    """Headers of the super_admin, with a fresh session: some operations end them all."""

    def fresh() -> dict[str, str]:
        with writing(deps.engine) as session:
            user = users.find(session, "super_admin")
            assert user is not None
            user.active, user.role, user.must_change_password = True, "super_admin", False
            session.add(user)
            token, _ = sessions.open_session(session, user, NOW, deps.settings.api, "", "")
        return {"Authorization": f"Bearer {token}"}

    return fresh


def test_no_operation_breaks_its_document_whatever_it_is_sent(
    app: FastAPI, deps: Deps, exam_day: int, admin: As, headers_of: Callable[[], dict[str, str]]
) -> None:
    admin.make("/kiosks", id="A__door1", hall="A")
    schema = schemathesis.openapi.from_dict(app.openapi())
    server = Server(deps)
    wrong = [problem for operation in _operations(schema) for problem in _tried(operation, server.url, headers_of)]
    server.stop()
    assert wrong == []


def _operations(schema: Any) -> Iterator[Operation]:
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.definition.raw["operationId"] not in STREAMS:
            yield operation


def _tried(operation: Operation, url: str, headers_of: Callable[[], dict[str, str]]) -> list[str]:
    """Send generated requests, as the one who may do everything; return what went wrong first, if anything."""
    headers = headers_of()

    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def sent(case: Any) -> None:
        nonlocal headers
        answer = _send(case, url, headers)
        if answer.status_code == 401:
            headers = headers_of()
            answer = _send(case, url, headers)
        assert answer.status_code < 500 or answer.status_code == 503, f"{answer.status_code}: {answer.text[:300]}"
        case.validate_response(answer, checks=CHECKS)

    try:
        sent()
    except (AssertionError, schemathesis.errors.SchemathesisError, ExceptionGroup) as error:
        return [f"{operation.method} {operation.path}: {_said(error)}"]
    return []


def _send(case: Any, url: str, headers: dict[str, str]) -> Any:
    return case.call(base_url=url, headers=headers, timeout=30)


def _said(error: BaseException) -> str:
    if isinstance(error, ExceptionGroup):
        return "; ".join(_said(one) for one in error.exceptions)
    return str(error).strip().replace("\n", " ")[:400]
