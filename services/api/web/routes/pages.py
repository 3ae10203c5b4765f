"""Pages and what machines ask: the kiosk's page, health, metrics, the OpenAPI document."""

from importlib import resources
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from services.api import words
from services.api.db import engine as db
from services.api.web.deps import Deps, DepsDep
from services.api.web.guard import GuardedRoute
from services.api.web.headers import content_security_policy
from services.api.web.webcam import webcam_host
from shared.events import KioskId
from shared.health import measure_disk
from shared.metrics import BROKER_UP

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)
_STATIC = resources.files("services.api.web") / "static"


@router.get("/kiosk", response_class=HTMLResponse)
def kiosk_pairing_page(request: Request, deps: DepsDep) -> HTMLResponse:
    """Return the page of a screen that is no kiosk's yet: it shows a code to be typed in the office."""
    return _screen(request, deps)


@router.get("/kiosk/{kiosk_id}", response_class=HTMLResponse)
def kiosk_page(kiosk_id: Annotated[KioskId, Path()], request: Request, deps: DepsDep) -> HTMLResponse:  # noqa: ARG001
    """Return the kiosk's page: the same for every kiosk, and with nothing in it."""
    return _screen(request, deps)


@router.get("/hall/{sitting_id}/{hall_id}", response_class=HTMLResponse)
def hall_page(
    sitting_id: Annotated[int, Path(ge=1, lt=2**31)],  # noqa: ARG001
    hall_id: Annotated[str, Path(max_length=64)],  # noqa: ARG001
) -> HTMLResponse:
    """Return the invigilator's page: the same for every hall, and with nothing in it."""
    return HTMLResponse((_STATIC / "hall.html").read_text(encoding="utf-8"))


@router.get("/hall", response_class=HTMLResponse)
def hall_entrance() -> HTMLResponse:
    """Return the page at which an invigilator takes a hall over by a colleague's code."""
    return HTMLResponse((_STATIC / "hall.html").read_text(encoding="utf-8"))


@router.get("/hall/worker.js", response_class=Response)
def hall_worker() -> Response:
    """Return what keeps the invigilator's page in the browser, so that it opens while the link is lost."""
    text = (_STATIC / "hall" / "worker.js").read_text(encoding="utf-8")
    return Response(text, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@router.get("/", response_class=RedirectResponse)
def front_door() -> RedirectResponse:
    """Lead to the office's pages, who comes by the bare address."""
    return RedirectResponse("/office/", 303)


@router.get("/sign-in", response_class=HTMLResponse)
def sign_in_page() -> HTMLResponse:
    """Return the page to sign in at."""
    return HTMLResponse((_STATIC / "sign-in.html").read_text(encoding="utf-8"))


@router.get("/static/languages.json")
def list_languages() -> dict[str, str]:
    """Return every language that there is a catalogue of: what it calls itself."""
    return {language: words.words_of(language).say("language.name") for language in words.languages()}


@router.get("/health")
def health(deps: DepsDep) -> JSONResponse:
    """Return how this process and what it stands on are."""
    _look(deps)
    document = deps.health.document()
    return JSONResponse(document, 200 if document["ok"] else 503)


@router.get("/health/live")
def alive() -> dict[str, bool]:
    """Answer as long as the process runs: whether to restart it, which another's trouble is no reason for."""
    return {"ok": True}


@router.get("/metrics")
def metrics(deps: DepsDep) -> Response:
    """Return the metrics of this process, with what is measured at each scrape."""
    measure_disk(deps.settings.data_dir)
    _look_at_redis(deps, "events", deps.events)
    _look_at_redis(deps, "frames", deps.frames)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@router.get("/api/v1/openapi.json")
def openapi_document(request: Request) -> dict[str, Any]:
    """Return the OpenAPI document."""
    document: dict[str, Any] = request.app.openapi()
    return document


def _screen(request: Request, deps: Deps) -> HTMLResponse:
    policy = content_security_policy(webcam_host(request, deps.settings.api))
    text = (_STATIC / "kiosk.html").read_text(encoding="utf-8")
    language = words.words_of(deps.settings.api.language).language
    text = text.replace('<html lang="en">', f'<html lang="{language}">', 1)
    return HTMLResponse(text, headers={"Content-Security-Policy": policy})


def _look(deps: Deps) -> None:
    _look_at_redis(deps, "events", deps.events)
    _look_at_redis(deps, "frames", deps.frames)
    try:
        with db.reading(deps.engine) as session:
            session.connection().execute(text("SELECT 1"))
        deps.health.set("database", True, "the database answers")
    except SQLAlchemyError as error:
        deps.health.set("database", False, f"the database does not answer: {type(error).__name__}")


def _look_at_redis(deps: Deps, name: str, redis: "Redis") -> None:
    try:
        redis.ping()
        BROKER_UP.labels(name).set(1)
        deps.health.set(f"{name} redis", True, f"the {name} Redis answers")
    except RedisError as error:
        BROKER_UP.labels(name).set(0)
        deps.health.set(f"{name} redis", False, f"the {name} Redis does not answer: {type(error).__name__}")
