"""How every resource's router is made: guarded routes under /api/v1, with the documented errors."""

from typing import Any

from fastapi import APIRouter
from fastapi.openapi.constants import REF_PREFIX
from pydantic import BaseModel

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


def file_answer(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """Document an answer that is a file, of one of these kinds."""
    kinds = [kind.partition(";")[0] for kind in media_types]
    return {200: {"content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds}}}


def photo_answer() -> dict[int | str, dict[str, Any]]:
    """Document a photo as it was sent in: in whichever format that was."""
    return file_answer("image/jpeg", "image/png", "image/webp")


def photos_body(**fields: str) -> dict[str, Any]:
    """Give a form with photos an example."""
    form = {"photo": ["the bytes of ada.jpg"], **fields}
    return {"requestBody": {"content": {"multipart/form-data": {"example": form}}}}


def stream_answer(**events: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """Document a stream of server-sent events: what the data of each of them is, as JSON."""
    told = {name: f"{REF_PREFIX}{shape.__name__}" for name, shape in events.items()}
    lines = [f"- `{name}`: [{ref.rsplit('/', 1)[-1]}]({ref})" for name, ref in told.items()]
    media = {"schema": {"type": "string"}, "x-events": {name: {"$ref": ref} for name, ref in told.items()}}
    text = "Server-sent events until one side goes; the data of each is JSON:\n\n" + "\n".join(lines)
    return {200: {"description": text, "content": {"text/event-stream": media}}}
