"""How every resource's router is made: guarded routes under /api/v1, with the documented errors."""

from typing import Any

from fastapi import APIRouter

from services.api.problems import ProblemBody
from services.api.web.guard import GuardedRoute

PREFIX = "/api/v1"
_MEANINGS = {
    401: "Sign in first.",
    403: "Your role may not do this, or the sitting is not yours.",
    404: "There is no such thing.",
    409: "It clashes with what is there, or was changed meanwhile.",
    413: "The request is too large.",
    422: "Something in the request is wrong; `where` and `problems` say what.",
    429: "Too many attempts; `Retry-After` says when again.",
    503: "The database does not answer.",
}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "model": ProblemBody} for status, text in _MEANINGS.items()
}


def router(tag: str) -> APIRouter:
    """Make the router of one resource."""
    return APIRouter(prefix=PREFIX, tags=[tag], route_class=GuardedRoute, responses=PROBLEMS)


def file_answer(media_type: str) -> dict[int | str, dict[str, Any]]:
    """Document an answer that is a file."""
    return {200: {"content": {media_type: {"schema": {"type": "string", "format": "binary"}}}}}
