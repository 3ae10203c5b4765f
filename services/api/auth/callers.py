"""Finds out who asks, and whether they are assigned to what they ask about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlmodel import Session, col, select

from services.api.auth import sessions, tokens
from services.api.auth.caller import Caller
from services.api.auth.roles import Role, Rule
from services.api.auth.watching import Watch, watch_of
from services.api.db.tables import Attempt, Kiosk, Review, UserSession
from services.api.problems import Problem, not_found

COOKIE = "nero_session"
CSRF_HEADER = "x-csrf-token"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Credentials:
    """What a request shows."""

    bearer: str | None
    cookie: str | None
    csrf: str
    method: str
    address: str


def identify(session: Session, shown: Credentials, now: datetime, idle_hours: float) -> Caller | None:
    """Return the user who shows these credentials, or None.

    Raises:
        Problem: a cookie is used to change something without its CSRF value.
    """
    token = shown.bearer or shown.cookie
    found = sessions.find(session, token, now, idle_hours) if token else None
    if found is None:
        return None
    row, user = found
    if not shown.bearer and shown.method not in _SAFE_METHODS and not tokens.same(shown.csrf, row.csrf):
        raise Problem(403, "csrf", "This page's session changed. Reload the page and try again.", CSRF_HEADER)
    return Caller(
        user_id=user.id,
        role=cast(Role, user.role),
        session_hash=row.token_hash,
        must_change_password=user.must_change_password,
        address=shown.address,
    )


def is_stale(session: Session, caller: Caller, now: datetime) -> bool:
    """Tell whether the session's last use should be written again."""
    row = session.get(UserSession, caller.session_hash) if caller.session_hash else None
    return row is not None and now - row.last_seen_at > sessions.SEEN_EVERY


def check_scope(session: Session, rule: Rule, caller: Caller, path: Mapping[str, Any]) -> None:
    """Refuse an invigilator what is not of their sittings.

    Raises:
        Problem: 403 for another's sitting, 404 for a case or attempt that is not there.
    """
    if rule.scope is None or not caller.sees_only_assigned:
        return
    watch = watch_of(session, caller)
    if not _watched(session, watch, rule.scope, path):
        raise Problem(403, "not_assigned", "You are not assigned to this sitting.")


def kiosk_of(session: Session, token: str) -> str | None:
    """Return the kiosk that this token is of."""
    kiosk = session.exec(
        select(Kiosk).where(Kiosk.token_hash == tokens.token_hash(token), col(Kiosk.enabled).is_(True))
    ).first()
    return kiosk.id if kiosk else None


def _watched(session: Session, watch: Watch, scope: str, path: Mapping[str, Any]) -> bool:
    """Tell whether what is asked for is watched. A sitting as such concerns who watches any hall of it."""
    if scope in ("sitting", "whole_sitting"):
        sitting_id = _as_id(path["sitting_id"])
        if scope == "sitting" and "hall_id" not in path:
            return sitting_id in watch.sittings
        return sitting_id is not None and watch.covers(sitting_id, path.get("hall_id"))
    key = _as_id(path[f"{scope}_id"])
    if scope == "review":
        review = session.get(Review, key) if key is not None else None
        if review is None:
            raise not_found("case", path["review_id"], "review_id")
        return watch.covers(review.sitting_id, review.hall_id)
    attempt = session.get(Attempt, key) if key is not None else None
    if attempt is None:
        raise not_found("attempt", path["attempt_id"], "attempt_id")
    return any(watch.covers(attempt.sitting_id, hall_id) for hall_id in (attempt.door_hall_id, attempt.hall_id))


def _as_id(text: object) -> int | None:
    return int(str(text)) if str(text).isdigit() and len(str(text)) < 18 else None
