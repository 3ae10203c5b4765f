"""The OpenAPI document: whole, resolvable, with who may do what and how it fails."""

from collections.abc import Iterator
from typing import Any

from fastapi.testclient import TestClient

from services.api.auth.roles import RULES


def test_every_operation_says_what_it_does_who_may_and_how_it_fails(anyone: TestClient) -> None:
    document = anyone.get("/api/v1/openapi.json").json()
    for path, operation in _operations(document):
        assert operation["summary"] and operation["description"], path
        rule = RULES[operation["operationId"]]
        assert bool(operation["security"]) != rule.public, path
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert list(answer["content"]) == ["application/problem+json"], path


def test_every_reference_leads_somewhere(anyone: TestClient) -> None:
    document = anyone.get("/api/v1/openapi.json").json()
    for reference in _references(document):
        at: Any = document
        for part in reference.removeprefix("#/").split("/"):
            at = at[part]


def test_what_is_sent_has_an_example(anyone: TestClient) -> None:
    document = anyone.get("/api/v1/openapi.json").json()
    schemas = document["components"]["schemas"]
    for name in (
        "StudentCreate",
        "HallCreate",
        "KioskCreate",
        "ExamCreate",
        "SittingCreate",
        "RosterPut",
        "CaseAnswer",
    ):
        assert schemas[name]["examples"], name


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)
