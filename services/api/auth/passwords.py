"""Passwords as argon2id (RFC 9106, the library's second recommended option), checked in equal time."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.api.problems import unfit

MIN_LENGTH = 12
_HASHER = PasswordHasher()
_NOBODYS_HASH = _HASHER.hash(secrets.token_urlsafe(16))


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password that is long enough.

    Raises:
        Problem: shorter than `MIN_LENGTH`, or longer than anyone types.
    """
    if not MIN_LENGTH <= len(password) <= 256:
        raise unfit("weak_password", f"A password has {MIN_LENGTH} to 256 characters.", "password")
    return _HASHER.hash(password)


def password_fits(password_hash: str | None, password: str) -> bool:
    """Tell whether the password is the one of this hash; with no hash, take the same time and say no."""
    try:
        fits = _HASHER.verify(password_hash or _NOBODYS_HASH, password)
    except (VerificationError, InvalidHashError):
        return False
    return fits and password_hash is not None


def renewed(password_hash: str, password: str) -> str | None:
    """Return a hash of today's parameters where this one, which fits, was made with others; else None."""
    return _HASHER.hash(password) if _HASHER.check_needs_rehash(password_hash) else None


def is_hash(text: str) -> bool:
    """Tell whether the text is an argon2 hash (a first admin's, given by setting)."""
    return text.startswith("$argon2id$")


def one_time_password() -> str:
    """Return a password to be changed at the first sign-in."""
    return secrets.token_urlsafe(15)
