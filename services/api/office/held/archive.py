"""One ZIP of all that is held on a student: data.json, their photos and crops, and a page that says what each is."""

import io
import json
import zipfile
from collections.abc import Iterator

from sqlmodel import Session, col, select

from services.api import media
from services.api.crops_of import attempts_showing
from services.api.db.tables import Attempt, Evidence, Photo, ProposedPhoto
from services.api.office import students
from services.api.office.held.rows import rows_of
from services.api.office.work import Work
from services.api.words import words_of
from shared import logs
from shared.errors import Invalid

Picture = tuple[str, bytes]
_log = logs.get("held")


def export(work: Work, student_id: str, language: str) -> bytes:
    """Return the ZIP, and write in the audit log that it was made.

    Raises:
        Problem: unknown student.
    """
    students.get(work, student_id)
    rows = rows_of(work.session, student_id)
    pictures = [*_photos(work, student_id), *_crops(work, student_id)]
    work.note("student.export", f"student:{student_id}", after={"pictures": len(pictures)})
    words = words_of(language)
    made = f"{words.plain_date(work.now)} {work.now:%H:%M} UTC"
    read_me = words.say("held.read_me", student=student_id, at=made)
    return _zip(read_me, json.dumps(rows, indent=2, ensure_ascii=False, default=str), pictures)


def _zip(read_me: str, data: str, pictures: list[Picture]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", read_me)
        archive.writestr("data.json", data)
        for name, image in pictures:
            archive.writestr(name, image, compress_type=zipfile.ZIP_STORED)  # pictures are compressed already
    return made.getvalue()


def _photos(work: Work, student_id: str) -> Iterator[Picture]:
    taken = work.session.exec(select(Photo).where(Photo.student_id == student_id))
    proposed = work.session.exec(select(ProposedPhoto).where(ProposedPhoto.student_id == student_id))
    kept: list[tuple[str, Photo | ProposedPhoto]] = [("photos", photo) for photo in taken]
    for folder, photo in [*kept, *(("proposed", photo) for photo in proposed)]:
        try:
            image = media.open_photo(work.session, work.media, photo)
        except Invalid:
            _log.error("a photo does not open", photo=photo.id)
            continue
        yield f"{folder}/{photo.id}.{photo.content_type.removeprefix('image/')}", image


def _crops(work: Work, student_id: str) -> Iterator[Picture]:
    for attempt, sealed in _sealed_crops(work.session, student_id):
        try:
            yield f"crops/{attempt.id}.jpg", media.open_evidence(work.media, attempt.event_id, sealed)
        except Invalid:
            _log.error("a crop does not open", attempt=attempt.id)


def _sealed_crops(session: Session, student_id: str) -> Iterator[tuple[Attempt, bytes]]:
    query = (
        select(Attempt, Evidence.sealed)
        .join(Evidence, col(Evidence.attempt_id) == Attempt.id)
        .where(col(Attempt.id).in_(attempts_showing(student_id)), col(Evidence.sealed).is_not(None))
        .order_by(col(Attempt.id))
    )
    for attempt, sealed in session.exec(query):
        if sealed is not None:
            yield attempt, sealed
