"""Plays a rehearsal folder through the real services, and collects what came of it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from redis import Redis
from redis.exceptions import RedisError

from services.launcher.office import BASES_ENV, Office
from services.launcher.rehearsal import drained
from services.launcher.rehearsal.folder import KioskFootage, Rehearsal, id_of
from services.launcher.rehearsal.report import OutcomeLine, Report, RosterState
from services.launcher.rehearsal.times import sitting_times
from services.launcher.stack import Stack
from services.launcher.terminal import Say
from shared import dead, names
from shared.clock import Clock
from shared.errors import Unavailable

_POLL_S = 0.1
_QUIET_S = 1.0
"""The streams must stay drained for so long: liveness may be about to hand on its last word."""
_STILL_S = 90.0
"""Nothing moving for so long is a failure of the machinery."""
_GALLERY_S = 20.0

ANY_CLOCK_S = 10 * 365 * 86_400.0
"""Footage has a clock of its own: its times may be anywhere."""
REHEARSAL_ENV = (
    ("NERO_API__CAPTURE_DELAY_MAX_S", str(ANY_CLOCK_S)),
    ("NERO_API__CAPTURE_AHEAD_MAX_S", str(ANY_CLOCK_S)),
    ("NERO_API__SCHEDULE_DAYS", "3650"),
    BASES_ENV,
)


def play(stack: Stack, office: Office, rehearsal: Rehearsal, *, own_clock: bool, clock: Clock, say: Say) -> Report:
    """Set the exam up, let every kiosk play its footage, and return what came of it.

    Raises:
        Unavailable: a service or the office fails, or nothing moves any more.
    """
    sitting_id = _set_up(office, rehearsal, clock.now(), say)
    enrolled = _enrol(office, rehearsal, say)
    with stack.events_redis() as events, stack.frames_redis() as frames:
        _wait_gallery(events, enrolled, say)
        times = sitting_times(rehearsal.exam, clock.now())
        office.change_sitting(sitting_id, times.document())
        for kiosk in rehearsal.kiosks:
            video = _plainly_named(kiosk, stack.plan.data_dir / "footage")
            source = footage_source(video, times.footage_from, own_clock=own_clock)
            office.create_kiosk(kiosk.kiosk_id, id_of(kiosk.hall), source, kiosk.stem)
        _wait_played(stack, events, frames, [kiosk.kiosk_id for kiosk in rehearsal.kiosks], say)
        _say_dead(events, say)
    return collect(office, rehearsal, sitting_id, times.footage_from)


def footage_source(video: Path, footage_from: datetime, *, own_clock: bool) -> str:
    """Return the kiosk's source: the file, at its own pace or in real time."""
    options = {
        "pace": "own" if own_clock else "real",
        "base": footage_from.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "simulated": "1",
    }
    return f"file:{video}?{urlencode(options)}"


def _plainly_named(kiosk: KioskFootage, folder: Path) -> Path:
    """Link the footage under a name that no source's address can misread."""
    folder.mkdir(exist_ok=True)
    link = folder / f"{kiosk.kiosk_id}{kiosk.video.suffix}"
    link.symlink_to(kiosk.video)
    return link


def collect(office: Office, rehearsal: Rehearsal, sitting_id: int, footage_from: datetime) -> Report:
    """Read every outcome and the final roster from the office."""
    stems = {kiosk.kiosk_id: kiosk.stem for kiosk in rehearsal.kiosks}
    halls = {id_of(hall): hall for hall in rehearsal.halls}
    outcomes = [
        _outcome(attempt, stems, halls, footage_from)
        for attempt in office.attempts()
        if attempt["kind"] != "decision" and attempt["kiosk_id"] in stems
    ]
    outcomes.sort(key=lambda line: (line.kiosk, line.end_s))
    roster = [
        RosterState(entry["student_id"], entry["status"], _stem(entry["kiosk"], stems), entry["at"])
        for entry in sorted(office.roster(sitting_id), key=lambda entry: str(entry["student_id"]))
    ]
    return Report(tuple(outcomes), tuple(roster))


def _set_up(office: Office, rehearsal: Rehearsal, now: datetime, say: Say) -> int:
    say("setting up the exam")
    for hall in rehearsal.halls:
        office.create_hall(id_of(hall), hall if id_of(hall) != hall else "")
    exam_id = office.create_exam(rehearsal.exam.code, rehearsal.exam.subject)
    times = sitting_times(rehearsal.exam, now).document()
    sitting_id = office.create_sitting(exam_id, times, rehearsal.exam.liveness, [id_of(h) for h in rehearsal.halls])
    rows = [
        {"student_id": line.student_id, "name": line.name, "hall": id_of(line.hall), "table": line.table}
        for line in rehearsal.roster
    ]
    office.set_roster(sitting_id, rows)
    for photo in rehearsal.not_on_roster:
        office.create_student(photo.stem, photo.stem)
    return sitting_id


def _enrol(office: Office, rehearsal: Rehearsal, say: Say) -> int:
    photos = {line.student_id: line.photo for line in rehearsal.roster if line.photo is not None}
    photos |= {photo.stem: photo for photo in rehearsal.not_on_roster}
    for number, (student_id, photo) in enumerate(photos.items()):
        say("handing in photos", number, len(photos))
        office.enrol(student_id, photo)
    doing = f"enrolling {len(photos)} students"
    states = office.wait_enrolled(set(photos), lambda done: say(doing, done, len(photos)), _STILL_S)
    refused = sorted(student_id for student_id in photos if states[student_id] != "enrolled")
    for student_id in refused:
        say(f"the photo of {student_id} was refused: {_refusal(office.enrolment(student_id))}")
    return len(photos) - len(refused)


def _refusal(enrolment: dict[str, Any]) -> str:
    return ", ".join(f"{photo['refusal']} ({photo['detail']})" for photo in enrolment["photos"]) or "no reason given"


def _wait_gallery(events: Redis, enrolled: int, say: Say) -> None:
    """Wait until the pipeline sees every template."""
    deadline_s = time.monotonic() + _GALLERY_S
    while (there := int(events.hlen(names.GALLERY_ENTRIES))) < enrolled:
        say("publishing the templates", there, enrolled)
        if time.monotonic() > deadline_s:
            raise Unavailable(f"ingest published {there} of {enrolled} templates within {_GALLERY_S:.0f} s")
        time.sleep(_POLL_S)


def _wait_played(stack: Stack, events: Redis, frames: Redis, kiosks: Sequence[str], say: Say) -> None:
    """Wait until every footage has ended and all of it is decided; a Redis that is away meanwhile is waited for."""
    moved_s = quiet_from_s = time.monotonic()
    before: _Progress | None = None
    while True:
        now_s = time.monotonic()
        try:
            progress = _look(events, frames, kiosks)
            _refuse_stuck(stack, frames, kiosks, now_s - moved_s)
        except RedisError:
            progress = _Progress(before.state if before else None, over=False, handled=0)
        if before is None or progress.state != before.state:
            before, moved_s = progress, now_s
        if not progress.over:
            quiet_from_s = now_s
        elif now_s - quiet_from_s >= _QUIET_S:
            return
        say(f"playing {len(kiosks)} kiosk{'s' if len(kiosks) > 1 else ''}", progress.handled or None, None)
        time.sleep(_POLL_S)


@dataclass(frozen=True)
class _Progress:
    """How far the footage is."""

    state: object
    """Whatever moves while it is played."""
    over: bool
    """Every footage has ended, and nothing waits in the streams."""
    handled: int
    """Frames that liveness handled, of footage in order."""


def _look(events: Redis, frames: Redis, kiosks: Sequence[str]) -> _Progress:
    ended, done = drained.ended(frames, kiosks), drained.frames_done(frames, kiosks)
    over = len(ended) == len(kiosks) and drained.streams_drained(events)
    return _Progress((tuple(ended), done, drained.last_frames(frames, kiosks)), over, sum(done.values()))


def _refuse_stuck(stack: Stack, frames: Redis, kiosks: Sequence[str], still_s: float) -> None:
    """Give up on footage that cannot be read, and on machinery in which nothing moves any more."""
    unreadable = drained.lost(frames, kiosks)
    if unreadable and still_s > 5:
        raise Unavailable("\n".join(f"{kiosk}: {why}" for kiosk, why in unreadable.items()))
    if still_s > _STILL_S:
        raise Unavailable(f"nothing has moved for {_STILL_S:.0f} s:\n{stack.supervisor.states()}")


def _say_dead(events: Redis, say: Say) -> None:
    for letter in dead.list_dead(events):
        say(f"dead letter on {letter.stream}: {letter.reason}")


def _outcome(
    attempt: dict[str, Any], stems: dict[str, str], halls: dict[str, str], footage_from: datetime
) -> OutcomeLine:
    end = _time(attempt["captured_at"])
    began = _time(attempt["track_started_at"]) if attempt["track_started_at"] else end
    hall = attempt["hall"]
    return OutcomeLine(
        kiosk=stems[attempt["kiosk_id"]],
        start_s=round((began - footage_from).total_seconds(), 3),
        end_s=round((end - footage_from).total_seconds(), 3),
        verdict=attempt["verdict"],
        student_id=attempt["student_id"],
        table=attempt["table"] or None,
        hall=halls.get(hall, hall) if hall else None,
        latency_ms=_latency_ms(attempt),
        reason=attempt["failure"] or attempt["finding"],
        score=None if attempt["score"] is None else round(attempt["score"], 3),
    )


def _latency_ms(attempt: dict[str, Any]) -> float | None:
    if not attempt["frame_sent_at"]:
        return None
    return round((_time(attempt["recorded_at"]) - _time(attempt["frame_sent_at"])).total_seconds() * 1000, 1)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _stem(kiosk_id: str | None, stems: dict[str, str]) -> str | None:
    return stems.get(kiosk_id, kiosk_id) if kiosk_id else None
