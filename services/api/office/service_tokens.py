"""Service tokens as the office manages them: issued once, listed, revoked."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from services.api.auth import service_tokens as jwts
from services.api.auth import tokens
from services.api.db.tables import ApiToken
from services.api.examples import example_of
from services.api.office.work import Work
from services.api.problems import not_found, unfit

MOST_DAYS = 400


class TokenCreate(BaseModel):
    """A new service token."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "timetable sync", "role": "admin", "scopes": ["rosters:write"], "days": 90}]
        },
    )

    name: str = Field(min_length=1, max_length=200, description="What it is for, so that it can be told from others.")
    role: Literal["admin", "auditor"] = Field("auditor", description="An auditor's token changes nothing.")
    scopes: list[str] = Field(min_length=1, max_length=50, description="`resource:read` or `resource:write`.")
    days: int = Field(90, ge=1, le=MOST_DAYS, description="Days until it expires.")


class TokenPublic(BaseModel):
    """One service token, without the token."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 1,
                    "name": "timetable sync",
                    "role": "admin",
                    "scopes": ["rosters:write"],
                    "created_at": "2026-11-01T09:00:00Z",
                    "expires_at": "2027-01-30T09:00:00Z",
                    "revoked_at": None,
                    "last_used_at": None,
                }
            ]
        }
    )

    id: int
    name: str
    role: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class TokenIssued(TokenPublic):
    """A new token: this is the only time that it is shown."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**example_of(TokenPublic), "token": "eyJhbGciOiJ…"}]})

    token: str


def create(work: Work, wish: TokenCreate, known_scopes: Sequence[str]) -> TokenIssued:
    """Issue a token.

    Raises:
        Problem: a scope that there is not.
    """
    unknown = sorted(set(wish.scopes) - set(known_scopes))
    if unknown:
        text = f"There is no scope {unknown[0]}: one is of {', '.join(known_scopes)}."
        raise unfit("unknown_scope", text, "scopes", scope=unknown[0])
    row = ApiToken(
        name=wish.name,
        token_hash=f"pending {work.now.isoformat()}",
        user_id=work.by.user_id,
        role=wish.role,
        scopes=sorted(set(wish.scopes)),
        created_at=work.now,
        expires_at=work.now + timedelta(days=wish.days),
    )
    work.session.add(row)
    work.session.flush()
    assert row.id is not None and row.expires_at is not None
    token = jwts.issue(work.media, jwts.Claims(row.id, wish.role, row.scopes, work.now, row.expires_at))
    row.token_hash = tokens.token_hash(token)
    work.session.add(row)
    work.note("token.create", f"token:{row.id}", after={"role": row.role, "scopes": row.scopes, "days": wish.days})
    return TokenIssued(**row.model_dump(), token=token)


def every(work: Work) -> list[TokenPublic]:
    """Return all tokens, newest first."""
    rows = work.session.exec(select(ApiToken).order_by(col(ApiToken.id).desc()))
    return [TokenPublic(**row.model_dump()) for row in rows]


def revoke(work: Work, token_id: int) -> None:
    """End a token now; again changes nothing.

    Raises:
        Problem: there is none.
    """
    row = work.session.get(ApiToken, token_id)
    if row is None:
        raise not_found("token", token_id, "token_id")
    if row.revoked_at is None:
        row.revoked_at = work.now
        work.session.add(row)
        work.note("token.revoke", f"token:{token_id}")
