"""The views as the database has them: what the schedule and the gallery in Redis should say."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import cast

from sqlmodel import Session, col, select

from services.api.attendance.rules import before_opens
from services.api.db.tables import (
    Admission,
    Exam,
    HallMove,
    Kiosk,
    LookAlikePair,
    PracticeSession,
    RosterEntry,
    Sitting,
    Student,
    Template,
)
from services.api.settings import ApiSection
from shared.events import Policy
from shared.gallery import GalleryEntry, admission_key, enrolment_key
from shared.schedule import KioskView, Schedule, SittingView, is_practice

_ONE_DAY = timedelta(days=1)
ADMISSIONS_KEPT = timedelta(hours=1)
"""How long after a sitting's end its admissions are kept: nobody comes back any more."""


def schedule_of(session: Session, now: datetime, api: ApiSection) -> Schedule:
    """Return the schedule: every kiosk, the sittings of a day back and some days ahead, confirmed twins."""
    near = (Sitting.ends_at >= now - _ONE_DAY, Sitting.opens_at <= now + timedelta(days=api.schedule_days))
    rows = session.exec(
        select(Sitting, Exam)
        .join(Exam, col(Exam.id) == Sitting.exam_id)
        .where(Sitting.state != "cancelled", *near)
        .order_by(col(Sitting.starts_at), col(Sitting.id))
    ).all()
    ids = [cast(int, sitting.id) for sitting, _ in rows]
    seated, left = _seated(session, ids), _left(session, ids)
    twins = session.exec(
        select(LookAlikePair.student_a, LookAlikePair.student_b)
        .where(LookAlikePair.state == "confirmed")
        .order_by(col(LookAlikePair.id))
    )
    return Schedule(
        kiosks=(
            *(_kiosk(row) for row in session.exec(select(Kiosk).order_by(col(Kiosk.id))) if not is_practice(row.id)),
            *_practising(session, now, api),
        ),
        sittings=tuple(_sitting(sitting, exam, seated, left, api) for sitting, exam in rows),
        look_alikes=tuple((first, second) for first, second in twins),
    )


def gallery_of(session: Session, now: datetime) -> dict[str, GalleryEntry]:
    """Return every entry that the gallery should have, by key."""
    templates = session.exec(select(Template).order_by(col(Template.asked_at), col(Template.id)))
    entries = {entry.key: entry for entry in map(_enrolled, templates)}
    kept = select(Admission).join(Sitting, col(Sitting.id) == Admission.sitting_id)
    admissions = session.exec(kept.where(Sitting.ends_at >= now - ADMISSIONS_KEPT))
    return entries | {entry.key: entry for entry in map(_admitted, admissions)}


def gallery_entries(session: Session, keys: Iterable[str]) -> dict[str, GalleryEntry | None]:
    """Return what the gallery should have under each of `keys`; None: nothing."""
    return {key: _entry(session, key) for key in keys}


def _entry(session: Session, key: str) -> GalleryEntry | None:
    kind, _, rest = key.partition(":")
    if kind == "student":
        query = select(Template).where(Template.student_id == rest)
        template = session.exec(query.order_by(col(Template.asked_at).desc(), col(Template.id).desc())).first()
        return _enrolled(template) if template else None
    sitting_id, _, student_id = rest.partition(":")
    found = select(Admission).where(Admission.sitting_id == int(sitting_id), Admission.student_id == student_id)
    admission = session.exec(found).first()
    return _admitted(admission) if admission else None


def _enrolled(row: Template) -> GalleryEntry:
    entry = GalleryEntry(student_id=row.student_id, model_id=row.model_id, sealed=row.sealed)
    assert entry.key == enrolment_key(row.student_id)
    return entry


def _admitted(row: Admission) -> GalleryEntry:
    entry = GalleryEntry(student_id=row.student_id, model_id=row.model_id, sealed=row.sealed, sitting_id=row.sitting_id)
    assert entry.key == admission_key(row.sitting_id, row.student_id)
    return entry


def _seated(session: Session, sitting_ids: list[int]) -> dict[int, dict[str, str]]:
    """Who sits in which hall, for active students: nobody else can be found at a door."""
    rows = session.exec(
        select(RosterEntry.sitting_id, RosterEntry.student_id, RosterEntry.hall_id)
        .join(Student, col(Student.id) == RosterEntry.student_id)
        .where(col(RosterEntry.sitting_id).in_(sitting_ids), col(Student.active))
        .order_by(col(RosterEntry.id))
    )
    seated: dict[int, dict[str, str]] = {}
    for sitting_id, student_id, hall_id in rows:
        seated.setdefault(sitting_id, {})[student_id] = hall_id
    return seated


def _kiosk(row: Kiosk) -> KioskView:
    return KioskView(
        kiosk_id=row.id,
        hall=row.hall_id,
        source=row.source,
        capture_node=row.capture_node,
        direction=row.direction,
        policy=cast("Policy | None", row.policy),
        token_hash=row.token_hash,
        enabled=row.enabled,
    )


def _practising(session: Session, now: datetime, api: ApiSection) -> Iterator[KioskView]:
    """Who practises now: a kiosk each, of no hall, with the whole challenge."""
    query = select(PracticeSession).where(col(PracticeSession.ended_at).is_(None), PracticeSession.expires_at > now)
    latest = {row.kiosk_id: row for row in session.exec(query.order_by(col(PracticeSession.id)))}
    for row in latest.values():
        yield KioskView(
            kiosk_id=row.kiosk_id,
            hall="",
            source="browser:",
            capture_node=api.practice_node,
            policy="challenge",
            token_hash=row.token_hash,
            practice_student_id=row.student_id,
        )


def _left(session: Session, sitting_ids: list[int]) -> dict[int, frozenset[str]]:
    """Which halls each sitting was moved out of."""
    moves = session.exec(
        select(HallMove.sitting_id, HallMove.from_hall_id)
        .where(col(HallMove.sitting_id).in_(sitting_ids))
        .order_by(col(HallMove.id))
    )
    left: dict[int, frozenset[str]] = {}
    for sitting_id, hall_id in moves:
        left[sitting_id] = left.get(sitting_id, frozenset()) | {hall_id}
    return left


def _sitting(
    sitting: Sitting, exam: Exam, seated: dict[int, dict[str, str]], left: dict[int, frozenset[str]], api: ApiSection
) -> SittingView:
    sitting_id = cast(int, sitting.id)
    hall_of = seated.get(sitting_id, {})
    return SittingView(
        sitting_id=sitting_id,
        exam_code=exam.code,
        subject=exam.subject,
        starts_at=sitting.starts_at,
        ends_at=sitting.ends_at,
        opens_at=sitting.opens_at,
        late_after=sitting.late_after,
        closes_at=sitting.closes_at,
        in_play_from=sitting.opens_at - before_opens(api),
        policy=cast(Policy, sitting.policy),
        hall_of=hall_of,
        left_halls=tuple(sorted(left.get(sitting_id, frozenset()) - frozenset(hall_of.values()))),
    )
