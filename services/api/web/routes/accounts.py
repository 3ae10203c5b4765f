"""Accounts, for the super_admin."""

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from services.api.auth import sessions, users
from services.api.auth.roles import Role
from services.api.db.tables import User
from services.api.web.deps import CallerDep, DepsDep
from services.api.web.routing import router as make_router

router = make_router("accounts")
UserId = Annotated[int, Path(ge=1, lt=2**31)]


class UserCreate(BaseModel):
    """A new account."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"username": "i.vigil", "role": "invigilator"}]}
    )

    username: str = Field(max_length=64)
    role: Role
    display_name: str = Field("", max_length=200)
    password: str | None = Field(None, max_length=256, description="Left out: a one-time password comes in the answer.")


class UserChange(BaseModel):
    """What to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    role: Role | None = None
    active: bool | None = None
    display_name: str | None = Field(None, max_length=200)
    password: str | None = Field(None, max_length=256, description="To be changed at the next sign-in.")


class UserPublic(BaseModel):
    """One account."""

    id: int
    username: str
    display_name: str
    role: Role
    active: bool
    must_change_password: bool
    last_sign_in_at: datetime | None


class UserCreated(UserPublic):
    """A new account, and its one-time password where none was given: this is the only time that it is shown."""

    one_time_password: str | None


@router.get("/users")
def list_users(deps: DepsDep, caller: CallerDep) -> list[UserPublic]:
    """Return all accounts."""
    with deps.reading(caller) as work:
        return [_public(user) for user in work.session.exec(select(User).order_by(col(User.username)))]


@router.post("/users", status_code=201)
def create_user(sent: UserCreate, deps: DepsDep, caller: CallerDep) -> UserCreated:
    """Make an account."""
    with deps.writing(caller) as work:
        user, one_time = users.create_user(
            work.session, sent.username, sent.role, work.now, password=sent.password, display_name=sent.display_name
        )
        work.note("user.create", f"user:{user.id}", after={"role": user.role})
        return UserCreated(**_public(user).model_dump(), one_time_password=one_time)


@router.patch("/users/{user_id}")
def change_user(user_id: UserId, sent: UserChange, deps: DepsDep, caller: CallerDep) -> UserPublic:
    """Change an account; a new role, password, or deactivation ends its sessions."""
    with deps.writing(caller) as work:
        before: dict[str, object] = {"role": users.get(work.session, user_id).role}
        user = users.change_user(work.session, user_id, **sent.model_dump())
        if sent.role or sent.password or sent.active is False:
            sessions.end_all(work.session, user_id, work.now)
        work.note("user.change", f"user:{user_id}", before=before, after={"role": user.role, "active": user.active})
        return _public(user)


@router.post("/users/{user_id}/end-sessions", status_code=204)
def end_user_sessions(user_id: UserId, deps: DepsDep, caller: CallerDep) -> None:
    """End every session of a user."""
    with deps.writing(caller) as work:
        users.get(work.session, user_id)
        sessions.end_all(work.session, user_id, work.now)
        work.note("user.end_sessions", f"user:{user_id}")


def _public(user: User) -> UserPublic:
    return UserPublic(**user.model_dump())
