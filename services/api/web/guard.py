"""The guard in front of every route: rule, caller, CSRF, scope, body size, before a byte of body is read."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import aclosing
from typing import Any

from fastapi import Request, Response
from fastapi.requests import HTTPConnection
from fastapi.routing import APIRoute
from sqlalchemy.exc import OperationalError
from starlette.concurrency import run_in_threadpool
from starlette.types import Message, Receive

from services.api.auth import callers, links, service_tokens, sessions, tokens
from services.api.auth.caller import Caller
from services.api.auth.roles import RULES, Body, Rule
from services.api.db import engine as db
from services.api.problems import Problem
from services.api.settings import ApiSection
from services.api.web.deps import Deps, deps_of
from shared.schedule import ScheduleStore, is_practice

LOOK_AGAIN_S = 5.0
"""How long a stream may outlive the session, the token or the assignment it was opened with."""
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class GuardedRoute(APIRoute):
    """A route that answers only whom the permission table names; with no rule, nobody."""

    def get_route_handler(self) -> Handler:
        """Put the guard in front of the handler."""
        answer = super().get_route_handler()
        operation = self.name

        async def handler(request: Request) -> Response:
            deps = deps_of(request)
            rule = RULES.get(operation)
            if rule is None:
                raise Problem(403, "no_rule", f"The operation {operation} has no permission rule.")
            if not rule.public:
                request.state.caller = await run_in_threadpool(admit, request, deps, rule)
            limit = body_limit(deps.settings.api, rule.body)
            return await answer(Request(request.scope, limited(request, limit)))

        return handler


def kiosk_of_token(deps: Deps, token: str) -> str | None:
    """Return the kiosk of this token; from the schedule's view while the database is away."""
    try:
        with db.reading(deps.engine) as session:
            return callers.kiosk_of(session, token)
    except OperationalError:
        shown = tokens.token_hash(token)
        kiosks = ScheduleStore(deps.events).read().kiosks
        doors = (kiosk for kiosk in kiosks if kiosk.enabled and not is_practice(kiosk.kiosk_id))
        return next((kiosk.kiosk_id for kiosk in doors if kiosk.token_hash == shown), None)


def admit_kiosk(deps: Deps, rule: Rule, path: dict[str, Any], token: str, address: str) -> Caller:
    """Return the kiosk that the rule lets through.

    Raises:
        Problem: as `admit`.
    """
    kiosk_id = kiosk_of_token(deps, token)
    if kiosk_id is None:
        raise _nobody()
    caller = Caller(kiosk_id=kiosk_id, address=address)
    check_role(rule, caller, path)
    return caller


def admit(request: Request, deps: Deps, rule: Rule) -> Caller:
    """Return the caller that the rule lets through.

    Raises:
        Problem: 401 for nobody known, 403 for somebody who may not.
    """
    now, shown = deps.clock.now(), credentials(request)
    if shown.bearer and shown.bearer.startswith(tokens.KIOSK):
        return admit_kiosk(deps, rule, request.path_params, shown.bearer, shown.address)
    if shown.bearer and shown.bearer.startswith(tokens.LINK):
        return _admit_link(request, deps, rule, shown.bearer, shown.address)
    if shown.bearer and service_tokens.looks_like(shown.bearer):
        return _admit_token(request, deps, rule, shown.bearer, shown.address)
    with db.reading(deps.engine) as session:
        caller = callers.identify(session, shown, now, deps.settings.api.session_idle_hours)
        if caller is None:
            raise _nobody()
        check_role(rule, caller, request.path_params)
        callers.check_scope(session, rule, caller, request.path_params)
        stale = callers.is_stale(session, caller, now)
    if stale and caller.session_hash:
        with db.writing(deps.engine) as session:
            sessions.seen(session, caller.session_hash, now)
    return caller


def _admit_link(request: Request, deps: Deps, rule: Rule, token: str, address: str) -> Caller:
    with db.reading(deps.engine) as session:
        caller = links.identify(session, token, deps.clock.now(), address)
    if caller is None:
        raise Problem(401, "link_over", "This link has ended. Ask the exam office for a new one.")
    check_role(rule, caller, request.path_params)
    return caller


def _admit_token(request: Request, deps: Deps, rule: Rule, bearer: str, address: str) -> Caller:
    now = deps.clock.now()
    with db.reading(deps.engine) as session:
        caller = service_tokens.identify(session, deps.media, bearer, now, address)
        if caller is None:
            raise _nobody()
        stale = service_tokens.is_stale(session, caller, now)
    check_role(rule, caller, request.path_params)
    service_tokens.check(caller, request.scope["route"].tags, request.method)
    if stale:
        with db.writing(deps.engine) as session:
            service_tokens.used(session, caller, now)
    return caller


async def while_allowed(request: Request, chunks: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
    """Give a stream's chunks as long as its reader may have them: looked at again each few seconds."""
    deps, rule = deps_of(request), RULES[request.scope["route"].name]
    looked_at = deps.clock.monotonic_s()
    async with aclosing(chunks):
        async for chunk in chunks:
            if deps.clock.monotonic_s() - looked_at > LOOK_AGAIN_S:
                looked_at = deps.clock.monotonic_s()
                if not await run_in_threadpool(_still_allowed, request, deps, rule):
                    return
            yield chunk


def _still_allowed(request: Request, deps: Deps, rule: Rule) -> bool:
    try:
        admit(request, deps, rule)
    except Problem:
        return False
    except OperationalError:
        pass  # while the database is away, who was let in stays in
    return True


def credentials(request: HTTPConnection) -> callers.Credentials:
    """Return what the request shows of its maker."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return callers.Credentials(
        bearer=value.strip() if scheme.lower() == "bearer" and value.strip() else None,
        cookie=request.cookies.get(callers.COOKIE),
        csrf=request.headers.get(callers.CSRF_HEADER, ""),
        method=request.scope.get("method", "GET"),
        address=request.client.host if request.client else "",
    )


def check_role(rule: Rule, caller: Caller, path: dict[str, Any]) -> None:
    """Refuse a role that the rule does not name, one kiosk asking for another, and a one-time password's user."""
    if caller.must_change_password and not rule.before_password:
        raise Problem(403, "change_password_first", "Change your one-time password first: POST /api/v1/me/password.")
    if caller.role is not None and caller.role in rule.roles:
        return
    if rule.link is not None and rule.link in ("any", caller.link_purpose) and caller.link_id is not None:
        return
    if rule.kiosk and caller.kiosk_id is not None and caller.kiosk_id == path.get("kiosk_id"):
        return
    raise Problem(403, "not_allowed", "Your role may not do this.")


def body_limit(api: ApiSection, body: Body) -> int:
    """Return the largest body in bytes."""
    sizes = {
        "json": api.max_body_bytes,
        "photos": api.max_photos * api.max_photo_bytes + 100_000,
        "import": api.max_import_bytes,
        "archive": api.max_archive_bytes,
    }
    return sizes[body]


def limited(request: Request, limit: int) -> Receive:
    """Return a `receive` that stops reading at `limit` bytes."""
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > limit:
        raise _too_large(limit)
    read = 0

    async def receive() -> Message:
        nonlocal read
        message = await request.receive()
        read += len(message.get("body", b""))
        if read > limit:
            raise _too_large(limit)
        return message

    return receive


def _nobody() -> Problem:
    return Problem(401, "sign_in_first", "Sign in first.", headers={"WWW-Authenticate": "Bearer"})


def _too_large(limit: int) -> Problem:
    return Problem(413, "too_large", f"The request is larger than {limit} bytes.", "body")
