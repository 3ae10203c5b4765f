"""Everything that the final roster of one hall says, read once: the CSV and the PDF are made of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, func, select

from services.api.anchor import Head
from services.api.db.tables import Attempt, Exam, Hall, Sitting, SittingHall
from services.api.office import record
from services.api.office.closing import state
from services.api.office.closing.counts import Totals, totals_of
from services.api.office.closing.shapes import AmendmentPublic, DifferencePublic
from services.api.office.record import Line, Ruling
from services.api.office.work import Work


@dataclass(frozen=True)
class Original:
    """The sealed files that an amended report is about."""

    csv_sha256: str
    pdf_sha256: str
    sealed_at: datetime


@dataclass(frozen=True)
class FinalRoster:
    """The end of an exam in one hall."""

    sitting_id: int
    exam_code: str
    subject: str
    hall_id: str
    hall_name: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    policy: str
    used_policies: dict[str, int]
    """How many were admitted by the machine, by the proof of life that was asked of them."""
    head_count: int | None
    scripts_collected: int | None
    lines: Sequence[Line]
    rulings: Sequence[Ruling]
    differences: Sequence[DifferencePublic]
    signed_by: str
    """The name of who sealed it, or amended it last."""
    signed_by_id: str
    at: datetime
    head: Head
    """The audit chain's: before the seal's own entry, or the last amendment's."""
    amendments: Sequence[AmendmentPublic] = ()
    original: Original | None = None

    @property
    def totals(self) -> Totals:
        """How many stand how."""
        return totals_of(line.status for line in self.lines)

    @property
    def about(self) -> str:
        """What every page of it is headed with."""
        return f"{self.exam_code} · {self.subject} · {self.hall_name}"

    @property
    def ever_off(self) -> bool:
        """Whether anybody may have been let in without a proof of life."""
        return self.policy == "off" or self.used_policies.get("off", 0) > 0


@dataclass(frozen=True)
class Signed:
    """Who signs it, when, and the audit chain's head at that time."""

    actor: str
    at: datetime
    head: Head


def read(work: Work, sitting: Sitting, hall: SittingHall, signed: Signed, *, as_sealed: bool = True) -> FinalRoster:
    """Read it all."""
    sitting_id = sitting.id or 0
    exam, room = work.session.get_one(Exam, sitting.exam_id), work.session.get_one(Hall, hall.hall_id)
    return FinalRoster(
        sitting_id=sitting_id,
        exam_code=exam.code,
        subject=exam.subject,
        hall_id=hall.hall_id,
        hall_name=room.name,
        zone=room.time_zone,
        starts_at=sitting.starts_at,
        ends_at=sitting.ends_at,
        policy=sitting.policy,
        used_policies=_used_policies(work, sitting_id, hall.hall_id),
        head_count=hall.head_count,
        scripts_collected=hall.scripts_collected,
        lines=record.lines(work, sitting, hall.hall_id, as_sealed=as_sealed),
        rulings=record.rulings(work, sitting_id, hall.hall_id),
        differences=state.differences(work, sitting_id, hall.hall_id),
        signed_by=record.actor_names(work, {signed.actor}).get(signed.actor, signed.actor),
        signed_by_id=signed.actor,
        at=signed.at,
        head=signed.head,
    )


def _used_policies(work: Work, sitting_id: int, hall_id: str) -> dict[str, int]:
    query = (
        select(Attempt.policy, func.count())
        .where(
            Attempt.sitting_id == sitting_id,
            Attempt.door_hall_id == hall_id,
            col(Attempt.verdict).in_(("present", "late")),
            col(Attempt.repeat_of_id).is_(None),
            col(Attempt.policy).is_not(None),
        )
        .group_by(col(Attempt.policy))
    )
    return dict(Counter({str(policy): count for policy, count in work.session.exec(query)}))
