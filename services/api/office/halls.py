"""Halls: rooms with rows, columns and blocked seats."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, computed_field, field_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError
from sqlmodel import col, or_, select
from sqlmodel import delete as sql_delete

from services.api.db.tables import Hall, HallMove, Kiosk, RosterEntry, SittingHall
from services.api.office.students import check_version
from services.api.office.work import Facts, Work
from services.api.problems import conflict, not_found, unfit

HallId = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
EXAMPLE: JsonDict = {
    "id": "A",
    "name": "Hall A",
    "directions": "Ground floor, left of the library",
    "time_zone": "UTC",
    "rows": 12,
    "columns": 20,
}
MOST_SEATS_SAID = 500
"""Blocked seats that the audit log names; of more it says how many they are, and the hash of their list."""
BlockedSeat = Annotated[list[int], Field(min_length=2, max_length=2)]
"""[row, column], from 1."""


class HallFields(BaseModel):
    """What a hall has besides its id."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field("", max_length=200, description="As people call it; `Hall` and the id where it is left out.")
    directions: str = Field("", max_length=500, description="The way there, for somebody at the wrong door.")
    time_zone: str = Field("UTC", examples=["Asia/Kuala_Lumpur"])
    rows: int | None = Field(None, ge=1, le=200)
    columns: int | None = Field(None, ge=1, le=200)
    blocked: list[BlockedSeat] = Field(
        default_factory=list, description="Seats nobody may have: [row, column], from 1."
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            text = "there is no such time zone; one is called like Asia/Kuala_Lumpur"
            raise PydanticCustomError("no_time_zone", text) from error
        return value


class HallCreate(HallFields):
    """A new hall."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    id: HallId = Field(description="Short name, as screens and rosters show it.")
    time_zone: str = Field(
        default_factory=lambda: "",
        min_length=1,
        examples=["Asia/Kuala_Lumpur"],
        description="Where it is left out: that of most halls; of the first hall UTC.",
    )


class HallChange(HallFields):
    """What to change; what is left out stays."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"directions": "Ground floor, left of the library", "version": 1}]}
    )

    version: int | None = Field(None, description="The version that was seen; another one there is a conflict.")


class HallPublic(HallFields):
    """One hall."""

    model_config = ConfigDict(
        extra="ignore", json_schema_extra={"examples": [{**EXAMPLE, "version": 1, "capacity": 240}]}
    )

    id: str
    version: int

    @computed_field(description="Seats that somebody may have; null where the hall has no plan.")  # type: ignore[prop-decorator]
    @property
    def capacity(self) -> int | None:
        """Count the seats of the plan that are not blocked."""
        if self.rows is None or self.columns is None:
            return None
        return self.rows * self.columns - len(on_plan(self.blocked, self.rows, self.columns))


def create(work: Work, new: HallCreate) -> HallPublic:
    """Make a hall.

    Raises:
        Problem: there is one.
    """
    if work.session.get(Hall, new.id) is not None:
        raise conflict("hall_exists", f"There is a hall {new.id} already.", "id")
    fields = new.model_dump(mode="json")
    zone = new.time_zone or usual_zone(work)
    hall = Hall(**{**fields, "name": new.name or _called(new.id), "time_zone": zone})
    _check_plan(hall)
    work.session.add(hall)
    work.note("hall.create", f"hall:{new.id}", after=_facts(hall))
    return public(hall)


def get(work: Work, hall_id: str) -> Hall:
    """Return a hall.

    Raises:
        Problem: there is none.
    """
    hall = work.session.get(Hall, hall_id)
    if hall is None:
        raise not_found("hall", hall_id, "hall_id")
    return hall


def seen(work: Work, hall_id: str) -> Hall:
    """Return a hall that the caller may see: of a sitting that is theirs.

    Raises:
        Problem: there is none, or it is not theirs.
    """
    hall, theirs = get(work, hall_id), work.assigned_halls()
    if theirs is not None and hall_id not in theirs:
        raise not_found("hall", hall_id, "hall_id")
    return hall


def every(work: Work) -> list[HallPublic]:
    """Return the halls that the caller may see, by id."""
    query, theirs = select(Hall).order_by(col(Hall.id)), work.assigned_halls()
    if theirs is not None:
        query = query.where(col(Hall.id).in_(theirs))
    return [public(hall) for hall in work.session.exec(query)]


def usual_zone(work: Work) -> str:
    """Return the time zone that most halls are in: a school is mostly in one."""
    zones = [hall.time_zone for hall in every(work)]
    return max(zones, key=zones.count) if zones else "UTC"


def first_zone(work: Work, hall_ids: Sequence[str]) -> str:
    """Return the time zone that a sitting's times are said in: its first hall's."""
    hall = work.session.get(Hall, hall_ids[0]) if hall_ids else None
    return hall.time_zone if hall else usual_zone(work)


def change(work: Work, hall_id: str, wish: HallChange) -> HallPublic:
    """Change a hall.

    Raises:
        Problem: unknown, or changed by somebody else meanwhile.
    """
    hall = get(work, hall_id)
    check_version(hall.version, wish.version, f"hall {hall_id}")
    before = _facts(hall)
    changes = wish.model_dump(mode="json", exclude_unset=True, exclude={"version"})
    for name, value in changes.items():
        setattr(hall, name, value)
    hall.name = hall.name or _called(hall_id)
    _check_plan(hall)
    hall.version += 1
    work.session.add(hall)
    work.note("hall.change", f"hall:{hall_id}", before=before, after=_facts(hall))
    return public(hall)


def delete(work: Work, hall_id: str) -> None:
    """Delete a hall that nothing is held in.

    Raises:
        Problem: unknown, or a kiosk, sitting or roster still names it.
    """
    hall = get(work, hall_id)
    used = (
        work.session.exec(select(Kiosk.id).where(Kiosk.hall_id == hall_id).limit(1)).first()
        or work.session.exec(select(SittingHall.hall_id).where(SittingHall.hall_id == hall_id).limit(1)).first()
        or work.session.exec(select(RosterEntry.id).where(RosterEntry.hall_id == hall_id).limit(1)).first()
    )
    if used:
        raise conflict("hall_in_use", f"Kiosks or sittings still use hall {hall_id}: move them first.", "hall_id")
    left = or_(col(HallMove.from_hall_id) == hall_id, col(HallMove.to_hall_id) == hall_id)
    work.session.exec(sql_delete(HallMove).where(left))
    work.session.delete(hall)
    work.note("hall.delete", f"hall:{hall_id}", before=_facts(hall))


def on_plan(blocked: Iterable[Sequence[int]], rows: int, columns: int) -> list[tuple[int, int]]:
    """Return the blocked seats that stand on a plan of this size, each once, row by row."""
    return sorted({(row, column) for row, column in blocked if 1 <= row <= rows and 1 <= column <= columns})


def _check_plan(hall: Hall) -> None:
    """Refuse half a plan; a plan that shrank forgets the seats that are no more.

    Raises:
        Problem: 422.
    """
    if (hall.rows is None) != (hall.columns is None):
        raise unfit("half_a_plan", "A plan has rows and columns: give both or neither.", "rows")
    seats = on_plan(hall.blocked, hall.rows or 0, hall.columns or 0)
    hall.blocked = [list(seat) for seat in seats]


def _called(hall_id: str) -> str:
    """Name a hall that was given no name: a link to it has to say something."""
    return f"Hall {hall_id}"


def _facts(hall: Hall) -> Facts:
    facts: Facts = {name: getattr(hall, name) for name in ("name", "directions", "time_zone", "rows", "columns")}
    seats = " ".join(f"{row}-{column}" for row, column in hall.blocked)
    if len(hall.blocked) > MOST_SEATS_SAID:
        seats = f"{len(hall.blocked)} seats, SHA-256 {hashlib.sha256(seats.encode()).hexdigest()}"
    return {**facts, "blocked": seats}


def public(hall: Hall) -> HallPublic:
    """Shape one hall."""
    return HallPublic.model_validate(hall.model_dump())
