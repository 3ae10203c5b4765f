"""Accounts and service tokens, for the super_admin."""

from typing import Annotated, Any

from fastapi import Path, Request
from fastapi.routing import APIRoute

from services.api.auth.service_tokens import scopes_of
from services.api.office import accounts, service_tokens
from services.api.office.accounts import SessionPublic, UserChange, UserCreate, UserCreated, UserPublic
from services.api.office.service_tokens import TokenCreate, TokenIssued, TokenPublic
from services.api.web.deps import CallerDep, DepsDep
from services.api.web.routing import router as make_router

router = make_router("accounts")
UserId = Annotated[int, Path(ge=1, lt=2**31)]
_SCOPES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"example": ["rosters:read", "rosters:write"]}}}
}


@router.get("/users")
def list_users(deps: DepsDep, caller: CallerDep) -> list[UserPublic]:
    """Return all accounts."""
    with deps.reading(caller) as work:
        return accounts.every(work)


@router.post("/users", status_code=201)
def create_user(sent: UserCreate, deps: DepsDep, caller: CallerDep) -> UserCreated:
    """Make an account."""
    with deps.writing(caller) as work:
        return accounts.create(work, sent)


@router.patch("/users/{user_id}")
def change_user(user_id: UserId, sent: UserChange, deps: DepsDep, caller: CallerDep) -> UserPublic:
    """Change an account; a new role, password, or deactivation ends its sessions."""
    with deps.writing(caller) as work:
        return accounts.change(work, user_id, sent)


@router.post("/users/{user_id}/reset-password")
def reset_user_password(user_id: UserId, deps: DepsDep, caller: CallerDep) -> UserCreated:
    """Give a one-time password in place of one that was forgotten; the account's sessions end."""
    with deps.writing(caller) as work:
        return accounts.reset_password(work, user_id)


@router.get("/users/{user_id}/sessions")
def list_user_sessions(user_id: UserId, deps: DepsDep, caller: CallerDep) -> list[SessionPublic]:
    """Return where a user is signed in."""
    with deps.reading(caller) as work:
        return accounts.signed_in(work, user_id)


@router.post("/users/{user_id}/end-sessions", status_code=204)
def end_user_sessions(user_id: UserId, deps: DepsDep, caller: CallerDep) -> None:
    """End every session of a user."""
    with deps.writing(caller) as work:
        accounts.end_sessions(work, user_id)


@router.get("/tokens")
def list_tokens(deps: DepsDep, caller: CallerDep) -> list[TokenPublic]:
    """Return all service tokens, newest first."""
    with deps.reading(caller) as work:
        return service_tokens.every(work)


@router.get("/tokens/scopes", responses=_SCOPES)
def list_token_scopes(request: Request) -> list[str]:
    """Return every scope that a service token may have."""
    return _known_scopes(request)


@router.post("/tokens", status_code=201)
def create_token(sent: TokenCreate, request: Request, deps: DepsDep, caller: CallerDep) -> TokenIssued:
    """Issue a service token (a JWT, sent as `Authorization: Bearer`): this is the only time that it is shown."""
    with deps.writing(caller) as work:
        return service_tokens.create(work, sent, _known_scopes(request))


@router.delete("/tokens/{token_id}", status_code=204)
def revoke_token(token_id: Annotated[int, Path(ge=1, lt=2**31)], deps: DepsDep, caller: CallerDep) -> None:
    """End a service token now."""
    with deps.writing(caller) as work:
        service_tokens.revoke(work, token_id)


def _known_scopes(request: Request) -> list[str]:
    return scopes_of(route for route in request.app.routes if isinstance(route, APIRoute))
