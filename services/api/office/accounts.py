"""Accounts as the super_admin manages them, and where each is signed in."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from services.api.auth import sessions, users
from services.api.auth.roles import Role
from services.api.db.tables import User, UserSession
from services.api.examples import example_of
from services.api.office.work import Facts, Work


class UserCreate(BaseModel):
    """A new account."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"username": "i.nilsen", "role": "invigilator", "display_name": "Ingrid Nilsen"}]
        },
    )

    username: str = Field(max_length=64)
    role: Role
    display_name: str = Field("", max_length=200)
    password: str | None = Field(None, max_length=256, description="Left out: a one-time password comes in the answer.")


class UserChange(BaseModel):
    """What to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"active": False}]})

    role: Role | None = None
    active: bool | None = None
    display_name: str | None = Field(None, max_length=200)
    password: str | None = Field(None, max_length=256, description="To be changed at the next sign-in.")


class UserPublic(BaseModel):
    """One account."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 3,
                    "username": "i.nilsen",
                    "display_name": "Ingrid Nilsen",
                    "role": "invigilator",
                    "active": True,
                    "must_change_password": False,
                    "last_sign_in_at": "2026-11-23T08:20:00Z",
                }
            ]
        }
    )

    id: int
    username: str
    display_name: str
    role: Role
    active: bool
    must_change_password: bool
    last_sign_in_at: datetime | None


class UserCreated(UserPublic):
    """An account with a one-time password, where none was given: this is the only time that it is shown."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **example_of(UserPublic),
                    "must_change_password": True,
                    "last_sign_in_at": None,
                    "one_time_password": "7Kq2-mXfR-w9Td",
                }
            ]
        }
    )

    one_time_password: str | None


class SessionPublic(BaseModel):
    """One place where somebody is signed in."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "created_at": "2026-11-23T08:20:00Z",
                    "last_seen_at": "2026-11-23T09:00:00Z",
                    "expires_at": "2026-11-23T20:20:00Z",
                    "address": "10.0.0.7",
                    "user_agent": "Mozilla/5.0",
                }
            ]
        }
    )

    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    address: str
    user_agent: str


def every(work: Work) -> list[UserPublic]:
    """Return all accounts, by name."""
    return [public(user) for user in work.session.exec(select(User).order_by(col(User.username)))]


def create(work: Work, wish: UserCreate) -> UserCreated:
    """Make an account.

    Raises:
        Problem: the name is taken or empty, or the password weak.
    """
    user, one_time = users.create_user(
        work.session, wish.username, wish.role, work.now, password=wish.password, display_name=wish.display_name
    )
    work.note("user.create", f"user:{user.id}", after={"role": user.role})
    return UserCreated(**public(user).model_dump(), one_time_password=one_time)


def change(work: Work, user_id: int, wish: UserChange) -> UserPublic:
    """Change an account; a new role, password, or deactivation ends its sessions.

    Raises:
        Problem: unknown, weak password, or the last super_admin would go.
    """
    before = _standing(users.get(work.session, user_id))
    user = users.change_user(work.session, user_id, **wish.model_dump())
    if wish.role or wish.password or wish.active is False:
        sessions.end_all(work.session, user_id, work.now)
    secret: Facts = {"password": "set"} if wish.password else {}
    work.note("user.change", f"user:{user_id}", before=before, after={**_standing(user), **secret})
    return public(user)


def reset_password(work: Work, user_id: int) -> UserCreated:
    """Give an account a one-time password in place of one that was forgotten; its sessions end.

    Raises:
        Problem: unknown.
    """
    user, one_time = users.reset_password(work.session, user_id)
    sessions.end_all(work.session, user_id, work.now)
    work.note("user.reset_password", f"user:{user_id}")
    return UserCreated(**public(user).model_dump(), one_time_password=one_time)


def end_sessions(work: Work, user_id: int) -> None:
    """End every session of a user.

    Raises:
        Problem: unknown.
    """
    users.get(work.session, user_id)
    sessions.end_all(work.session, user_id, work.now)
    work.note("user.end_sessions", f"user:{user_id}")


def signed_in(work: Work, user_id: int) -> list[SessionPublic]:
    """Return where a user is signed in now, the last used first.

    Raises:
        Problem: unknown.
    """
    users.get(work.session, user_id)
    query = select(UserSession).where(
        UserSession.user_id == user_id, col(UserSession.ended_at).is_(None), col(UserSession.expires_at) > work.now
    )
    rows = work.session.exec(query.order_by(col(UserSession.last_seen_at).desc()))
    return [SessionPublic(**row.model_dump()) for row in rows]


def public(user: User) -> UserPublic:
    """Shape one account."""
    return UserPublic(**user.model_dump())


def _standing(user: User) -> Facts:
    return {"role": user.role, "active": user.active}
