"""Whatever is sent to whatever operation: no error of ours, no status and no shape that the document does not name.

Each operation is asked by somebody whom the permission table lets do it, every other time about something that is
there; what the document gives as the body's example is sent first.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import httpx
import jsonschema_rs
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
from sqlmodel import select

from services.api.db.engine import writing
from services.api.db.tables import RosterEntry
from services.api.web.deps import Deps
from shared.events import PracticeEnded, Prompt
from shared.kiosk_channel import KioskChannel
from tests.api_web.conftest import NOW, As
from tests.api_web.senders import KIOSK, Headers, Senders, outcome
from tests.api_web.serving import Server
from tests.api_web.streams import Following

EXAMPLES = 5
STREAMS = {"live_sitting", "live_hall", "kiosk_events", "practice_events"}
"""These never end: they are opened and closed."""
LAST = {
    *("change_user", "change_student", "withdraw_consent", "decline_recognition", "submit_photos"),
    *("change_hall", "change_kiosk", "change_exam", "change_sitting"),
    *("set_seats", "replace_roster", "patch_roster", "import_roster_csv", "save_grid", "decide_review"),
    *("seal_hall", "move_sitting", "cancel_sitting", "reinstate_sitting"),
}
"""These, and whatever deletes, come last: what the others are about is no longer there after them."""
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
def server(deps: Deps) -> Iterator[Server]:
    """The app, served."""
    server = Server(deps)
    yield server
    server.stop()


@pytest.fixture
def senders(deps: Deps, server: Server, admin: As, exam_day: int) -> Iterator[Senders]:
    """Whoever may."""
    admin.make("/kiosks", id=KIOSK, hall="A")
    senders = Senders(deps, server.url, exam_day)
    yield senders
    senders.close()


@pytest.mark.timeout(400)
def test_no_operation_breaks_its_document_whatever_it_is_sent(app: FastAPI, server: Server, senders: Senders) -> None:
    schema = schemathesis.openapi.from_dict(app.openapi())
    tries = [_Tries(operation, server.url, senders, app.openapi()) for operation in _operations(schema)]
    assert [problem for one in tries for problem in one.problems()] == []
    assert [one.name for one in tries if one.statuses <= {401, 403}] == [], "nobody was let in to try them"


def test_a_stream_tells_what_its_document_names(app: FastAPI, deps: Deps, server: Server, senders: Senders) -> None:
    document = app.openapi()
    for operation_id in sorted(STREAMS):
        path, operation = _found(document, operation_id)
        headers = senders.headers(operation_id)
        url = path.format(**senders.known)
        shapes = operation["responses"]["200"]["content"]["text/event-stream"]["x-events"]
        with httpx.stream("GET", f"{server.url}{url}", headers=headers) as answer:
            assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        told: set[str] = set()
        with Following(server, url.removeprefix("/api/v1"), headers) as following:
            for happens in _happenings(deps, operation_id, senders):
                happens()
                event = next(following)
                shape = {**shapes[event.event], "components": document["components"]}
                wrong = jsonschema_rs.Draft202012Validator(shape).iter_errors(event.data)
                assert [error.message for error in wrong] == [], operation_id
                told.add(event.event)
        assert told == set(shapes) - {"trouble"}, operation_id


def test_a_stream_is_refused_as_its_document_says(app: FastAPI, server: Server, senders: Senders) -> None:
    for operation_id in sorted(STREAMS):
        path, operation = _found(app.openapi(), operation_id)
        headers = senders.headers(operation_id)
        elsewhere = path.format(**{**senders.known, "sitting_id": 999, "kiosk_id": "B__door9"})
        tries: list[tuple[str, Headers]] = [(path.format(**senders.known), {})]
        tries += [(elsewhere, headers)] if elsewhere != path else []
        for url, sent in tries:
            answer = httpx.get(f"{server.url}{url}", headers=sent)
            assert answer.status_code in {401, 403, 404}, operation_id
            assert str(answer.status_code) in operation["responses"], operation_id
            assert answer.headers["content-type"] == "application/problem+json", operation_id


class _Tries:
    """Generated requests to one operation."""

    def __init__(self, operation: Operation, url: str, senders: Senders, document: dict[str, Any]) -> None:
        self.name: str = operation.definition.raw["operationId"]
        self._example = _example(operation, document)
        self.statuses: set[int] = set()
        self._operation, self._url, self._senders = operation, url, senders
        self._headers: Headers = {}
        self._sent = 0

    def problems(self) -> list[str]:
        """Send them; return what went wrong first, if anything."""
        self._headers = self._senders.headers(self.name)

        @given(case=self._operation.as_strategy())
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def sent(case: Any) -> None:
            self._aim(case)
            answer = self._answer(case)
            assert answer.status_code < 500 or answer.status_code == 503, f"{answer.status_code}: {answer.text[:300]}"
            case.validate_response(answer, checks=CHECKS)
            if case.body == self._example:
                assert '"code":"invalid"' not in answer.text, f"its example is refused: {answer.text[:300]}"

        try:
            sent()
        except (AssertionError, schemathesis.errors.SchemathesisError, ExceptionGroup) as error:
            return [f"{self._operation.method} {self._operation.path}: {_words_of(error)}"]
        return []

    def _aim(self, case: Any) -> None:
        """Let every other request be about what is there; a kiosk asks for nothing but its own."""
        self._sent += 1
        there = self._senders.known
        known = there if self._sent % 2 else {"kiosk_id": there["kiosk_id"]}
        case.path_parameters.update({name: known[name] for name in case.path_parameters if name in known})
        if self._sent == 1 and self._example is not None:
            case.body = deepcopy(self._example)
        elif self._sent % 2 and isinstance(case.body, dict):
            case.body.update({name: value for name, value in self._senders.body.items() if name in case.body})

    def _answer(self, case: Any) -> Any:
        answer = case.call(base_url=self._url, headers=self._headers, timeout=30)
        if answer.status_code == 401:
            self._headers = self._senders.headers(self.name)
            answer = case.call(base_url=self._url, headers=self._headers, timeout=30)
        self.statuses.add(answer.status_code)
        return answer


def _operations(schema: Any) -> list[Operation]:
    """Return what ends, in the document's order; what takes things away comes last."""
    every = [result.ok() for result in schema.get_all_operations()]
    ending = [one for one in every if _id(one) not in STREAMS]
    return sorted(ending, key=_how_late)


def _how_late(operation: Operation) -> tuple[bool, bool, int]:
    deletes = operation.method.upper() == "DELETE"
    return deletes, _id(operation) in LAST, -len(operation.path) if deletes else 0


def _id(operation: Operation) -> str:
    return str(operation.definition.raw["operationId"])


def _example(operation: Operation, document: dict[str, Any]) -> Any:
    """Return the example of the operation's body; None: it has no JSON body."""
    _, described = _found(document, _id(operation))
    media = described.get("requestBody", {}).get("content", {}).get("application/json", {})
    shape = document["components"]["schemas"].get(media.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1], {})
    return next(iter(shape.get("examples", ())), None)


def _found(document: dict[str, Any], operation_id: str) -> tuple[str, dict[str, Any]]:
    every = ((path, operation) for path, methods in document["paths"].items() for operation in methods.values())
    return next((path, operation) for path, operation in every if operation["operationId"] == operation_id)


def _happenings(deps: Deps, operation_id: str, senders: Senders) -> list[Callable[[], object]]:
    """Return what makes a stream say everything that it can say, one after the other."""
    if operation_id.startswith("live_"):
        return [lambda: None, lambda: _ada_comes_or_goes(deps)]
    channel = KioskChannel(deps.frames, senders.known["kiosk_id"])
    about: Any = {"event_id": "p1", "kiosk_id": senders.known["kiosk_id"], "captured_at": NOW, "trace_id": "t1"}
    ended = PracticeEnded(**about, track_id="t1", result="good", code="match")
    last = (lambda: channel.outcome(outcome())) if operation_id == "kiosk_events" else (lambda: channel.practice(ended))
    return [lambda: None, lambda: channel.prompt(Prompt(**about, code="position", hint="too_far")), last]


def _ada_comes_or_goes(deps: Deps) -> None:
    with writing(deps.engine) as session:
        entry = session.exec(select(RosterEntry).where(RosterEntry.student_id == "S1")).one()
        entry.status = "present" if entry.status == "expected" else "expected"
        session.add(entry)


def _words_of(error: BaseException) -> str:
    if isinstance(error, ExceptionGroup):
        return "; ".join(_words_of(one) for one in error.exceptions)
    return str(error).strip().replace("\n", " ")[:400]
