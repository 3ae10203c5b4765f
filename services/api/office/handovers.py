"""Handing a hall over to a colleague: a code shown once, good for ten minutes and for one person."""

import hashlib
import secrets
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import update
from sqlmodel import col, delete, select

from services.api.db.tables import Assignment, Handover, SittingHall
from services.api.office import sittings
from services.api.office.work import Work
from services.api.problems import conflict, not_found

GOOD_FOR = timedelta(minutes=10)
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without what is easily mistaken on a screen: 0 and O, 1, I and L."""
LENGTH = 8
"""31^8 codes: nobody guesses one in ten minutes, and tries are throttled."""


class HandoverCreate(BaseModel):
    """An offer of a hall."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"leaves": True}]})

    leaves: bool = Field(True, description="Whether you no longer watch over the hall once it is taken.")


class HandoverCode(BaseModel):
    """The code: this is the only time that it is shown."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"code": "K7M2-P9QX", "expires_at": "2026-11-23T09:10:00Z"}]}
    )

    code: str
    expires_at: datetime


class HandoverTake(BaseModel):
    """The code that a colleague shows."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"code": "K7M2-P9QX"}]})

    code: str = Field(min_length=1, max_length=32)


class HandoverTaken(BaseModel):
    """The hall that is now watched over."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"sitting_id": 1, "hall": "A"}]})

    sitting_id: int
    hall: str


def offer(work: Work, sitting_id: int, hall_id: str, wish: HandoverCreate) -> HandoverCode:
    """Offer a hall; an offer that was open before ends.

    Raises:
        Problem: no such sitting or hall, sealed.
    """
    sittings.check_not_sealed(sittings.get(work, sitting_id))
    if work.session.get(SittingHall, (sitting_id, hall_id)) is None:
        raise not_found(f"hall of sitting {sitting_id}", hall_id, "hall_id")
    mine = (
        col(Handover.sitting_id) == sitting_id,
        col(Handover.hall_id) == hall_id,
        col(Handover.given_by) == work.by.user_id,
    )
    work.session.exec(delete(Handover).where(*mine, col(Handover.taken_at).is_(None)))
    code, until = _new_code(), work.now + GOOD_FOR
    work.session.add(
        Handover(
            code_hash=_hash(code),
            sitting_id=sitting_id,
            hall_id=hall_id,
            given_by=work.by.user_id or 0,
            leaves=wish.leaves,
            created_at=work.now,
            expires_at=until,
        )
    )
    work.note("hall.offer", f"hall:{hall_id}", after={"leaves": wish.leaves}, sitting_id=sitting_id)
    return HandoverCode(code=code, expires_at=until)


def take(work: Work, given: HandoverTake) -> HandoverTaken:
    """Take a hall by its code: one person can, once.

    Raises:
        Problem: no such code, or it was used or is too old: which of these is not told.
    """
    found = work.session.exec(select(Handover).where(Handover.code_hash == _hash(given.code))).first()
    if found is None or not _claim(work, found.id or 0):
        raise not_found("hall offered by this code", given.code, "code")
    if found.given_by == work.by.user_id:
        raise conflict("own_code", "This is your own code: a colleague types it.", "code")
    _assign(work, found)
    if found.leaves:
        _let_go(work, found)
    after: dict[str, object] = {"from": found.given_by, "to": work.by.user_id, "leaves": found.leaves}
    work.note("hall.hand_over", f"hall:{found.hall_id}", after=after, sitting_id=found.sitting_id)
    return HandoverTaken(sitting_id=found.sitting_id, hall=found.hall_id)


def _claim(work: Work, handover_id: int) -> bool:
    """Take the offer by a conditional update: one row changed means that it is ours."""
    free = (col(Handover.id) == handover_id, col(Handover.taken_at).is_(None), col(Handover.expires_at) > work.now)
    change = update(Handover).where(*free).values(taken_at=work.now, taken_by=work.by.user_id)
    return work.session.connection().execute(change).rowcount == 1


def _assign(work: Work, offered: Handover) -> None:
    mine = (Assignment.user_id == work.by.user_id, Assignment.sitting_id == offered.sitting_id)
    halls = work.session.exec(select(Assignment.hall_id).where(*mine)).all()
    if None not in halls and offered.hall_id not in halls:
        work.session.add(
            Assignment(user_id=work.by.user_id or 0, sitting_id=offered.sitting_id, hall_id=offered.hall_id)
        )


def _let_go(work: Work, offered: Handover) -> None:
    """Take the giver off this hall; who watched the whole sitting keeps its other halls."""
    theirs = (Assignment.user_id == offered.given_by, Assignment.sitting_id == offered.sitting_id)
    rows = work.session.exec(select(Assignment).where(*theirs)).all()
    keeps = {row.hall_id for row in rows if row.hall_id is not None}
    if any(row.hall_id is None for row in rows):
        keeps = set(sittings.hall_ids(work, offered.sitting_id))
    for row in rows:
        work.session.delete(row)
    work.session.flush()
    for hall_id in sorted(keeps - {offered.hall_id}):
        work.session.add(Assignment(user_id=offered.given_by, sitting_id=offered.sitting_id, hall_id=hall_id))


def _new_code() -> str:
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return f"{letters[:4]}-{letters[4:]}"


def _hash(code: str) -> str:
    letters = "".join(letter for letter in code.upper() if letter in ALPHABET)
    return hashlib.sha256(letters.encode()).hexdigest()
