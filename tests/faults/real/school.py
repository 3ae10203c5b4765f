"""The office of the fault tests on the real services: its own database with everybody in it, and what it holds."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func
from sqlmodel import Session, SQLModel, col, select

from services.api import audit
from services.api.db.engine import make_engine, reading, writing
from services.api.db.migrate import migrate
from services.api.db.tables import (
    Attempt,
    Exam,
    Hall,
    Kiosk,
    RosterEntry,
    Sitting,
    SittingHall,
    Student,
    StudentKey,
    Template,
)
from services.api.media import TEMPLATE
from services.recognizer.vectors import Vector
from shared.events import event_id
from shared.keys import ensure_ring, new_data_key, seal, template_about
from tests.faults.real.world import BURST_KIOSK, KIOSKS, World, student_id

ADMITTING = frozenset({"present", "late"})


@dataclass(frozen=True)
class Tally:
    """What is wrong with what the office holds; all zero, and the chain whole, where nothing is."""

    lost: int
    """Live faces that were accepted, and students who never got so far, of which there is no attempt."""
    twice: int
    """Attempts beyond the one of each live face, and admissions of students who were in."""
    stale: int
    """Attempts of a live face that was accepted after a newer lease's, under an older fence."""
    not_present: int
    """Roster entries that do not say `present`."""
    other_ids: int
    """Attempts whose id is not the one that follows from their live face."""
    audit_broken: int

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not any(asdict(self).values())


def found_school(world: World, faces: list[Vector], model_id: str) -> None:
    """Migrate the database and let everybody enrol, in one sitting that is open now."""
    engine = make_engine(world.database_url)
    migrate(engine)
    ring = ensure_ring(world.keys_dir, "template")
    ensure_ring(world.keys_dir, "media")
    now = datetime.now(UTC)
    with writing(engine) as session:
        _add(session, [Hall(id="A", name="Hall A"), Hall(id="B", name="Hall B"), Exam(id=1, code="MA101", subject="")])
        _add(session, [Kiosk(id=kiosk_id, hall_id=kiosk_id[0]) for kiosk_id in (*KIOSKS, BURST_KIOSK)])
        _add(session, [_sitting(now), *(SittingHall(sitting_id=1, hall_id=hall) for hall in "AB")])
        _add(session, [Student(id=student, name=student, created_at=now) for student in world.students])
        _add(session, [_seat(world, number) for number in range(world.checkins)])
        for student, vector in zip(world.students, faces, strict=True):
            key, about = new_data_key(), template_about(student)
            session.add(StudentKey(student_id=student, purpose=TEMPLATE, wrapped=ring.wrap(key, about)))
            session.add(_template(student, model_id, seal(key, vector.astype("<f4").tobytes(), about), now))
    engine.dispose()


def count_attempts(engine: Engine) -> int:
    """Count the rows."""
    with reading(engine) as session:
        return int(session.exec(select(func.count()).select_from(Attempt)).one())


def tally(world: World) -> Tally:
    """Hold what the office has against who came and what the doors know to have been accepted."""
    engine = make_engine(world.database_url)
    with reading(engine) as session:
        rows = list(session.exec(select(Attempt).order_by(col(Attempt.received_at), col(Attempt.track_id))))
        statuses = Counter(session.exec(select(RosterEntry.status)))
        chain = audit.verify(session, audit.anchored(Path(world.folder) / "data" / "audit-head.json"))
    engine.dispose()
    accepted = [line.split()[1:] for line in world.accepted.read_text().splitlines()]
    tracks = Counter((row.kiosk_id, row.track_id) for row in rows)
    gone = [track for kiosk, track in accepted if (kiosk, track) not in tracks]
    never_came = (
        set(world.students) - {row.claimed_student_id for row in rows} - {track.partition("-")[2] for track in gone}
    )
    return Tally(
        lost=len(gone) + len(never_came),
        twice=sum(count - 1 for count in tracks.values()) + len(admitted_twice(rows)),
        stale=_stale(rows),
        not_present=world.checkins - statuses["present"],
        other_ids=sum(row.event_id != _expected_id(row) for row in rows),
        audit_broken=int(not chain.ok),
    )


def admitted_twice(rows: Sequence[Attempt]) -> list[str]:
    """Return who was admitted although an earlier admission was there to see, each as often as that happened.

    One that arrives late, of an earlier time, is none: a verdict is as of its own time, and the roster is
    a projection that has room for one.
    """
    admitting = [row for row in rows if row.verdict in ADMITTING and row.repeat_of_id is None]
    found, before = [], defaultdict[str, list[datetime]](list)
    for row in sorted(admitting, key=lambda row: row.id or 0):
        student = str(row.student_id)
        if any(t <= row.captured_at for t in before[student]):
            found.append(student)
        before[student].append(row.captured_at)
    return found


def _expected_id(row: Attempt) -> str:
    return event_id("face_identified", event_id("live_face", row.kiosk_id, row.track_id))


def _stale(rows: list[Attempt]) -> int:
    newest: dict[str | None, int] = {}
    stale = 0
    for row in rows:
        fence = int(str(row.track_id).partition("-")[0])
        stale += fence < newest.get(row.kiosk_id, 0)
        newest[row.kiosk_id] = max(fence, newest.get(row.kiosk_id, 0))
    return stale


def _add(session: Session, rows: list[Any]) -> None:
    session.add_all(rows)
    session.flush()


def _sitting(now: datetime) -> Sitting:
    return Sitting(
        id=1,
        exam_id=1,
        opens_at=now - timedelta(minutes=30),
        starts_at=now + timedelta(hours=1),
        late_after=now + timedelta(hours=1),
        closes_at=now + timedelta(hours=2),
        ends_at=now + timedelta(hours=3),
        policy="blink",
    )


def _seat(world: World, number: int) -> SQLModel:
    hall = "A" if number in world.burst() else KIOSKS[number % len(KIOSKS)][0]
    return RosterEntry(sitting_id=1, student_id=student_id(number), hall_id=hall, table_label=f"T{number}")


def _template(student: str, model_id: str, sealed: bytes, now: datetime) -> Template:
    return Template(
        student_id=student,
        model_id=model_id,
        sealed=sealed,
        event_id=event_id("face_enrolled", student),
        asked_at=now,
        enrolled_at=now,
    )
