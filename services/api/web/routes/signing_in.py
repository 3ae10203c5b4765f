"""Signing in and out, and one's own account."""

from datetime import datetime
from typing import Literal

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.api.auth import callers, passwords, throttle, tokens, users
from services.api.auth.caller import Caller
from services.api.db.tables import User
from services.api.examples import example_of
from services.api.office import signing_in
from services.api.problems import Problem
from services.api.web.deps import CallerDep, Deps, DepsDep
from services.api.web.routing import router as make_router
from shared import metrics

router = make_router("signing in")


class SignIn(BaseModel):
    """Name and password."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"username": "k.johnson", "password": "correct horse battery", "use": "bearer"}]
        },
    )

    username: str = Field(max_length=128)
    password: str = Field(max_length=256)
    use: Literal["bearer", "cookie"] = Field(
        "bearer", description="`bearer`: the token comes in the answer. `cookie`: in an HttpOnly cookie, for pages."
    )


class Me(BaseModel):
    """Who is signed in."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 2,
                    "username": "k.johnson",
                    "display_name": "Katherine Johnson",
                    "role": "admin",
                    "must_change_password": False,
                    "csrf_token": None,
                }
            ]
        }
    )

    id: int
    username: str
    display_name: str
    role: str
    must_change_password: bool = Field(description="Nothing else can be done before the password is changed.")
    csrf_token: str | None = Field(None, description="With a cookie: send it as `X-CSRF-Token` with every change.")


class SignedIn(BaseModel):
    """A session."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "user": example_of(Me),
                    "token": "ns_…",
                    "csrf_token": None,
                    "expires_at": "2026-11-23T20:20:00Z",
                }
            ]
        }
    )

    user: Me
    token: str | None = Field(description="For `Authorization: Bearer`; null with a cookie.")
    csrf_token: str | None = Field(description="With a cookie: send it as `X-CSRF-Token` with every change.")
    expires_at: datetime


class PasswordChange(BaseModel):
    """One's own password."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"old": "correct horse battery", "new": "staple of many letters"}]},
    )

    old: str = Field(max_length=256)
    new: str = Field(max_length=256)


@router.post("/sign-in")
def sign_in(sent: SignIn, request: Request, response: Response, deps: DepsDep) -> SignedIn:
    """Sign in. It takes the same time whether or not there is such a user."""
    address = request.client.host if request.client else ""
    _throttle(deps, sent.username.strip().lower(), address)
    with deps.reading(Caller(address=address)) as work:  # hashing takes long, and must hold no lock
        known = users.check_credentials(work.session, sent.username, sent.password)
    if known is None:
        metrics.SIGN_INS.labels("refused").inc()
        with deps.writing(Caller(address=address)) as work:
            signing_in.refused(work, sent.username)
        raise Problem(401, "wrong_credentials", "The name or the password is wrong.")
    renewed = passwords.renewed(known.password_hash, sent.password)
    with deps.writing(Caller(user_id=known.id, address=address)) as work:
        user, token, row = signing_in.sign_in(work, known, request.headers.get("user-agent", ""), renewed)
    metrics.SIGN_INS.labels("ok").inc()
    as_cookie = sent.use == "cookie"
    if as_cookie:
        _set_cookie(response, deps, token)
    return SignedIn(
        user=_me(user),
        token=None if as_cookie else token,
        csrf_token=row.csrf if as_cookie else None,
        expires_at=row.expires_at,
    )


@router.post("/sign-out", status_code=204)
def sign_out(response: Response, deps: DepsDep, caller: CallerDep) -> None:
    """End this session."""
    with deps.writing(caller) as work:
        signing_in.sign_out(work)
    response.delete_cookie(callers.COOKIE)


@router.get("/me")
def who_am_i(request: Request, deps: DepsDep, caller: CallerDep) -> Me:
    """Return who is signed in, and with a cookie what changes need."""
    cookie = request.cookies.get(callers.COOKIE)
    csrf = tokens.csrf_of(cookie) if cookie and "authorization" not in request.headers else None
    with deps.reading(caller) as work:
        return _me(users.get(work.session, caller.user_id or 0)).model_copy(update={"csrf_token": csrf})


@router.post("/me/password", status_code=204)
def change_my_password(sent: PasswordChange, deps: DepsDep, caller: CallerDep) -> None:
    """Change one's own password; every other session ends."""
    _throttle(deps, f"user:{caller.user_id}", caller.address)
    with deps.writing(caller) as work:
        signing_in.change_password(work, sent.old, sent.new)


@router.post("/me/end-sessions", status_code=204)
def end_my_sessions(deps: DepsDep, caller: CallerDep) -> None:
    """End every session of mine, on every machine, this one too."""
    with deps.writing(caller) as work:
        signing_in.end_mine(work)


def _throttle(deps: Deps, name: str, address: str) -> None:
    api = deps.settings.api
    try:
        deps.throttle.hit(
            throttle.sign_in_limits(name, address, api.sign_in_per_minute, api.sign_in_per_minute_address)
        )
    except Problem:
        metrics.SIGN_INS.labels("throttled").inc()
        raise


def _set_cookie(response: Response, deps: Deps, token: str) -> None:
    api = deps.settings.api
    response.set_cookie(
        callers.COOKIE,
        token,
        max_age=int(api.session_hours * 3600),
        httponly=True,
        samesite="strict",
        secure=api.tls_cert is not None or api.behind_tls,
    )


def _me(user: User) -> Me:
    return Me(**user.model_dump())
