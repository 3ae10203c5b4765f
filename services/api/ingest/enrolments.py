"""Results of enrolment become templates, photos' states and look-alike pairs."""

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from redis import Redis
from sqlmodel import Session, col, select, update

from services.api import audit, views
from services.api.db import holding
from services.api.db.office import MODEL_SETTING
from services.api.db.tables import LookAlikePair, Photo, ProposedPhoto, Setting, Student, StudentKey, Template
from services.api.media import TEMPLATE
from shared import logs, names
from shared.errors import Invalid
from shared.events import EnrolmentFailed, FaceEnrolled, LookAlikesFound, PhotosChecked
from shared.gallery import enrolment_key

_log = logs.get("ingest")


def record_enrolment(session: Session, events: "Redis", event: FaceEnrolled | EnrolmentFailed, now: datetime) -> None:
    """Write one result; the same one again changes nothing. A student deleted or opted out meanwhile stays so.

    Raises:
        Invalid: no such student ever was.
    """
    others = [one.student_id for one in event.look_alikes] if isinstance(event, FaceEnrolled) else []
    student = _locked_student(session, event.student_id, others)
    if student.deleted_at is not None or student.by_number:
        views.template_key_changed(session, student.id)  # enrolment may have made a key anew: it goes too
        return
    if isinstance(event, EnrolmentFailed):
        _refuse(session, event, now)
        return
    if _write_template(session, event, now):
        _mirror_key(session, events, event)
        _judge_photos(session, event.photo_ids, now)
        for alike in event.look_alikes:
            _pair(session, event.model_id, (event.student_id, alike.student_id), alike.similarity, now)
        _remember_model(session, event.model_id)
        views.gallery_changed(session, enrolment_key(event.student_id))
        _note(session, event, now, {"model": event.model_id, "look_alikes": len(event.look_alikes)})


def record_checked(session: Session, event: PhotosChecked, now: datetime) -> None:
    """Write what was found of proposed photos; one that was taken back, or asked about again meanwhile, stays as it is."""
    _locked_student(session, event.student_id)
    for photo_id, code, detail in zip(event.photo_ids, event.findings, event.details, strict=True):
        photo = session.get(ProposedPhoto, photo_id)
        if photo is None or photo.student_id != event.student_id or photo.asked_at > event.captured_at:
            continue
        photo.state, photo.refusal, photo.detail = ("refused" if code else "good"), code, detail
        photo.checked_at = now
        session.add(photo)


def _locked_student(session: Session, student_id: str, others: Iterable[str] = ()) -> Student:
    """Return a student held until the commit, with others of whom something is written, too."""
    student = holding.students(session, [student_id, *others]).get(student_id)
    if student is None:
        raise Invalid("enrolment of a student that the office does not know")
    return student


def _write_template(session: Session, event: FaceEnrolled, now: datetime) -> bool:
    """Add or replace the template; False for a repeat, or where a later enrolment was first."""
    query = select(Template).where(Template.student_id == event.student_id, Template.model_id == event.model_id)
    template = session.exec(query).first()
    if template is not None and (template.event_id == event.event_id or template.asked_at > event.captured_at):
        return False
    template = template or Template(
        student_id=event.student_id,
        model_id=event.model_id,
        sealed=b"",
        event_id="",
        asked_at=event.captured_at,
        enrolled_at=now,
    )
    template.sealed, template.event_id = event.template, event.event_id
    template.asked_at, template.enrolled_at = event.captured_at, now
    template.quality, template.photo_ids = event.quality.model_dump(), list(event.photo_ids)
    session.add(template)
    return True


def _mirror_key(session: Session, events: "Redis", event: FaceEnrolled) -> None:
    """Copy the wrapped template key, which enrolment made in Redis, into the database."""
    wrapped = cast("bytes | None", events.hget(names.TEMPLATE_KEYS, event.student_id))
    if wrapped is None:
        _log.error("a template came without its key", trace_id=event.trace_id, student_id=event.student_id)
        return
    row = session.get(StudentKey, (event.student_id, TEMPLATE))
    row = row or StudentKey(student_id=event.student_id, purpose=TEMPLATE, wrapped=wrapped)
    row.wrapped = wrapped
    session.add(row)


def _judge_photos(session: Session, photo_ids: tuple[str, ...], now: datetime) -> None:
    judged = {"state": "enrolled", "refusal": None, "detail": "", "judged_at": now}
    session.exec(update(Photo).where(col(Photo.id).in_(photo_ids)).values(**judged))  # the pictures stay unread


def _refuse(session: Session, event: EnrolmentFailed, now: datetime) -> None:
    """Give each photo its own refusal; one code for all where there is only one. A repeat changes nothing."""
    changed = False
    codes = event.refusals if len(event.refusals) == len(event.photo_ids) else event.refusals * len(event.photo_ids)
    for photo_id, code in zip(event.photo_ids, codes, strict=False):
        photo = session.get(Photo, photo_id)
        said_before = photo is not None and (photo.state, photo.refusal, photo.detail) == (
            "refused",
            code,
            event.detail,
        )
        if photo is not None and photo.state != "enrolled" and not said_before:
            changed = True
            photo.state, photo.refusal, photo.detail, photo.judged_at = "refused", code, event.detail, now
            session.add(photo)
    if changed:
        _note(session, event, now, {"refusals": list(event.refusals)})


def record_look_alikes(session: Session, event: LookAlikesFound, now: datetime) -> None:
    """Write pairs that were found when a roster or a template changed; what a person said of one stays."""
    holding.students(session, {student for pair in event.pairs for student in (pair.student_a, pair.student_b)})
    found = [_pair(session, event.model_id, (p.student_a, p.student_b), p.similarity, now) for p in event.pairs]
    if any(found):
        audit.record(
            session,
            at=now,
            actor="machine",
            action="look_alikes.found",
            subject="look_alikes",
            source="enrolment",
            after={"model": event.model_id, "new": sum(found)},
        )


def _pair(session: Session, model_id: str, students: tuple[str, str], similarity: float, now: datetime) -> bool:
    """Add a pair, or write its new similarity; tell whether it is new. Who is gone is in no pair."""
    first, second = sorted(students)
    there = [session.get(Student, student_id) for student_id in (first, second)]
    if first == second or any(student is None or student.deleted_at is not None for student in there):
        return False
    query = select(LookAlikePair).where(LookAlikePair.student_a == first, LookAlikePair.student_b == second)
    pair = session.exec(query).first()
    new = pair is None
    pair = pair or LookAlikePair(
        student_a=first, student_b=second, similarity=similarity, model_id=model_id, found_at=now
    )
    pair.similarity, pair.model_id = similarity, model_id
    session.add(pair)
    return new


def _remember_model(session: Session, model_id: str) -> None:
    """The choice of model is stored with the first enrolment, and never changes silently."""
    there = session.get(Setting, MODEL_SETTING)
    if there is None:
        session.add(Setting(name=MODEL_SETTING, value={"model_id": model_id}))
    elif there.value.get("model_id") != model_id:
        _log.warning("an enrolment by another model than the office's", theirs=model_id, ours=there.value)


def _note(session: Session, event: FaceEnrolled | EnrolmentFailed, now: datetime, after: dict[str, object]) -> None:
    audit.record(
        session,
        at=now,
        actor="machine",
        action=f"enrolment.{'enrolled' if isinstance(event, FaceEnrolled) else 'refused'}",
        subject=f"student:{event.student_id}",
        source="enrolment",
        after=after,
    )
