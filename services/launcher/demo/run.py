"""Plays the demo's cases, one after the other, on the kiosks of a running stack."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from services.launcher.demo.cases import (
    CASES,
    DOOR_A,
    DOOR_B,
    EILEEN,
    EXAM_CODE,
    HALLS,
    KATHERINE,
    SUBJECT,
    Case,
    Person,
    Result,
    fits,
)
from services.launcher.office import Json, Office
from services.launcher.people.samples import photo_path
from services.launcher.people.script import Script
from shared.clock import Clock
from shared.errors import Unavailable

POLICY = "challenge"
_CASE_S = 75.0
_ENROL_S = 60.0
_POLL_S = 0.25
_AFTER_S = 1.0
"""What else comes of a case is waited for so long after its first answer."""


@dataclass(frozen=True)
class Exam:
    """The demo's exam, set up."""

    sitting_id: int
    pages: dict[str, str]
    """Kiosk id to the path of its page, token included."""


def set_up(office: Office, scripts: Path, clock: Clock) -> Exam:
    """Make halls, exam, sitting and kiosks; enrol Eileen and put her on hall A's roster."""
    for hall_id, directions in HALLS.items():
        office.create_hall(hall_id, f"Hall {hall_id}", directions)
    exam_id = office.create_exam(EXAM_CODE, SUBJECT)
    sitting_id = office.create_sitting(exam_id, _times(clock.now()), POLICY, list(HALLS))
    enrol(office, sitting_id, (EILEEN, KATHERINE))
    scripts.mkdir(parents=True, exist_ok=True)
    for kiosk_id in (DOOR_A, DOOR_B):
        office.create_kiosk(kiosk_id, kiosk_id[0], "browser:", f"Hall {kiosk_id[0]}, door 1")
    return Exam(sitting_id, {kiosk_id: office.kiosk_page(kiosk_id) for kiosk_id in (DOOR_A, DOOR_B)})


def enrol(office: Office, sitting_id: int, people: tuple[Person, ...]) -> None:
    """Put people on the roster, and wait for the templates of those who have a photo.

    Raises:
        Unavailable: a photo is refused.
    """
    rows = [{"student_id": p.student_id, "name": p.name, "hall": p.hall, "table": p.table} for p in people]
    office.add_to_roster(sitting_id, rows)
    photos = {person.student_id: person.photo for person in people if person.photo is not None}
    for student_id, photo in photos.items():
        office.enrol(student_id, photo_path(photo))
    wanted = set(photos)
    states = office.wait_enrolled(wanted, lambda _: None, _ENROL_S)
    refused = [student_id for student_id in wanted if states[student_id] != "enrolled"]
    if refused:
        raise Unavailable(f"enrolment refused a sample photo: {office.enrolment(refused[0])['photos']}")


def play(office: Office, exam: Exam, scripts: Path, on_case: Callable[[int, Case], None]) -> list[Result]:
    """Play every case; `on_case` is told of each before it begins."""
    results = []
    for number, case in enumerate(CASES):
        on_case(number, case)
        if case.enrolled_first is not None:
            enrol(office, exam.sitting_id, (case.enrolled_first,))
        results.append(_play(office, case, scripts / f"case-{number + 1}.json"))
    return results


def _play(office: Office, case: Case, path: Path) -> Result:
    before = max((attempt["id"] for attempt in office.attempts()), default=0)
    path.write_text(Script(walkups=(case.walkup,), seed=before).model_dump_json())
    office.change_kiosk(case.kiosk_id, {"source": f"people:{path}"})
    found = _wait(lambda: [a for a in office.attempts() if a["id"] > before and a["kiosk_id"] == case.kiosk_id], case)
    office.change_kiosk(case.kiosk_id, {"source": "browser:"})
    return Result(case, tuple(found))


def _wait(look: Callable[[], list[Json]], case: Case) -> list[Json]:
    """Wait for the case's answer, then a little for what else may come of it."""
    deadline_s = time.monotonic() + _CASE_S
    while time.monotonic() < deadline_s:
        found = look()
        if found:
            time.sleep(_AFTER_S)
            found = look()
            if any(fits(case, attempt) for attempt in found) or _settled(found):
                return found
        time.sleep(_POLL_S)
    return look()


def _settled(found: list[Json]) -> bool:
    """Tell whether a verdict has come that ends the visit."""
    return any(attempt["kind"] == "face_identified" or attempt["case_number"] for attempt in found)


def _times(now: datetime) -> Json:
    minutes = {"opens_at": -30, "starts_at": 10, "late_after": 20, "closes_at": 40, "ends_at": 130}
    return {name: (now + timedelta(minutes=after)).isoformat() for name, after in minutes.items()}
