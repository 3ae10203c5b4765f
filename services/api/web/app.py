"""The app: routes, guard, headers, documents. One function, used by production and tests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources

from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from prometheus_fastapi_instrumentator import Instrumentator
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from services.api.auth import sessions
from services.api.auth.caller import Caller
from services.api.db.marks import CommitMark
from services.api.office import jobs as office_jobs
from services.api.office import links, mail, photos, proposals
from services.api.web import errors, openapi
from services.api.web.deps import Deps
from services.api.web.headers import SecurityHeaders, content_security_policy
from services.api.web.kiosk_feed import KioskFeed
from services.api.web.live_hub import LiveHub
from services.api.web.routes import (
    accounts,
    aiming,
    allowances,
    approvals,
    audit_log,
    bulk,
    closing,
    decisions,
    door_lane,
    exams,
    grid,
    hall,
    imports,
    jobs,
    kiosk,
    look_alikes,
    own_link,
    own_pages,
    own_practice,
    pages,
    pairing,
    places,
    printing,
    readiness,
    reports,
    review_log,
    rosters,
    seats,
    signing_in,
    sitting_moves,
    stills,
    student_records,
    students,
    system,
)
from services.api.web.token_places import TokenPlaces
from services.api.web.typed_numbers import TypedNumbers
from shared import logs
from shared.schedule import ScheduleStore

SWEEP_EVERY_S = 60.0
STATIC = resources.files("services.api.web") / "static"
_RESOURCES = (
    signing_in,
    accounts,
    stills,
    students,
    approvals,
    own_link,
    own_pages,
    own_practice,
    student_records,
    look_alikes,
    places,
    exams,
    sitting_moves,
    seats,
    printing,
    readiness,
    rosters,
    imports,
    bulk,
    allowances,
    grid,
    hall,
    decisions,
    door_lane,
    jobs,
    closing,
    review_log,
    reports,
    audit_log,
    system,
    kiosk,
    pairing,
    aiming,
    pages,
)
_log = logs.get("web")


def api_routes() -> list[APIRoute]:
    """Return every route of the API, as this program has them."""
    return [route for resource in _RESOURCES for route in resource.router.routes if isinstance(route, APIRoute)]


def create_app(deps: Deps) -> FastAPI:
    """Make the app on these dependencies."""
    app = FastAPI(
        title="Nero",
        version="1",
        summary="Exam attendance by face: students, sittings, rosters, kiosks, and the exam as it happens.",
        openapi_url=None,  # served by a route of its own, under the permission table like all others
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.deps = deps
    app.state.live_hub = LiveHub(deps.settings.api.live_poll_s)
    app.state.commit_mark = CommitMark(deps.engine)
    app.state.typed_numbers = TypedNumbers(deps)
    app.state.token_places = TokenPlaces(deps)
    app.state.kiosk_feed = KioskFeed(deps.connect_frames(), ScheduleStore(deps.events), deps.clock)
    for resource in _RESOURCES:
        app.router.routes.extend(resource.router.routes)
    app.router.routes.extend(kiosk.sockets.routes)
    app.mount("/static", StaticFiles(directory=str(STATIC)), name="static")
    errors.install(app)
    openapi.install(app)
    Instrumentator(should_group_status_codes=False, excluded_handlers=["/metrics", "/health", "/static"]).instrument(
        app
    )
    api = deps.settings.api
    app.add_middleware(
        SecurityHeaders, policy=content_security_policy(""), https=api.tls_cert is not None or api.behind_tls
    )
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    deps: Deps = app.state.deps
    sweeping = asyncio.create_task(_sweep(deps))
    yield
    sweeping.cancel()
    await app.state.typed_numbers.close()
    await app.state.kiosk_feed.close()
    app.state.commit_mark.close()


async def _sweep(deps: Deps) -> None:
    """Hand enrolments over again whose job was lost with Redis, and forget old sessions."""
    while True:
        await asyncio.sleep(SWEEP_EVERY_S)
        try:
            await run_in_threadpool(_tidy, deps)
        except (RedisError, SQLAlchemyError) as error:
            _log.warning("tidying is put off", error=type(error).__name__)


def _tidy(deps: Deps) -> None:
    with deps.writing(Caller()) as work:
        sessions.forget_old(work.session, work.now)
        office_jobs.forget_old(work)
        links.forget_old(work)
        proposals.forget_abandoned(work)
        mail_job = mail.ask_to_send(work)
    with deps.reading(Caller()) as work:
        sent = photos.resend_lost(work)
        sent += proposals.resend_lost(work)
        office_jobs.resend_lost(work)
        if mail_job is not None:
            office_jobs.hand_over(work, mail_job)
    if sent:
        _log.info("enrolments handed over again", students=sent)
