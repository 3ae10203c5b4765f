"""Service tokens: JWTs (RFC 7519) that another program calls the API with; scoped, expiring, revocable.

The signature is HMAC-SHA256 under a key derived from the media ring (HKDF, RFC 5869), so that a forged
token is refused before the database is asked. The ring is held by other services too, so a signature
alone opens nothing: the token must be one whose SHA-256 stands in the database, neither expired nor revoked.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import jwt
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from fastapi.routing import APIRoute
from sqlmodel import Session, col, select, update

from services.api.auth import tokens
from services.api.auth.caller import Caller
from services.api.auth.roles import RULES, Role
from services.api.auth.sessions import SEEN_EVERY
from services.api.db.tables import ApiToken
from services.api.problems import Problem
from shared.keys import KeyRing

ISSUER = "nero"
_ALGORITHM = "HS256"
_ABOUT = b"nero service tokens"
NOT_FOR_TOKENS = frozenset({"accounts", "signing in", "kiosk screen", "a student's link"})
"""What no token may touch: accounts, a person's own sign-in, a kiosk's screen."""
_READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Claims:
    """What a new token says."""

    token_id: int
    role: Role
    scopes: Sequence[str]
    issued_at: datetime
    expires_at: datetime


def looks_like(bearer: str) -> bool:
    """Tell a JWT from our opaque tokens."""
    return bearer.count(".") == 2 and not bearer.startswith((tokens.KIOSK, tokens.SESSION, tokens.LINK))


def issue(ring: KeyRing, claims: Claims) -> str:
    """Return a signed token; it is shown once and kept nowhere."""
    body = {
        "iss": ISSUER,
        "sub": f"token:{claims.token_id}",
        "jti": secrets.token_hex(16),
        "iat": claims.issued_at,
        "exp": claims.expires_at,
        "role": claims.role,
        "scope": " ".join(claims.scopes),
    }
    return jwt.encode(body, _key(ring, ring.active_id), _ALGORITHM, headers={"kid": ring.active_id})


def identify(session: Session, ring: KeyRing, bearer: str, now: datetime, address: str) -> Caller | None:
    """Return the program that shows this token, or None."""
    if not _signed(ring, bearer):
        return None
    row = session.exec(select(ApiToken).where(ApiToken.token_hash == tokens.token_hash(bearer))).first()
    if row is None or row.revoked_at is not None or row.expires_at is None or row.expires_at <= now:
        return None
    return Caller(token_id=row.id, role=cast(Role, row.role), scopes=frozenset(row.scopes), address=address)


def scope_of(tag: str, method: str) -> str:
    """Return the scope that a route needs: its resource, and whether it only reads.

    >>> scope_of("halls and kiosks", "GET")
    'halls-and-kiosks:read'
    """
    return f"{tag.replace(' ', '-')}:{'read' if method in _READS else 'write'}"


def scopes_of(routes: Iterable[APIRoute]) -> list[str]:
    """Return the scopes that the routes make: a new resource has its own at once."""
    return sorted(
        {
            scope_of(str(route.tags[0]), method)
            for route in routes
            for method in route.methods or ()
            if route.tags and route.tags[0] not in NOT_FOR_TOKENS and RULES[route.name].roles & {"admin", "auditor"}
        }
    )


def check(caller: Caller, tags: Sequence[object], method: str) -> None:
    """Refuse a token what its scopes do not name.

    Raises:
        Problem: 403.
    """
    if caller.token_id is None:
        return
    tag = str(tags[0]) if tags else ""
    if not tag or tag in NOT_FOR_TOKENS or scope_of(tag, method) not in caller.scopes:
        needed = f" It would need the scope {scope_of(tag, method)}." if tag and tag not in NOT_FOR_TOKENS else ""
        raise Problem(403, "out_of_scope", f"This token may not do this.{needed}")


def is_stale(session: Session, caller: Caller, now: datetime) -> bool:
    """Tell whether the token's last use should be written again: not with each request."""
    row = session.get(ApiToken, caller.token_id)
    return row is not None and (row.last_used_at is None or now - row.last_used_at > SEEN_EVERY)


def used(session: Session, caller: Caller, now: datetime) -> None:
    """Write that a token was used."""
    session.exec(update(ApiToken).where(col(ApiToken.id) == caller.token_id).values(last_used_at=now))


def _signed(ring: KeyRing, bearer: str) -> bool:
    """Tell whether we signed it. Whether its time is over, the database says: by the office's clock, not by this one."""
    try:
        key_id = str(jwt.get_unverified_header(bearer).get("kid"))
        if key_id not in ring.keys:
            return False
        jwt.decode(
            bearer, _key(ring, key_id), [_ALGORITHM], issuer=ISSUER, options={"verify_exp": False, "verify_iat": False}
        )
    except jwt.InvalidTokenError:
        return False
    return True


def _key(ring: KeyRing, key_id: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=_ABOUT).derive(ring.keys[key_id])
