"""Decide one identification: the candidate's history up to `t`, the facts, the verdict table."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, cast

from sqlmodel import Session, col, or_, select

from services.api.attendance.history import History, Place, load_history
from services.api.attendance.projection import Sighting, fold_of, in_order
from services.api.attendance.rules import before_opens, rules_of
from services.api.attendance.verdicts import Case, Decision, Facts, Found, Gate, decide
from services.api.db import holding
from services.api.db.tables import Attempt, Kiosk, LookAlikePair, RosterEntry, Sitting, Student
from services.api.ingest import proof
from services.api.settings import ApiSection
from shared.events import FaceIdentified, Verdict


@dataclass(frozen=True)
class Recognised:
    """A decision on one identification, with what it was made from."""

    decision: Decision
    sighting: Sighting
    student_id: str | None
    """Who it is, where that is settled."""
    history: History | None = None
    place: Place | None = None
    """Where the student belongs: in play, or the sitting to point to."""
    repeat_of: Attempt | None = None
    forgotten: bool = False
    """The candidate was deleted or opted out while this came: nothing that shows them is kept."""


def recognise(session: Session, event: FaceIdentified, kiosk: Kiosk, t: datetime, api: ApiSection) -> Recognised:
    """Decide. Holds the candidate and their roster entries until the commit."""
    student = holding.student_as_is(session, event.candidate_id) if event.candidate_id else None
    recognised = _recognised(session, event, kiosk, t, api, student)
    return replace(recognised, forgotten=student is not None and _forgotten(student, event))


def _recognised(
    session: Session, event: FaceIdentified, kiosk: Kiosk, t: datetime, api: ApiSection, student: Student | None
) -> Recognised:
    proof_fits = proof.fits(event, proof.required(session, kiosk, t, api))
    found = Found(finding=event.finding, like_admission=_like_admission(event), proof_fits=proof_fits)
    sighting = _sighting(event, kiosk, t, found)
    if not proof_fits:
        return Recognised(decide(found, Facts()), sighting, None)  # nobody's sighting: it has no options
    known = student is not None and student.active and student.deleted_at is None
    if student is None or not Case(found, Facts(known=known)).somebody:
        return Recognised(decide(found, Facts(known=known)), sighting, None)
    history = load_history(session, student.id, lock=True)
    places = history.in_play(t, before_opens(api))
    options: tuple[tuple[int, Gate], ...] = tuple((p.sitting_id, p.gate(kiosk.hall_id, t)) for p in places)
    pairs = _pairs(session, student.id)
    twin = any(pair.state == "confirmed" for pair in pairs)
    doubtful = twin or _said_no(history, t, api) or _alike_in_slot(session, student.id, pairs, t, api)
    sighting = replace(sighting, options=options, doubtful=doubtful, twin=twin)
    return _decided(history, sighting, api)


def _forgotten(student: Student, event: FaceIdentified) -> bool:
    """Whether the candidate was deleted meanwhile, or known by a template that is gone."""
    return student.deleted_at is not None or (student.by_number and event.probe is not None)


def _decided(history: History, sighting: Sighting, api: ApiSection) -> Recognised:
    earlier = [happening for happening in history.happenings if in_order(happening) < in_order(sighting)]
    fold = fold_of(history.terms, earlier, rules_of(api))
    chosen = fold.choose(sighting)
    place = history.place(chosen[0]) if chosen else history.elsewhen(sighting.t)
    said = fold.said_before(sighting)
    repeat_of = next((a for a in history.attempts if said and a.event_id == said.event_id), None)
    facts = fold.facts(sighting)
    facts = replace(
        facts,
        another_sitting=chosen is None and place is not None,
        verdict_before=cast(Verdict, repeat_of.verdict) if repeat_of else None,
    )
    decision = decide(sighting.found, facts)
    same_person = Case(sighting.found, facts).same_person
    return Recognised(
        decision,
        sighting,
        history.student_id if same_person else None,
        history,
        place if same_person else None,
        repeat_of if decision.repeat else None,
    )


def _like_admission(event: FaceIdentified) -> bool | None:
    """Whether the face is like today's admission; not asked where somebody typed a number and is more like another."""
    if event.admission_score is None or event.admission_threshold is None:
        return None
    if event.asked == "number" and event.finding == "margin":
        return None
    return event.admission_score >= event.admission_threshold


def _sighting(event: FaceIdentified, kiosk: Kiosk, t: datetime, found: Found) -> Sighting:
    direction: Literal["in", "out"] = "out" if kiosk.direction == "out" else "in"
    return Sighting(t, event.event_id, kiosk.id, direction, event.asked, found, ())


def _said_no(history: History, t: datetime, api: ApiSection) -> bool:
    """Whether a person said, for a sitting in play, that somebody is not this student."""
    in_play = {place.sitting_id for place in history.in_play(t, before_opens(api))}
    undone = {attempt.undoes_id for attempt in history.attempts if attempt.undoes_id is not None}
    return any(
        attempt.verdict == "not_this_person"
        and attempt.sitting_id in in_play
        and attempt.captured_at <= t
        and attempt.id not in undone
        for attempt in history.attempts
    )


def _pairs(session: Session, student_id: str) -> list[LookAlikePair]:
    """The student's twins and look-alikes."""
    query = select(LookAlikePair).where(
        or_(LookAlikePair.student_a == student_id, LookAlikePair.student_b == student_id),
        LookAlikePair.state != "dismissed",
    )
    return list(session.exec(query))


def _alike_in_slot(session: Session, student_id: str, pairs: list[LookAlikePair], t: datetime, api: ApiSection) -> bool:
    """Whether a look-alike of the student has a sitting in play at `t`."""
    others = {pair.student_a if pair.student_b == student_id else pair.student_b for pair in pairs}
    if not others:
        return False
    in_slot = (
        select(RosterEntry.id)
        .join(Sitting, col(Sitting.id) == RosterEntry.sitting_id)
        .where(
            col(RosterEntry.student_id).in_(others),
            Sitting.state != "cancelled",
            Sitting.opens_at <= t + before_opens(api),
            Sitting.ends_at >= t,
        )
    )
    return session.exec(in_slot.limit(1)).first() is not None
