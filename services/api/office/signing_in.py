"""Signing in and out: the sessions, and an entry of the audit chain for each, with the address that it came from."""

from services.api.auth import sessions, users
from services.api.db.tables import User, UserSession
from services.api.office.work import Work

UNKNOWN = "user:unknown"
"""Whom somebody wanted to be who gave a name that nobody has: the name itself may be a password in the wrong field."""


def sign_in(work: Work, known: User, agent: str, renewed: str | None) -> tuple[User, str, UserSession]:
    """Open a session of who proved to be `known`; return the user, the session's token and its row.

    `renewed` is a hash of today's parameters for the password that fitted, where the stored one had others.

    Raises:
        Problem: the account went meanwhile.
    """
    user = users.get(work.session, known.id or 0)
    token, row = sessions.open_session(work.session, user, work.now, work.api, work.by.address, agent)
    if renewed is not None and user.password_hash == known.password_hash:
        user.password_hash = renewed
    user.last_sign_in_at = work.now
    work.session.add(user)
    work.note("user.sign_in", f"user:{user.id}")
    return user, token, row


def refused(work: Work, username: str) -> None:
    """Note an attempt that did not fit; for an unknown name, too, so that both take the same time."""
    wanted = users.find(work.session, username)
    work.note("user.sign_in_refused", UNKNOWN if wanted is None else f"user:{wanted.id}")


def sign_out(work: Work) -> None:
    """End the caller's session."""
    sessions.end(work.session, work.by.session_hash or "", work.now)
    work.note("user.sign_out", f"user:{work.by.user_id}")


def end_mine(work: Work) -> None:
    """End every session of the caller, on every machine."""
    sessions.end_all(work.session, work.by.user_id or 0, work.now)
    work.note("user.end_sessions", f"user:{work.by.user_id}")


def change_password(work: Work, old: str, new: str) -> None:
    """Change the caller's password; every other session ends.

    Raises:
        Problem: the old one is wrong, or the new one weak or the same.
    """
    users.change_own_password(work.session, work.by.user_id or 0, old, new)
    sessions.end_all(work.session, work.by.user_id or 0, work.now, but=work.by.session_hash)
    work.note("user.change_password", f"user:{work.by.user_id}")
