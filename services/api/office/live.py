"""The live state of one sitting, or of one of its halls: a snapshot, and what changed between two looks."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from redis import Redis
from redis.exceptions import RedisError
from sqlmodel import col, exists, func, select

from services.api.attendance.projection import shown_status
from services.api.db.tables import Attempt, Hall, Kiosk, RosterEntry, SittingHall, Student, Template
from services.api.examples import example_of
from services.api.office import kiosks, record, reviews, sittings
from services.api.office.attendance import RosterStatus
from services.api.office.reviews import ReviewPublic
from services.api.office.screens import Screens, ScreenTrouble
from services.api.office.sitting_shapes import SittingPublic
from services.api.office.work import Work
from services.api.problems import not_found
from shared.kiosk_channel import CameraStatus, KioskChannel

LIGHT = frozenset({"backlit", "too_dark", "too_bright"})
"""The hints that say something of a door rather than of who stands there."""
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
    since: datetime | None = Field(None, description="The last frame before it went wrong; null while it is live.")
    light: str = Field(
        "", description="What liveness says of the light: `backlit`, `too_dark`, `too_bright`, or nothing."
    )
    trouble: list[ScreenTrouble] = Field(
        default_factory=list, description="`two_places`: the kiosk's token is used on two screens at once."
    )


class LiveHall(BaseModel):
    """One hall of the sitting: its plan, and what its invigilators set."""

    hall: str
    name: str
    time_zone: str
    rows: int | None
    columns: int | None
    blocked: list[list[int]]
    queue_grace_min: int
    closed_at: datetime | None
    sealed_at: datetime | None = Field(description="Nothing here changes any more; corrections are amendments.")


class SeatStatus(RosterStatus):
    """How somebody stands, and whether a camera can know them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{**example_of(RosterStatus), "by_number": False, "enrolled": True, "came_at": None}]
        }
    )

    by_number: bool = Field(description="Opted out of recognition.")
    enrolled: bool
    came_at: datetime | None = Field(None, description="Of who is out: when they were let in; `at` is when they left.")


class Counts(BaseModel):
    """How many of the roster stand how."""

    expected: int = 0
    present: int = 0
    late: int = 0
    out: int = 0
    absent: int = 0
    cancelled: int = Field(0, description="Expected at a sitting that was called off.")
    waiting: int = Field(0, description="Cases that wait for a person.")


class LiveState(BaseModel):
    """Everything that the hall's page shows."""

    sitting: SittingPublic
    halls: dict[str, LiveHall] = Field(description="By id.")
    counts: Counts
    roster: dict[str, SeatStatus] = Field(description="By student number.")
    reviews: dict[str, ReviewPublic] = Field(description="By id.")
    doors: dict[str, Door] = Field(description="By kiosk.")


class LiveChange(BaseModel):
    """What changed: whole new values by key, and the keys that are gone."""

    sitting: SittingPublic | None = None
    halls: dict[str, LiveHall] = Field(default_factory=dict)
    counts: Counts | None = None
    roster: dict[str, SeatStatus] = Field(default_factory=dict)
    reviews: dict[str, ReviewPublic] = Field(default_factory=dict)
    doors: dict[str, Door] = Field(default_factory=dict)
    gone: list[str] = Field(default_factory=list, description="`halls:KEY`, `roster:KEY`, `reviews:KEY`, `doors:KEY`.")

    @property
    def empty(self) -> bool:
        """Whether nothing changed."""
        return not self.model_dump(exclude_defaults=True)


Known = dict[tuple[Any, ...], SeatStatus]
"""Lines of a roster as they were read, and their shapes."""
_COLUMNS = (
    RosterEntry.student_id,
    Student.name,
    RosterEntry.hall_id,
    RosterEntry.status,
    RosterEntry.table_label,
    RosterEntry.row,
    RosterEntry.col,
    RosterEntry.status_kiosk_id,
    RosterEntry.status_at,
    RosterEntry.status_attempt_id,
    RosterEntry.provisional,
    RosterEntry.note,
    RosterEntry.version,
    Student.by_number,
    RosterEntry.sealed,
)
_FIELDS = (
    *("student_id", "name", "hall", "status", "table", "row", "col", "kiosk", "at", "attempt_id"),
    *("provisional", "note", "version", "by_number", "sealed", "enrolled", "amended", "came_at"),
)


def look(
    work: Work, frames: "Redis", sitting_id: int, hall_id: str | None = None, known: Known | None = None
) -> LiveState:
    """Read the whole state of a sitting, or of one of its halls; `known` is what was read the last time.

    Raises:
        Problem: there is no such sitting, or it is not held in this hall.
    """
    row = sittings.get(work, sitting_id)
    sitting = sittings.shape(work, [row])[0]
    halls = _halls(work, sitting_id, hall_id)
    if hall_id is not None and not halls:
        raise not_found(f"hall of sitting {sitting_id}", hall_id, "hall_id")
    roster = _roster(work, sitting_id, hall_id, {} if known is None else known)
    cases = reviews.of_sitting(work, row, sitting.halls, hall_id)
    doors = [door(kiosk, frames) for kiosk in kiosks_of(work, halls)]
    return LiveState(
        sitting=sitting,
        halls=halls,
        counts=count(roster, cases),
        roster={row.student_id: row for row in roster},
        reviews={str(case.id): case for case in cases},
        doors={door.kiosk_id: door for door in doors},
    )


def kiosks_of(work: Work, halls: Iterable[str]) -> list[Kiosk]:
    """Return the kiosks of these halls, by id."""
    return list(work.session.exec(select(Kiosk).where(col(Kiosk.hall_id).in_(halls)).order_by(col(Kiosk.id))))


def _halls(work: Work, sitting_id: int, hall_id: str | None) -> dict[str, LiveHall]:
    query = select(SittingHall, Hall).join(Hall, col(Hall.id) == SittingHall.hall_id)
    query = query.where(SittingHall.sitting_id == sitting_id).order_by(col(Hall.id))
    if hall_id is not None:
        query = query.where(SittingHall.hall_id == hall_id)
    return {hall.id: _live_hall(of_sitting, hall) for of_sitting, hall in work.session.exec(query)}


def _live_hall(of_sitting: SittingHall, hall: Hall) -> LiveHall:
    return LiveHall(
        hall=hall.id,
        name=hall.name,
        time_zone=hall.time_zone,
        rows=hall.rows,
        columns=hall.columns,
        blocked=hall.blocked,
        queue_grace_min=of_sitting.queue_grace_min,
        closed_at=of_sitting.closed_at,
        sealed_at=of_sitting.sealed_at,
    )


def _roster(work: Work, sitting_id: int, hall_id: str | None, known: Known) -> list[SeatStatus]:
    """Read the roster; a line that is as it was keeps its shape, which is most of the work."""
    sitting = sittings.get(work, sitting_id)
    times = (sittings.check_in_over(sitting, work.now), sitting.state == "cancelled")
    query = (
        select(*_COLUMNS, exists().where(col(Template.student_id) == Student.id))  # type: ignore[call-overload]
        .join(Student, col(Student.id) == col(RosterEntry.student_id))
        .where(RosterEntry.sitting_id == sitting_id)
        .order_by(col(RosterEntry.hall_id), col(RosterEntry.table_label), col(RosterEntry.student_id))
    )
    if hall_id is not None:
        query = query.where(RosterEntry.hall_id == hall_id)
    rows = work.session.exec(query).all()
    amended = record.amended_statuses(work, sitting_id) if any(row.sealed for row in rows) else {}
    came = _came(work, sitting_id, [row.student_id for row in rows if row.status == "out"])
    lines = {(*row, amended.get(row[0]), came.get(row[0]), *times): None for row in rows}
    for line in [line for line in known if line not in lines]:
        del known[line]
    for line in lines:
        if line not in known:
            known[line] = _seat_status(*line)
    return [known[line] for line in lines]


def _came(work: Work, sitting_id: int, out: list[str]) -> dict[str, datetime]:
    """Return when these, who are out now, were first let in."""
    if not out:
        return {}
    lets_in = col(Attempt.verdict).in_(("present", "late")) | col(Attempt.sets_status).in_(("in", "present", "late"))
    taken_back = select(Attempt.undoes_id).where(Attempt.sitting_id == sitting_id, col(Attempt.undoes_id).is_not(None))
    query = (
        select(Attempt.student_id, func.min(func.coalesce(Attempt.effective_at, Attempt.captured_at)))
        .where(Attempt.sitting_id == sitting_id, col(Attempt.student_id).in_(out), lets_in)
        .where(col(Attempt.id).not_in(taken_back))
        .group_by(col(Attempt.student_id))
    )
    return {student_id: at for student_id, at in work.session.exec(query) if student_id is not None}


def _seat_status(*line: Any) -> SeatStatus:
    fields = dict(zip((*_FIELDS, "over", "cancelled"), line, strict=True))
    over, cancelled = fields.pop("over") or fields["sealed"], fields.pop("cancelled")
    status = fields["amended"] or shown_status(fields["status"], check_in_over=over, cancelled=cancelled)
    return SeatStatus(**{**fields, "status": status, "amended": fields["amended"] is not None})


def count(roster: Iterable[RosterStatus], cases: Iterable[ReviewPublic]) -> Counts:
    """Count the roster by status, and the cases that wait."""
    counts = Counts(waiting=sum(case.state == "open" and not case.listed for case in cases))
    for row in roster:
        setattr(counts, row.status, getattr(counts, row.status) + 1)
    return counts


def difference(before: LiveState, now: LiveState) -> LiveChange:
    """Return what changed between two looks."""
    parts = {
        name: _changed(getattr(before, name), getattr(now, name)) for name in ("halls", "roster", "reviews", "doors")
    }
    gone = [f"{name}:{key}" for name in parts for key in getattr(before, name) if key not in getattr(now, name)]
    return LiveChange(
        sitting=now.sitting if now.sitting != before.sitting else None,
        counts=now.counts if now.counts != before.counts else None,
        gone=gone,
        **parts,
    )


def _changed(before: dict[str, BaseModel], now: dict[str, BaseModel]) -> dict[str, BaseModel]:
    return {key: value for key, value in now.items() if before.get(key) != value}


def door(kiosk: Kiosk, frames: "Redis") -> Door:
    """Look how one door is."""
    channel = KioskChannel(frames, kiosk.id)
    camera = kiosks.camera_of(channel)
    state = _state(kiosk.enabled, camera)
    return Door(
        kiosk_id=kiosk.id,
        name=kiosk.name or kiosk.id,
        hall=kiosk.hall_id,
        direction=kiosk.direction,
        state=state,
        fps=float(round(camera.fps)) if camera else 0.0,
        detail=camera.detail if camera else "",
        since=camera.last_frame_at if camera and state != "live" else None,
        light=_light(channel) if state == "live" else "",
        trouble=Screens(frames).trouble(kiosk.id),
    )


def _light(channel: KioskChannel) -> str:
    try:
        prompt = channel.last_prompt()
    except RedisError:
        return ""
    return str(prompt.hint) if prompt is not None and prompt.hint in LIGHT else ""


def _state(enabled: bool, camera: CameraStatus | None) -> DoorState:
    if not enabled:
        return "off"
    return camera.state if camera else "silent"
