"""What happens to a sitting while people arrive: it is delayed, or called off. `hall_moves` takes it to another hall.

Nobody who is in is put out again: what a door said then stays said, and the roster follows the new times.
"""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlmodel import func, select

from services.api.attendance.roster import reproject_sitting
from services.api.attendance.rules import rules_of
from services.api.db.tables import RosterEntry, Sitting
from services.api.office import sittings
from services.api.office.sitting_shapes import SittingPublic
from services.api.office.students import check_version
from services.api.office.work import Facts, Work
from services.api.problems import conflict

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
_TIMES = ("opens_at", "starts_at", "late_after", "closes_at", "ends_at")


class Delay(BaseModel):
    """How long a sitting is put off."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"minutes": 20, "reason": "The papers are not here yet"}]}
    )

    minutes: int = Field(ge=1, le=1440)
    reason: Reason
    close_the_doors: bool = Field(
        False,
        description="Check-in that has opened already stays open; true: it closes again until the new opening time.",
    )
    version: int | None = Field(None, description="The version that was seen; another one there is a conflict.")


class CallingOff(BaseModel):
    """Why a sitting is called off, or takes place after all."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "Fire alarm"}]})

    reason: Reason
    version: int | None = Field(None, description="The version that was seen; another one there is a conflict.")


def delay(work: Work, sitting_id: int, wish: Delay) -> SittingPublic:
    """Shift all times; who was late by less than the delay is punctual.

    Check-in that has opened stays open, unless the doors are to close again.

    Raises:
        Problem: unknown, sealed, called off, over, or changed meanwhile.
    """
    sitting = open_for_change(work, sitting_id, wish.version)
    if sitting.ends_at < work.now:
        raise conflict("over", "The sitting is over: its times can't be put off.", "sitting_id")
    before = _times(sitting)
    stays_open = sitting.opens_at <= work.now and not wish.close_the_doors
    for name in _TIMES:
        if name != "opens_at" or not stays_open:
            setattr(sitting, name, getattr(sitting, name) + timedelta(minutes=wish.minutes))
    write(work, sitting)
    reproject_sitting(work.session, sitting_id, rules_of(work.api))
    after: Facts = {**_times(sitting), "minutes": wish.minutes, "reason": wish.reason}
    work.note("sitting.delay", f"sitting:{sitting_id}", before=before, after=after, sitting_id=sitting_id)
    return sittings.shape(work, [sitting])[0]


def cancel(work: Work, sitting_id: int, wish: CallingOff) -> SittingPublic:
    """Call a sitting off: its doors say that there is no exam; what has happened stays in the record.

    Raises:
        Problem: unknown, sealed, called off already, or changed meanwhile.
    """
    sitting = open_for_change(work, sitting_id, wish.version)
    return _set_state(work, sitting, "cancelled", "sitting.cancel", wish.reason)


def reinstate(work: Work, sitting_id: int, wish: CallingOff) -> SittingPublic:
    """Let a sitting that was called off take place after all; who had checked in is in.

    Raises:
        Problem: unknown, not called off, or changed meanwhile.
    """
    sitting = sittings.locked(work, sitting_id)
    check_version(sitting.version, wish.version, f"sitting {sitting_id}")
    if sitting.state != "cancelled":
        raise conflict("not_cancelled", "The sitting is not called off.", "sitting_id")
    return _set_state(work, sitting, "planned", "sitting.reinstate", wish.reason)


def open_for_change(work: Work, sitting_id: int, version: int | None) -> Sitting:
    """Return a sitting that may still be put off, moved or called off, held until the commit.

    Raises:
        Problem: unknown, changed meanwhile, sealed, or called off.
    """
    sitting = sittings.locked(work, sitting_id)
    check_version(sitting.version, version, f"sitting {sitting_id}")
    sittings.check_not_sealed(sitting)
    if sitting.state == "cancelled":
        raise conflict("cancelled", "The sitting is called off: let it take place again first.", "sitting_id")
    return sitting


def _set_state(work: Work, sitting: Sitting, state: str, action: str, reason: str) -> SittingPublic:
    sitting_id, before = sitting.id or 0, sitting.state
    sitting.state = state
    write(work, sitting)
    reproject_sitting(work.session, sitting_id, rules_of(work.api))
    there = select(func.count()).where(RosterEntry.sitting_id == sitting_id, RosterEntry.status != "expected")
    after: Facts = {"state": state, "reason": reason, "have_checked_in": work.session.exec(there).one()}
    work.note(action, f"sitting:{sitting_id}", before={"state": before}, after=after, sitting_id=sitting_id)
    return sittings.shape(work, [sitting])[0]


def write(work: Work, sitting: Sitting) -> None:
    """Let others see that a sitting was changed."""
    sitting.version += 1
    work.session.add(sitting)
    work.session.flush()


def _times(sitting: Sitting) -> Facts:
    return {name: getattr(sitting, name).isoformat() for name in _TIMES}
