"""The real services over real Redis, with an exam set up and cameras that play reels."""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from redis import Redis

from services.launcher import plan
from services.launcher.bench import reel, walkups
from services.launcher.bench.scrape import Counters, read_counters
from services.launcher.merged_log import MergedLog
from services.launcher.office import BASES_ENV, Json, Office
from services.launcher.rehearsal.folder import ExamFile
from services.launcher.rehearsal.run import temporary
from services.launcher.rehearsal.times import sitting_times
from services.launcher.settings import LauncherSettings
from services.launcher.stack import BackgroundWatch, Stack, Wish, new_password
from services.launcher.terminal import Say
from shared import names
from shared.clock import SystemClock
from shared.errors import Unavailable

HALL = "A"
_USER = "bench"
_ENROL_S = 60.0
_GALLERY_S = 20.0
_POLL_S = 0.1
_LONG = ExamFile(code="BENCH", subject="Benchmark", late_after_min=24 * 60, closes_min=24 * 60)


class BenchOffice(Office):
    """The office, with what only the benchmark needs of it."""

    def delete_kiosk(self, kiosk_id: str) -> None:
        """Take a kiosk away."""
        self._send("DELETE", f"/kiosks/{kiosk_id}")


@dataclass(frozen=True)
class Rig:
    """A running stack with everybody who walks up enrolled in hall A."""

    stack: Stack
    office: BenchOffice
    events: Redis
    frames: Redis

    def show(self, kiosk_id: str, file: Path, first_frame: int) -> None:
        """Put a camera that plays a reel at the door of hall A."""
        self.office.create_kiosk(kiosk_id, HALL, f"{reel.SCHEME}:{file}?from={first_frame}")

    def counters(self) -> Counters:
        """Return all counters now."""
        specs = {name: process.spec for name, process in self.stack.supervisor.processes.items()}
        return read_counters(specs, {"redis-events": self.events, "redis-frames": self.frames})

    def attempts(self) -> list[Json]:
        """Return every attempt that was recorded."""
        return self.office.attempts()


@contextmanager
def running(
    settings: LauncherSettings,
    network: str,
    people: Mapping[str, Path],
    liveness_processes: int,
    log: MergedLog,
    say: Say,
) -> Iterator[Rig]:
    """Start the stack in a folder of its own, enrol `people` (photos by student id) in hall A, stop all at the end.

    Raises:
        Unavailable: a service does not start, or nobody can be enrolled.
    """
    password = new_password()
    wish = Wish(
        accept_simulated=True,
        capture=plan.CAPTURE_WITH_PEOPLE,
        extra_env=(("NERO_RECOGNIZER__NETWORK", network), BASES_ENV),
        liveness_processes=liveness_processes,
        sign_in_as=(_USER, password),
    )
    with ExitStack() as held:
        stack = held.enter_context(Stack(held.enter_context(temporary(settings)), wish, log))
        stack.start(say)
        held.enter_context(BackgroundWatch(stack))
        office = held.enter_context(BenchOffice(stack.plan.base_url, _USER, password))
        events, frames = held.enter_context(stack.events_redis()), held.enter_context(stack.frames_redis())
        rig = Rig(stack, office, events, frames)
        _set_up(rig, people, say)
        yield rig


def _set_up(rig: Rig, people: Mapping[str, Path], say: Say) -> None:
    say("setting up the exam")
    office = rig.office
    office.create_hall(HALL, "Hall A")
    times = sitting_times(_LONG, SystemClock().now())
    sitting_id = office.create_sitting(office.create_exam(_LONG.code, _LONG.subject), times.document(), "blink", [HALL])
    rows = [{"student_id": student, "name": student, "hall": HALL, "table": student} for student in people]
    office.set_roster(sitting_id, rows)
    for student, photo in people.items():
        office.enrol(student, photo)
    states = office.wait_enrolled(set(people), lambda done: say("enrolling", done, len(people)), _ENROL_S)
    refused = [student for student in people if states[student] != "enrolled"]
    if set(refused) & set(walkups.PEOPLE):
        raise Unavailable(f"the sample people cannot be enrolled here: {', '.join(refused)}")
    _wait_gallery(rig.events, len(people) - len(refused))


def _wait_gallery(events: Redis, wanted: int) -> None:
    deadline_s = time.monotonic() + _GALLERY_S
    while int(events.hlen(names.GALLERY_ENTRIES)) < wanted:
        if time.monotonic() > deadline_s:
            raise Unavailable(f"ingest published no templates within {_GALLERY_S:.0f} s")
        time.sleep(_POLL_S)
