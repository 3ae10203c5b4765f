"""Pairing: a screen shows a short code, an admin types it and says which kiosk the screen is.

The screen makes up nothing: with its code it is given a secret that nobody else sees. Confirming makes
that secret the kiosk's token, so that no token travels afterwards, and asking twice is harmless.
"""

import secrets
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, delete, func, select, update

from services.api.auth import tokens
from services.api.db.tables import Kiosk, KioskPairing
from services.api.office import kiosks
from services.api.office.work import Work
from services.api.problems import Problem

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No two of these are mistaken for each other, and none of them spells much."""
CODE_LENGTH = 6
"""30^6 is 730 million: with a few codes about and a few tries a minute nobody guesses one."""
MOST_WAITING = 500
"""Screens that may show a code at once."""


class PairingBegun(BaseModel):
    """A code to show, and the secret that becomes the kiosk's token."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"code": "K7M4QX", "secret": "nk_…", "expires_at": "2026-11-23T09:10:00Z"}],
        }
    )

    code: str = Field(description="For the screen: an admin types it.")
    secret: str = Field(description="For this screen alone: the kiosk's token, once an admin has confirmed.")
    expires_at: datetime


class PairingState(BaseModel):
    """What became of a screen's code."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kiosk_id": None, "expires_at": "2026-11-23T09:10:00Z"}]}
    )

    kiosk_id: str | None = Field(description="The kiosk that this screen is now; null while nobody has typed the code.")
    expires_at: datetime


class PairingCode(BaseModel):
    """A code as it was read off a screen."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"code": "K7M 4QX"}]})

    code: str = Field(min_length=1, max_length=32, description="Capitals, spaces and dashes don't matter.")


class WaitingScreen(BaseModel):
    """The screen that shows a code, for the admin to recognise."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "address": "10.0.0.31",
                    "user_agent": "Mozilla/5.0",
                    "shown_at": "2026-11-23T09:00:00Z",
                    "expires_at": "2026-11-23T09:10:00Z",
                }
            ]
        }
    )

    address: str
    user_agent: str
    shown_at: datetime
    expires_at: datetime


def begin(work: Work, user_agent: str) -> PairingBegun:
    """Give a new screen its code.

    Raises:
        Problem: 429, too many screens wait already.
    """
    work.session.exec(delete(KioskPairing).where(col(KioskPairing.expires_at) <= work.now))
    if work.session.exec(select(func.count()).select_from(KioskPairing)).one() >= MOST_WAITING:
        raise Problem(429, "too_many", "Too many screens show a code. Try again in a few minutes.")
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    token = tokens.new_token(tokens.KIOSK)
    row = KioskPairing(
        code_hash=_code_hash(code),
        token_hash=tokens.token_hash(token),
        address=work.by.address,
        user_agent=user_agent[:200],
        created_at=work.now,
        expires_at=work.now + timedelta(minutes=work.api.pairing_min),
    )
    work.session.add(row)
    return PairingBegun(code=code, secret=token, expires_at=row.expires_at)


def state(work: Work, secret: str) -> PairingState:
    """Return what became of the code of whoever holds this secret.

    Raises:
        Problem: 404, its time is over.
    """
    query = select(KioskPairing).where(KioskPairing.token_hash == tokens.token_hash(secret))
    row = work.session.exec(query).first()
    if row is None or row.expires_at <= work.now:
        raise Problem(404, "pairing_over", "This code is over. Show a new one.")
    return PairingState(kiosk_id=row.kiosk_id, expires_at=row.expires_at)


def find(work: Work, sent: PairingCode) -> WaitingScreen:
    """Return the screen that shows this code.

    Raises:
        Problem: 404, none does.
    """
    row = _waiting(work, sent.code)
    return WaitingScreen(
        address=row.address, user_agent=row.user_agent, shown_at=row.created_at, expires_at=row.expires_at
    )


def confirm(work: Work, kiosk_id: str, sent: PairingCode) -> Kiosk:
    """Make the screen that shows this code the kiosk's; a screen that was the kiosk's before is so no longer.

    Raises:
        Problem: 404, no such kiosk, or no screen shows this code.
    """
    kiosk = kiosks.get(work, kiosk_id)
    row = _waiting(work, sent.code)
    claimed = work.session.exec(
        update(KioskPairing)
        .where(col(KioskPairing.id) == row.id, col(KioskPairing.kiosk_id).is_(None))
        .values(kiosk_id=kiosk_id, confirmed_at=work.now)
    )
    if claimed.rowcount != 1:
        raise _unknown()
    kiosk.token_hash = row.token_hash
    work.session.add(kiosk)
    work.note("kiosk.pair", f"kiosk:{kiosk_id}", after={"screen_address": row.address})
    return kiosk


def create_and_confirm(work: Work, new: kiosks.KioskCreate, sent: PairingCode) -> Kiosk:
    """Make a kiosk of the screen that shows this code, both or neither.

    Raises:
        Problem: as `kiosks.create` and `confirm`.
    """
    kiosks.create(work, new)
    work.session.flush()
    return confirm(work, new.id, sent)


def _waiting(work: Work, code: str) -> KioskPairing:
    query = select(KioskPairing).where(KioskPairing.code_hash == _code_hash(code))
    row = work.session.exec(query).first()
    if row is None or row.kiosk_id is not None or row.expires_at <= work.now:
        raise _unknown()
    return row


def _unknown() -> Problem:
    return Problem(
        404, "no_such_code", "No screen shows this code now. Look at the screen again: codes change.", "code"
    )


def _code_hash(code: str) -> str:
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return tokens.token_hash(f"pairing:{plain}")
