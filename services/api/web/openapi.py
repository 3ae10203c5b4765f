"""The OpenAPI document: every operation with who may do it, from the permission table."""

from copy import deepcopy
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.constants import REF_PREFIX
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema

from services.api.auth.roles import RULES, Rule
from services.api.auth.service_tokens import NOT_FOR_TOKENS
from services.api.office.live import LiveChange, LiveState
from services.api.web import openapi_examples
from services.api.web.kiosk_feed import ScreenOutcome, ScreenPracticeEnded, ScreenPrompt, ScreenState, Trouble

_SCHEMES = {
    "session": {"type": "http", "scheme": "bearer", "description": "The token that /sign-in gives."},
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "nero_session",
        "description": "Changes also need X-CSRF-Token.",
    },
    "service": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A service token from /tokens: its role, within its scopes (`resource:read`, `resource:write`).",
    },
    "link": {"type": "http", "scheme": "bearer", "description": "The token of a link that was mailed to a student."},
    "kiosk": {"type": "http", "scheme": "bearer", "description": "A kiosk's token."},
}
_STREAMED = (
    LiveState,
    LiveChange,
    ScreenState,
    ScreenPrompt,
    ScreenOutcome,
    ScreenPracticeEnded,
    Trouble,
)


def install(app: FastAPI) -> None:
    """Let `app.openapi()` make the document once."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    routes = [route for route in app.routes if isinstance(route, APIRoute) and route.include_in_schema]
    for route in routes:
        route.operation_id = route.unique_id = route.name
    schema = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=routes)
    schema.setdefault("components", {})["securitySchemes"] = _SCHEMES
    for route in routes:
        for method in route.methods or ():
            operation = schema["paths"][route.path_format][method.lower()]
            _describe(operation, RULES[route.name])
    _add_streamed(schema["components"]["schemas"])
    openapi_examples.complete(schema)
    return schema


def _add_streamed(schemas: dict[str, Any]) -> None:
    """Add what the streams tell, to which `stream_answer` refers."""
    _, made = models_json_schema([(one, "serialization") for one in _STREAMED], ref_template=REF_PREFIX + "{model}")
    for name, schema in made["$defs"].items():
        schemas.setdefault(name, deepcopy(schema))


def _describe(operation: dict[str, Any], rule: Rule) -> None:
    for status, answer in operation["responses"].items():
        if status >= "400" and "application/json" in answer.get("content", {}):
            answer["content"]["application/problem+json"] = answer["content"].pop("application/json")
    if rule.public:
        operation["security"] = []
        return
    users: list[dict[str, list[str]]] = [{"session": []}, {"cookie": []}] if rule.roles else []
    if rule.roles & {"admin", "auditor"} and not set(operation["tags"]) & NOT_FOR_TOKENS:
        users.append({"service": []})
    users += [{"kiosk": []}] if rule.kiosk else []
    operation["security"] = users + ([{"link": []}] if rule.link else [])
    who = sorted(rule.roles) + (["the kiosk itself"] if rule.kiosk else [])
    who += ["the student whom the link was sent to"] if rule.link else []
    only = " (an invigilator: of assigned sittings)" if rule.scope else ""
    operation["description"] = f"{operation.get('description', '')}\n\nFor: {', '.join(who)}{only}.".strip()
