"""A hall for the page's tests: a plan with seats, people, a door, and what happens at it."""

from datetime import timedelta
from itertools import count
from typing import Any

from sqlmodel import select

from services.api.auth import users
from services.api.db.engine import writing
from services.api.db.tables import Hall, Kiosk, Review, RosterEntry, Sitting, Student
from services.api.ingest.attempts import Recorded, record
from services.api.ingest.office import Arrival, Office
from services.api.office import assignments, exams, halls, rosters, sittings, students
from services.api.office.exams import ExamCreate
from services.api.office.halls import HallCreate
from services.api.office.rosters import RosterPut, RosterRow
from services.api.office.seat_labels import label
from services.api.office.sitting_shapes import SittingCreate
from services.api.office.students import StudentCreate
from shared.clock import SystemClock
from shared.events import FaceIdentified, Finding, LivenessFailed
from shared.keys import load_ring
from tests.api.story import failed, identified
from tests.browser.scenes import face_jpeg
from tests.office.site import PASSWORD, OfficeSite

ROWS, COLUMNS = 3, 6
CAST = {
    "S1": "Ada Lovelace",
    "S2": "Grace Hopper",
    "S3": "Eve",
    "S4": "Katherine Johnson",
    "S5": "陈省身 (Shiing-Shen Chern)",
    "S6": "Puan Sri Noor Hayati binti Abdullah",
}
_NUMBERS = count(201)


class HallStory:
    """One sitting in hall A, just begun; Mallory is on no roster, Heidi sits in hall B."""

    def __init__(self, office: OfficeSite) -> None:
        self._office = office
        now = SystemClock().now()
        with office.work() as work:
            exam = exams.create(work, ExamCreate(code=f"MATH-{next(_NUMBERS)}", subject="Analysis II"))
            for hall in ("A", "B"):
                if work.session.get(Hall, hall) is None:
                    halls.create(work, HallCreate(id=hall, name=f"Hall {hall}", rows=ROWS, columns=COLUMNS))
            sitting = sittings.create(
                work,
                SittingCreate(
                    exam_id=exam.id,
                    starts_at=now - timedelta(minutes=5),
                    ends_at=now + timedelta(hours=2),
                    late_after=now + timedelta(minutes=20),
                    halls=["A", "B"],
                    policy="off",
                ),
            )
            self.sitting = sitting
            self.sitting_id = sitting.id
            for student_id, name in {**CAST, "S8": "Heidi", "S9": "Mallory"}.items():
                if work.session.get(Student, student_id) is None:
                    students.create(work, StudentCreate(id=student_id, name=name))
            rows = [_row(student_id, "A", number) for number, student_id in enumerate(CAST)]
            rosters.replace(work, sitting.id, RosterPut(rows=[*rows, _row("S8", "B", 0)]))
            if work.session.get(Kiosk, "A__door1") is None:
                work.session.add(Kiosk(id="A__door1", hall_id="A", name="Door 1", policy="off"))

    @property
    def path(self) -> str:
        """The hall's page."""
        return f"/hall/{self.sitting_id}/A"

    def watched_by(self, name: str) -> None:
        """Assign an invigilator."""
        with self._office.work() as work:
            user = users.find(work.session, name)
            assert user is not None
            assignments.assign(work, self.sitting_id, user.id or 0)

    def newcomer(self, name: str) -> None:
        """Make an invigilator who is assigned to nothing."""
        with self._office.work() as work:
            users.create_user(work.session, name, "invigilator", work.now, password=PASSWORD)

    def sees(self, student_id: str | None, **more: Any) -> Recorded:
        """Let the door recognise somebody now."""
        return self._record(identified(student_id, "A__door1", SystemClock().now(), policy="off", **more))

    def types(
        self,
        number: str,
        *,
        finding: Finding,
        who: str | None = None,
        like: str | None = None,
        track: str | None = None,
    ) -> Recorded:
        """Let somebody type a number at the door; `who` it was compared with, and whom the face is `like`."""
        more = {"finding": finding, "runner_up": like, "claimed_student_id": number, "track": track}
        return self.sees(who, asked="number", scope="student", **more)

    def suspects(self, ago_s: float = 0, number: str | None = None) -> Recorded:
        """Let the door see a photo held up, now or some time ago, perhaps with a number typed."""
        at = SystemClock().now() - timedelta(seconds=ago_s)
        return self._record(failed("A__door1", at, policy="off", claimed_student_id=number), ago_s)

    def entry(self, student_id: str) -> RosterEntry:
        """A line of the roster."""
        with self._office.looking() as session:
            query = select(RosterEntry).where(
                RosterEntry.sitting_id == self.sitting_id, RosterEntry.student_id == student_id
            )
            found: RosterEntry = session.exec(query).one()
            return found

    def case(self) -> Review:
        """The sitting's only case."""
        with self._office.looking() as session:
            found: Review = session.exec(select(Review).where(Review.sitting_id == self.sitting_id)).one()
            return found

    def over(self) -> None:
        """Let the sitting end, so that the next test's is the only one in play."""
        with self._office.work() as work:
            sitting = work.session.get_one(Sitting, self.sitting_id)
            sitting.state = "cancelled"
            work.session.add(sitting)

    def _record(self, event: FaceIdentified | LivenessFailed, ago_s: float = 0) -> Recorded:
        media = load_ring(self._office.settings.keys_dir, "media")
        now = SystemClock().now() - timedelta(seconds=ago_s)
        with writing(self._office.engine) as session:
            return record(session, Arrival(event, (face_jpeg(),), now, now), Office(self._office.settings.api, media))


def _row(student_id: str, hall: str, number: int) -> RosterRow:
    row, col = number // COLUMNS + 1, number % COLUMNS + 1
    return RosterRow(student_id=student_id, hall=hall, table=label(row, col), row=row, col=col)
