"""The OpenAPI document: whole, resolvable, with who may do what, how it fails, and what it looks like."""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from fastapi.testclient import TestClient

from services.api.auth.roles import RULES

PHOTO = {"image/jpeg", "image/png", "image/webp"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REPORT = {"text/csv", "application/pdf", XLSX}
FILES = {
    "report_sitting_file": REPORT,
    "report_student_file": REPORT,
    "get_job_file": REPORT,
    "get_sealed_file": {"application/pdf", "text/csv"},
    "get_amended_file": {"application/pdf", "text/csv"},
    "export_sitting_audit": {"text/csv", "application/json"},
    "get_student_photo": PHOTO,
    "get_photo": PHOTO,
    "get_submitted_photo": PHOTO,
    "get_proposed_photo": PHOTO,
    "get_review_photo": PHOTO,
    "get_person_photo": PHOTO,
    "kiosk_outcome_photo": PHOTO,
}
LIVE = {"snapshot": "LiveState", "change": "LiveChange"}
SCREEN = {"state": "ScreenState", "prompt": "ScreenPrompt", "trouble": "Trouble"}
STREAMS = {
    "live_sitting": LIVE,
    "live_hall": LIVE,
    "kiosk_events": {**SCREEN, "outcome": "ScreenOutcome"},
    "practice_events": {**SCREEN, "practice_ended": "ScreenPracticeEnded"},
}


@pytest.fixture
def document(anyone: TestClient) -> dict[str, Any]:
    """The document, as anybody reads it."""
    read: dict[str, Any] = anyone.get("/api/v1/openapi.json").json()
    return read


def test_every_operation_says_what_it_does_who_may_and_how_it_fails(document: dict[str, Any]) -> None:
    for path, operation in _operations(document):
        assert operation["summary"] and operation["description"], path
        rule = RULES[operation["operationId"]]
        assert bool(operation["security"]) != rule.public, path
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert list(answer["content"]) == ["application/problem+json"], path


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for reference in _references(document):
        _at(document, reference)


def test_every_json_body_and_every_json_answer_has_an_example(document: dict[str, Any]) -> None:
    assert [where for where, media in _json(document) if not _examples(media, document)] == []


def test_every_example_is_what_it_is_an_example_of(document: dict[str, Any]) -> None:
    media = [(where, one["schema"], _examples(one, document)) for where, one in _json(document)]
    shapes = document["components"]["schemas"]
    named = [(name, {"$ref": f"#/components/schemas/{name}"}, shapes[name].get("examples", [])) for name in shapes]
    wrong = [
        f"{where}: {error.message}"
        for where, schema, examples in media + named
        for example in examples
        for error in _validator(schema, document).iter_errors(example)
    ]
    assert wrong == []


def test_every_other_body_has_an_example_or_says_what_it_is(document: dict[str, Any]) -> None:
    for path, operation in _operations(document):
        body = operation.get("requestBody", {})
        for kind, media in body.get("content", {}).items():
            said = body.get("description") or media["schema"].get("description")
            assert _examples(media, document) or (media["schema"]["format"] == "binary" and said), f"{path}: {kind}"


def test_a_file_is_of_one_of_the_kinds_that_the_document_names(document: dict[str, Any]) -> None:
    answered = {
        one["operationId"]: one["responses"]["200"] for _, one in _operations(document) if "200" in one["responses"]
    }
    for operation_id, kinds in FILES.items():
        assert set(answered[operation_id]["content"]) == kinds, operation_id


def test_a_stream_names_the_shape_of_each_event(document: dict[str, Any]) -> None:
    answered = {one["operationId"]: one["responses"].get("200", {}) for _, one in _operations(document)}
    streams = {name for name, answer in answered.items() if "text/event-stream" in answer.get("content", {})}
    assert streams == set(STREAMS)
    for operation_id, events in STREAMS.items():
        references = {name: f"#/components/schemas/{shape}" for name, shape in events.items()}
        told = answered[operation_id]["content"]["text/event-stream"]["x-events"]
        assert told == {name: {"$ref": reference} for name, reference in references.items()}, operation_id
        for name, reference in references.items():
            assert f"- `{name}`: " in answered[operation_id]["description"]
            assert f"({reference})" in answered[operation_id]["description"]


def test_a_screen_is_told_nothing_of_who_somebody_is(document: dict[str, Any]) -> None:
    for shape in ("ScreenPrompt", "ScreenOutcome", "ScreenPracticeEnded"):
        told = set(document["components"]["schemas"][shape]["properties"])
        assert not {"student_id", "trace_id", "event_id", "aim"} & told, shape


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def _json(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every JSON body, and every JSON answer that is no error."""
    for path, operation in _operations(document):
        parts = {"body": operation.get("requestBody", {}), **operation["responses"]}
        for what, part in parts.items():
            media = part.get("content", {}).get("application/json")
            if media is not None and (what == "body" or what < "300"):
                yield f"{path} {what}", media


def _examples(media: dict[str, Any], document: dict[str, Any]) -> list[Any]:
    """Return what stands beside the schema; else what stands on it."""
    if "example" in media:
        return [media["example"]]
    schema = media["schema"]
    if "$ref" in schema:
        schema = _at(document, schema["$ref"])
    examples: list[Any] = schema.get("examples", [])
    return examples


def _validator(schema: dict[str, Any], document: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator({**schema, "components": document["components"]}, validate_formats=True)


def _at(document: dict[str, Any], reference: str) -> Any:
    at: Any = document
    for part in reference.removeprefix("#/").split("/"):
        at = at[part]
    return at


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)
