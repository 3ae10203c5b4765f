"""Every error leaves as `application/problem+json`, with the same shape."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.api.problems import Problem, ProblemBody
from services.api.words import wrong_field
from shared import logs

_log = logs.get("web")
_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def answer(status: int, body: ProblemBody, headers: dict[str, str] | None = None) -> Response:
    """Return the problem as a response."""
    return JSONResponse(body.model_dump(), status, headers, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(IntegrityError, _clash)
    app.add_exception_handler(DataError, _not_storable)
    app.add_exception_handler(OperationalError, _database_away)
    app.add_exception_handler(Exception, _bug)


def _http(request: Request, error: Exception) -> Response:
    if isinstance(error, Problem):
        return answer(error.status_code, error.body, dict(error.headers or {}))
    assert isinstance(error, HTTPException)
    code, values = _CODES.get(error.status_code, "refused"), {"key": request.url.path}
    body = ProblemBody(code=code, message=str(error.detail), where=None, values=values)
    return answer(error.status_code, body, dict(error.headers or {}))


def _validation(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    rows = [wrong_field(".".join(map(str, problem["loc"][1:])), problem) for problem in error.errors()]
    first = rows[0]
    return answer(
        422, ProblemBody(code="invalid", message=f"{first.where}: {first.message}", where=first.where, problems=rows)
    )


def _clash(_request: Request, error: Exception) -> Response:
    """The database's own rules (unique, foreign key) had the last word."""
    _log.info("refused by the database's rules", error=type(error).__name__)
    return answer(
        409,
        ProblemBody(
            code="clash", message="It clashes with what is there, or something still refers to it.", where=None
        ),
    )


def _not_storable(_request: Request, error: Exception) -> Response:
    """The database cannot hold it: a NUL in a text, a number beyond its column."""
    _log.info("refused by the database's types", error=type(error).__name__)
    return answer(
        422,
        ProblemBody(code="not_storable", message="It holds a NUL character or a number that is too large.", where=None),
    )


def _database_away(_request: Request, error: Exception) -> Response:
    _log.warning("database unavailable", error=type(error).__name__)
    return answer(
        503,
        ProblemBody(
            code="database_unavailable", message="The database does not answer. Try again shortly.", where=None
        ),
        {"Retry-After": "5"},
    )


def _bug(_request: Request, _error: Exception) -> Response:
    """The server logs it, by type and place: see `shared.logs`."""
    return answer(500, ProblemBody(code="bug", message="It failed. See the log of the web process.", where=None))
