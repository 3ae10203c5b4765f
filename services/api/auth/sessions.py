"""Sign-in sessions, in the database: opened, found by their token's hash, ended one by one or all at once."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select, update

from services.api.auth import tokens
from services.api.db.tables import User, UserSession
from services.api.settings import ApiSection

KEPT = timedelta(days=30)
"""How long an ended session stays, with its address, for who asks what happened."""
SEEN_EVERY = timedelta(minutes=1)
"""How often a session's last use is written: not with each request."""


def open_session(
    session: Session, user: User, now: datetime, api: ApiSection, address: str, user_agent: str
) -> tuple[str, UserSession]:
    """Start a session; return its token, which is stored nowhere, and its row."""
    token = tokens.new_token(tokens.SESSION)
    row = UserSession(
        token_hash=tokens.token_hash(token),
        user_id=user.id or 0,
        csrf=tokens.csrf_of(token),
        created_at=now,
        last_seen_at=now,
        expires_at=now + timedelta(hours=api.session_hours),
        address=address,
        user_agent=user_agent[:200],
    )
    session.add(row)
    return token, row


def find(session: Session, token: str, now: datetime, idle_hours: float) -> tuple[UserSession, User] | None:
    """Return the session of this token and its user, if it is neither ended, expired nor idle."""
    found = session.exec(
        select(UserSession, User)
        .join(User, col(User.id) == col(UserSession.user_id))
        .where(UserSession.token_hash == tokens.token_hash(token))
    ).first()
    if found is None:
        return None
    row, user = found
    idle = now - row.last_seen_at > timedelta(hours=idle_hours)
    if row.ended_at is not None or row.expires_at <= now or idle or not user.active:
        return None
    return row, user


def seen(session: Session, token_hash: str, now: datetime) -> None:
    """Write that a session was used."""
    session.exec(update(UserSession).where(col(UserSession.token_hash) == token_hash).values(last_seen_at=now))


def end(session: Session, token_hash: str, now: datetime) -> None:
    """End one session."""
    session.exec(update(UserSession).where(col(UserSession.token_hash) == token_hash).values(ended_at=now))


def forget_old(session: Session, now: datetime) -> None:
    """Delete sessions that ended long ago."""
    session.exec(delete(UserSession).where(col(UserSession.expires_at) < now - KEPT))


def end_all(session: Session, user_id: int, now: datetime, but: str | None = None) -> None:
    """End every session of a user, or all but one."""
    session.exec(
        update(UserSession)
        .where(
            col(UserSession.user_id) == user_id,
            col(UserSession.ended_at).is_(None),
            col(UserSession.token_hash) != (but or ""),
        )
        .values(ended_at=now)
    )
