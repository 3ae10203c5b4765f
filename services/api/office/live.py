"""The live state of one sitting: a snapshot, and what changed between two looks. Pure but for `look`."""

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, Field
from redis import Redis

from services.api.db.tables import Kiosk
from services.api.office import attendance, kiosks, reviews, sittings
from services.api.office.attendance import RosterStatus
from services.api.office.reviews import ReviewPublic
from services.api.office.sitting_shapes import SittingPublic
from services.api.office.work import Work
from shared.kiosk_channel import CameraStatus, KioskChannel

DoorState = Literal["live", "frozen", "black", "lost", "silent", "off"]


class Door(BaseModel):
    """One kiosk of the sitting's halls."""

    kiosk_id: str
    name: str
    hall: str
    direction: str
    state: DoorState = Field(description="The camera's, or `silent` (capture says nothing) or `off` (switched off).")
    fps: float = Field(description="Rounded, so that a door says something only when it means something.")
    detail: str


class Counts(BaseModel):
    """How many of the roster stand how."""

    expected: int = 0
    present: int = 0
    late: int = 0
    out: int = 0
    absent: int = 0
    waiting: int = Field(0, description="Cases that wait for a person.")


class LiveState(BaseModel):
    """Everything that the hall's page shows."""

    sitting: SittingPublic
    counts: Counts
    roster: dict[str, RosterStatus] = Field(description="By student number.")
    reviews: dict[str, ReviewPublic] = Field(description="By id.")
    doors: dict[str, Door] = Field(description="By kiosk.")


class LiveChange(BaseModel):
    """What changed: whole new values by key, and the keys that are gone."""

    sitting: SittingPublic | None = None
    counts: Counts | None = None
    roster: dict[str, RosterStatus] = Field(default_factory=dict)
    reviews: dict[str, ReviewPublic] = Field(default_factory=dict)
    doors: dict[str, Door] = Field(default_factory=dict)
    gone: list[str] = Field(default_factory=list, description="`roster:KEY`, `reviews:KEY`, `doors:KEY`.")

    @property
    def empty(self) -> bool:
        """Whether nothing changed."""
        return not self.model_dump(exclude_defaults=True)


def look(work: Work, frames: "Redis", sitting_id: int) -> LiveState:
    """Read the whole state of a sitting.

    Raises:
        Problem: there is no such sitting.
    """
    sitting = sittings.shape(work, [sittings.get(work, sitting_id)])[0]
    roster = attendance.roster(work, sitting_id)
    cases = reviews.of_sitting(work, sitting_id, sitting.halls)
    doors = [_door(kiosk, frames) for hall in sitting.halls for kiosk in kiosks.every(work, hall)]
    return LiveState(
        sitting=sitting,
        counts=count(roster, cases),
        roster={row.student_id: row for row in roster},
        reviews={str(case.id): case for case in cases},
        doors={door.kiosk_id: door for door in doors},
    )


def count(roster: Iterable[RosterStatus], cases: Iterable[ReviewPublic]) -> Counts:
    """Count the roster by status, and the cases that wait."""
    counts = Counts(waiting=sum(case.state == "open" and not case.listed for case in cases))
    for row in roster:
        setattr(counts, row.status, getattr(counts, row.status) + 1)
    return counts


def difference(before: LiveState, now: LiveState) -> LiveChange:
    """Return what changed between two looks."""
    parts = {name: _changed(getattr(before, name), getattr(now, name)) for name in ("roster", "reviews", "doors")}
    gone = [f"{name}:{key}" for name in parts for key in getattr(before, name) if key not in getattr(now, name)]
    return LiveChange(
        sitting=now.sitting if now.sitting != before.sitting else None,
        counts=now.counts if now.counts != before.counts else None,
        gone=gone,
        **parts,
    )


def _changed(before: dict[str, BaseModel], now: dict[str, BaseModel]) -> dict[str, BaseModel]:
    return {key: value for key, value in now.items() if before.get(key) != value}


def _door(kiosk: Kiosk, frames: "Redis") -> Door:
    camera = kiosks.camera_of(KioskChannel(frames, kiosk.id))
    return Door(
        kiosk_id=kiosk.id,
        name=kiosk.name or kiosk.id,
        hall=kiosk.hall_id,
        direction=kiosk.direction,
        state=_state(kiosk.enabled, camera),
        fps=float(round(camera.fps)) if camera else 0.0,
        detail=camera.detail if camera else "",
    )


def _state(enabled: bool, camera: CameraStatus | None) -> DoorState:
    if not enabled:
        return "off"
    return camera.state if camera else "silent"
