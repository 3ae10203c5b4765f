"""Bulk enrolment as a job: photos stored a few students at a time, handed to the enrolment worker in a window, followed.

Run again after a crash, it finds by the photos' ids what is stored and judged already, and goes on from there.
"""

import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from redis.exceptions import RedisError
from sqlmodel import update

from services.api.db.tables import Job
from services.api.jobs import parts
from services.api.jobs.run import JobRun
from services.api.office import photos
from services.api.office.bulk import files, intake, report, storing
from services.api.office.bulk.archive import Contents, contents_of
from services.api.office.bulk.files import PhotoFile
from services.api.office.bulk.report import ReportRow
from services.api.office.bulk.storing import Basis, Named, Person, PhotoState
from services.api.problems import Problem
from shared import logs
from shared.errors import NeroError

Result = dict[str, object]
BATCH_PHOTOS = 16
"""Photos of one job in the enrolment queue: the worker is at it for a second or so."""
_STUDENTS_AT_ONCE = 500
_LOOK_EVERY_S = 0.1
_log = logs.get("bulk")


def enrol(run: JobRun) -> Result:
    """Enrol an archive of photos; leaves `report.csv`."""
    return BulkEnrolment(run).do()


class BulkEnrolment:
    """One archive on its way."""

    def __init__(self, run: JobRun, wait: Callable[[float], None] = time.sleep) -> None:
        self._run = run
        self._wait = wait
        self._api = run.tools.api
        self._basis = Basis(str(run.params["basis"]), str(run.params["text_version"]))
        self._update = bool(run.params.get("update"))
        self._named: dict[str, Named] = {}
        self._waiting: set[str] = set()
        self._gone: set[str] = set()
        self._settled = 0
        self._total = 0
        self._moved_s = 0.0

    def do(self) -> Result:
        """Do it all.

        Raises:
            Problem: the archive is not taken, and nothing was stored; or the enrolment worker does not answer.
        """
        try:
            tools = self._run.tools
            with parts.open_file(tools.engine, tools.media, self._run.job_id, intake.ARCHIVE) as file:
                contents = contents_of(file, intake.limits(self._api))
                with zipfile.ZipFile(file) as archive:
                    return self._do(archive, contents)
        except (Problem, NeroError):
            with self._run.writing() as work:
                intake.forget(work, self._run.job_id)
            raise

    def _do(self, archive: zipfile.ZipFile, contents: Contents) -> Result:
        self._total = len(contents.photos)
        self._run.progress(0, self._total)
        rows = self._read_list(archive, contents)
        self._make_students()
        with self._run.reading() as work:
            known = storing.who_may(work)
        found = files.judged(archive, contents, known, self._api)
        good = {file.photo_id: file for file in found if not file.result}
        with self._run.reading() as work:
            asked_at = work.session.get_one(Job, self._run.job_id).created_at
            before = storing.states_of(work, good)
        self._settled = self._total - len(good)
        try:
            self._enrol(archive, list(self._to_do(good, before, asked_at)))
        finally:
            with self._run.reading() as work:
                after = storing.states_of(work, good)
                alike = report.look_alikes(work, sorted({file.student_id for file in good.values()}))
            rows += report.rows_of(found, after, asked_at, self._gone, alike)
            rows += report.without_photo(found, self._named)
            self._leave(rows)
        return self._finish(rows)

    def _read_list(self, archive: zipfile.ZipFile, contents: Contents) -> list[ReportRow]:
        """Read who is who, from the list that was sent beside the archive or lies in it; return its wrong lines."""
        with self._run.reading() as work:
            data = intake.list_of(work, self._run.job_id)
        if data is None and contents.lists:
            data = files.read(archive, contents.lists[0].filename)
        if data is None:
            return []
        self._named, wrong = intake.read_list(data)
        return report.wrong_lines(wrong)

    def _make_students(self) -> None:
        listed = list(self._named.items())
        for at in range(0, len(listed), _STUDENTS_AT_ONCE):
            with self._run.writing() as work:
                some = dict(listed[at : at + _STUDENTS_AT_ONCE])
                storing.make_students(work, some, self._run.job_id, update=self._update)

    def _to_do(
        self, good: dict[str, PhotoFile], before: dict[str, PhotoState], asked_at: datetime
    ) -> Iterator[PhotoFile]:
        """Leave out what is done. A student with one new photo sends all, so that the template is of all."""

        def is_done(file: PhotoFile) -> bool:
            there = before.get(file.photo_id)
            return there is not None and (there.state == "enrolled" or there.judged_since(asked_at))

        new = {file.student_id for file in good.values() if not is_done(file)}
        for file in good.values():
            if file.student_id in new:
                yield file
            else:
                self._settled += 1

    def _enrol(self, archive: zipfile.ZipFile, to_do: Sequence[PhotoFile]) -> None:
        self._moved_s = self._run.tools.clock.monotonic_s()
        for batch in _batches(to_do):
            while self._waiting and len(self._waiting) + len(batch) > self._api.bulk_window:
                self._collect()
            self._send(batch, archive)
        while self._waiting:
            self._collect()

    def _send(self, batch: Sequence[PhotoFile], archive: zipfile.ZipFile) -> None:
        images: dict[str, dict[str, bytes]] = {}
        for file in batch:
            images.setdefault(file.student_id, {})[file.photo_id] = files.read(archive, file.name)
        people = [Person(student_id, theirs) for student_id, theirs in images.items()]
        with self._run.writing() as work:
            asked, gone = storing.store(work, people, self._basis, self._run.job_id)
        self._gone |= set(gone)
        self._settled += sum(len(images[student_id]) for student_id in gone)
        sent = {photo_id: image for one in asked for photo_id, image in images[one.student_id].items()}
        self._waiting |= set(sent)
        with self._run.reading() as work:
            try:
                photos.hand_over_many(work, asked, sent)
            except RedisError as error:  # the office's sweep hands over again what waits long
                _log.warning("photos wait for Redis", job=self._run.job_id, error=type(error).__name__)

    def _collect(self) -> None:
        """Look what has been judged; wait a little where nothing has.

        Raises:
            Problem: nothing has moved for long.
        """
        with self._run.reading() as work:
            states = storing.states_of(work, self._waiting)
        settled = {name for name in self._waiting if states.get(name, PhotoState("gone")).state != "pending"}
        if settled:
            self._waiting -= settled
            self._settled += len(settled)
            self._moved_s = self._run.tools.clock.monotonic_s()
            self._run.progress(self._settled, self._total)
        elif self._run.tools.clock.monotonic_s() - self._moved_s > self._api.bulk_patience_s:
            raise self._unanswered()
        else:
            self._wait(_LOOK_EVERY_S)

    def _unanswered(self) -> Problem:
        waited_s = f"{self._api.bulk_patience_s:.0f}"
        text = (
            f"{self._settled} of {self._total} photos are done, and the enrolment worker has answered nothing for "
            f"{waited_s} s: see that it runs, then send the archive again; what is done is not done twice."
        )
        return Problem(503, "no_enroller", text, done=self._settled, total=self._total, seconds=waited_s)

    def _leave(self, rows: Sequence[ReportRow]) -> None:
        self._run.leave("report.csv", "text/csv", report.to_csv(rows))
        with self._run.writing() as work:
            parts.write(work.session, work.media, self._run.job_id, intake.REPORT, report.to_json(rows))

    def _finish(self, rows: Sequence[ReportRow]) -> Result:
        """End the job in the transaction that deletes the archive: run again after this, it would find none."""
        result = report.counts_of(rows)
        with self._run.writing() as work:
            intake.forget(work, self._run.job_id)
            ended = {"state": "done", "done": self._total, "total": self._total, "result": result}
            work.session.execute(update(Job).where(Job.id == self._run.job_id).values(**ended))  # type: ignore[arg-type]
        return result


def _batches(to_do: Sequence[PhotoFile]) -> Iterator[list[PhotoFile]]:
    """Cut into batches between students: one student's photos make one template."""
    by_student: dict[str, list[PhotoFile]] = {}
    for file in to_do:
        by_student.setdefault(file.student_id, []).append(file)
    batch: list[PhotoFile] = []
    for theirs in by_student.values():
        if batch and len(batch) + len(theirs) > BATCH_PHOTOS:
            yield batch
            batch = []
        batch = batch + theirs
    if batch:
        yield batch
