"""Opaque tokens: 256 random bits, shown once; only their SHA-256 is stored."""

import hashlib
import secrets

KIOSK = "nk_"
SESSION = "ns_"
LINK = "nl_"
PRACTICE = "np_"
"""What tokens begin with: a secret scanner, and we, know them by it."""


def new_token(prefix: str) -> str:
    """Return a fresh token."""
    return prefix + secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def csrf_of(session_token: str) -> str:
    """Return the value that a page with this session must send in `X-CSRF-Token`."""
    return hashlib.sha256(b"csrf:" + session_token.encode()).hexdigest()[:43]


def same(given: str, expected: str) -> bool:
    """Compare in constant time."""
    return secrets.compare_digest(given.encode(), expected.encode())
