"""One hall of a sitting, and what its invigilators set there: grace for a line at the door, and closing it."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from services.api.attendance.roster import reproject_sitting
from services.api.attendance.rules import rules_of
from services.api.db import holding
from services.api.db.sealed import check_halls_open
from services.api.db.tables import SittingHall
from services.api.office import sittings
from services.api.office.work import Facts, Work
from services.api.problems import not_found

MOST_GRACE_MIN = 120


class SittingHallPublic(BaseModel):
    """One hall of a sitting."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"sitting_id": 1, "hall": "A", "queue_grace_min": 10, "closed_at": None}]}
    )

    sitting_id: int
    hall: str
    queue_grace_min: int
    closed_at: datetime | None


class SittingHallChange(BaseModel):
    """What to change; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"queue_grace_min": 10, "reason": "Forty stand at the door"}]},
    )

    queue_grace_min: int | None = Field(
        None, ge=0, le=MOST_GRACE_MIN, description="Minutes after `late_after` that still count as punctual here."
    )
    closed: bool | None = Field(None, description="true: check-in here is closed from now on; false: open as planned.")
    reason: str = Field(min_length=1, max_length=500)


def every(work: Work, sitting_id: int) -> list[SittingHallPublic]:
    """Return a sitting's halls, by id.

    Raises:
        Problem: no such sitting.
    """
    sittings.get(work, sitting_id)
    query = select(SittingHall).where(SittingHall.sitting_id == sitting_id).order_by(col(SittingHall.hall_id))
    return [_public(row) for row in work.session.exec(query)]


def change(work: Work, sitting_id: int, hall_id: str, wish: SittingHallChange) -> SittingHallPublic:
    """Change what holds in one hall; who was late by less than the new grace is punctual.

    Raises:
        Problem: no such sitting, sealed, or not in this hall.
    """
    sittings.check_not_sealed(sittings.locked(work, sitting_id))
    holding.everybodys_entries(work.session, sitting_id)
    check_halls_open(work.session, [(sitting_id, hall_id)], alone=True)
    row = work.session.get(SittingHall, (sitting_id, hall_id))
    if row is None:
        raise not_found(f"hall of sitting {sitting_id}", hall_id, "hall_id")
    before = _facts(row)
    if wish.queue_grace_min is not None:
        row.queue_grace_min = wish.queue_grace_min
    if wish.closed is not None:
        row.closed_at = (row.closed_at or work.now) if wish.closed else None
    work.session.add(row)
    work.session.flush()
    reproject_sitting(work.session, sitting_id, rules_of(work.api))
    after: Facts = {**_facts(row), "reason": wish.reason}
    work.note("sitting.hall", f"hall:{hall_id}", before=before, after=after, sitting_id=sitting_id)
    return _public(row)


def _facts(row: SittingHall) -> Facts:
    return {
        "queue_grace_min": row.queue_grace_min,
        "closed_at": row.closed_at.isoformat() if row.closed_at else None,
    }


def _public(row: SittingHall) -> SittingHallPublic:
    return SittingHallPublic(
        sitting_id=row.sitting_id, hall=row.hall_id, queue_grace_min=row.queue_grace_min, closed_at=row.closed_at
    )
