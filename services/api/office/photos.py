"""Enrolment photos: checked by their header, sealed, stored, and handed to the enrolment worker."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Retry
from rq.exceptions import NoSuchJobError
from rq.job import Job as RqJob
from rq.job import JobStatus
from rq.serializers import JSONSerializer
from sqlmodel import col, select

from services.api import media
from services.api.db.tables import Photo, ProposedPhoto, Template
from services.api.examples import example_of
from services.api.office import consents, students
from services.api.office.enrolment_states import Enrolment
from services.api.office.work import Work
from services.api.problems import Problem, not_found, unfit
from services.api.settings import ApiSection
from shared import image_header, logs, metrics, names
from shared.errors import Invalid

QUEUE = "enrolment"
JOB = "services.recognizer.enrolment.enrol"
JOB_OF_MANY = "services.recognizer.enrolment.enrol_many"
JOB_TIMEOUT_S = 120
RESEND_AFTER = timedelta(minutes=2)
"""A photo that still waits after this, with no job in the queue, is handed over again."""
TRY_AGAIN_AFTER = timedelta(minutes=30)
"""A job that failed with all its retries is tried again after this: what it needed may be back."""
_RETRY_AFTER_S = [5, 30, 120]
_FAILED = frozenset({JobStatus.FAILED, JobStatus.STOPPED, JobStatus.CANCELED})
_STATUS = {"too_large": 413, "unsupported": 415}
_log = logs.get("photos")

Source = Literal["upload", "webcam", "import", "self"]


class EnrolmentAsked(BaseModel):
    """What was handed to the enrolment worker."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "student_id": "S0001",
                    "photo_ids": ["3f2a"],
                    "job_id": "enrol-91c0",
                    "asked_at": "2026-11-02T10:00:00Z",
                    "trace_id": "5b1e",
                }
            ]
        }
    )

    student_id: str
    photo_ids: list[str]
    job_id: str
    asked_at: datetime
    trace_id: str


class PhotoPublic(BaseModel):
    """One photo and what became of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "3f2a",
                    "state": "enrolled",
                    "refusal": None,
                    "detail": "",
                    "width": 640,
                    "height": 480,
                    "source": "upload",
                    "uploaded_at": "2026-11-02T10:00:00Z",
                }
            ]
        }
    )

    id: str
    state: str = Field(description="`pending`, `enrolled`, `refused`.")
    refusal: str | None = Field(None, description="Why it was refused: a code that says what to change.")
    detail: str = ""
    width: int
    height: int
    source: str = Field(description="`upload`, `webcam`, `import`, `self`.")
    uploaded_at: datetime


class EnrolmentStatus(BaseModel):
    """How far a student's enrolment is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "student_id": "S0001",
                    "state": "enrolled",
                    "model_id": "Facenet512",
                    "enrolled_at": "2026-11-02T10:00:04Z",
                    "photos": [example_of(PhotoPublic)],
                }
            ]
        }
    )

    student_id: str
    state: Enrolment
    model_id: str | None = Field(None, description="The network that the newest template was made with.")
    enrolled_at: datetime | None = None
    photos: list[PhotoPublic]


@dataclass(frozen=True)
class OpenPhoto:
    """A photo in the clear."""

    data: bytes
    content_type: str


def upload(
    work: Work,
    student_id: str,
    images: list[bytes],
    *,
    source: Source = "upload",
    basis: str | None = None,
    text_version: str = "",
) -> EnrolmentAsked:
    """Store checked photos, sealed, and their legal basis; `try_hand_over` comes after the commit.

    The same photo twice is kept once.

    Raises:
        Problem: unknown student, one who is checked in by number, or no legal basis.
    """
    student = students.locked(work, student_id)
    if student.by_number:
        raise unfit("by_number", f"Student {student_id} is checked in by number: no photo is kept.", "student_id")
    consents.ensure(work, student_id, basis, text_version)
    photo_ids = [photo_id(student_id, image) for image in images]
    for name, image in dict(zip(photo_ids, images, strict=True)).items():
        store(work, student_id, name, image, source)
    work.note("student.photos", f"student:{student_id}", after={"photos": photo_ids})
    return asked_for(student_id, list(dict.fromkeys(photo_ids)), work.now)


def photo_id(student_id: str, image: bytes) -> str:
    """Make a photo's id from whose and what it is."""
    return hashlib.sha256(student_id.encode() + b"\0" + image).hexdigest()[:32]


def hand_over(work: Work, asked: EnrolmentAsked) -> None:
    """Put the sealed copies in Redis for the worker, each with an expiry, then the job."""
    rows = {row.id: row for row in _photos(work, asked.student_id)}
    for name in asked.photo_ids:
        image = media.open_photo(work.session, work.media, rows[name])
        key = names.enrolment_photo(name)
        work.events.set(
            key, work.media.seal_envelope(image, media.photo_about(name)), ex=work.api.enrolment_photo_kept_s
        )
    enqueue(work, asked)


def enqueue(work: Work, asked: EnrolmentAsked, **more: object) -> None:
    """Put the job in the queue; `check_only=True` asks how good the photos are, and makes no template."""
    queue(work.events).enqueue_call(
        JOB,
        kwargs={**asked.model_dump(mode="json", exclude={"job_id"}), **more},
        job_id=asked.job_id,
        timeout=JOB_TIMEOUT_S,
        result_ttl=3600,
        failure_ttl=86_400,
        retry=Retry(max=len(_RETRY_AFTER_S), interval=_RETRY_AFTER_S),
    )


def hand_over_many(work: Work, asked: list[EnrolmentAsked], images: Mapping[str, bytes]) -> None:
    """Put several students' photos in Redis, and one job for them all; `images` are the photos, by id."""
    pipe = work.events.pipeline(transaction=False)
    for name, image in images.items():
        sealed = work.media.seal_envelope(image, media.photo_about(name))
        pipe.set(names.enrolment_photo(name), sealed, ex=work.api.enrolment_photo_kept_s)
    pipe.execute()
    content = "\0".join(one.job_id for one in asked)
    queue(work.events).enqueue_call(
        JOB_OF_MANY,
        kwargs={"requests": [one.model_dump(mode="json", exclude={"job_id"}) for one in asked]},
        job_id=f"enrol-{hashlib.sha256(content.encode()).hexdigest()[:24]}",
        timeout=JOB_TIMEOUT_S,
        result_ttl=600,
        failure_ttl=86_400,
        retry=Retry(max=len(_RETRY_AFTER_S), interval=_RETRY_AFTER_S),
    )


def try_hand_over(work: Work, asked: EnrolmentAsked) -> None:
    """Hand over; while Redis is away the photos wait in the database for `resend_lost`."""
    try:
        hand_over(work, asked)
    except RedisError as error:
        _log.warning("enrolment waits for Redis", trace_id=asked.trace_id, error=type(error).__name__)


def resend_lost(work: Work) -> int:
    """Hand over again what has waited long and whose job is gone, or failed a while ago; return for how many students."""
    waiting: dict[str, list[Photo]] = {}
    old = col(Photo.uploaded_at) < work.now - RESEND_AFTER
    for photo in work.session.exec(select(Photo).where(Photo.state == "pending", old)):
        waiting.setdefault(photo.student_id, []).append(photo)
    sent = 0
    for student_id, photos in waiting.items():
        asked = asked_for(student_id, [photo.id for photo in photos], max(photo.uploaded_at for photo in photos))
        if given_up(work, asked.job_id):
            hand_over(work, asked)
            sent += 1
    return sent


def status(work: Work, student_id: str) -> EnrolmentStatus:
    """Return how far a student's enrolment is.

    Raises:
        Problem: unknown.
    """
    students.get(work, student_id)
    newest = select(Template).where(Template.student_id == student_id).order_by(col(Template.enrolled_at).desc())
    template = work.session.exec(newest).first()
    return EnrolmentStatus(
        student_id=student_id,
        state=students.enrolments(work, [student_id])[student_id],
        model_id=template.model_id if template else None,
        enrolled_at=template.enrolled_at if template else None,
        photos=[PhotoPublic(**row.model_dump(exclude={"sealed"})) for row in _photos(work, student_id)],
    )


def has_one(work: Work, student_id: str) -> bool:
    """Tell whether there is a photo to be shown."""
    return any(row.state != "refused" for row in _photos(work, student_id))


def newest(work: Work, student_id: str) -> OpenPhoto:
    """Return the newest photo that was not refused, decrypted.

    Raises:
        Problem: unknown, or there is none.
    """
    shown = next((row for row in _photos(work, student_id) if row.state != "refused"), None)
    if shown is None:
        raise not_found("photo of student", student_id, "student_id")
    return opened(work, shown)


def opened(work: Work, photo: Photo | ProposedPhoto) -> OpenPhoto:
    """Return a photo in the clear.

    Raises:
        Problem: its key is gone.
    """
    try:
        return OpenPhoto(media.open_photo(work.session, work.media, photo), photo.content_type)
    except Invalid as error:
        raise not_found("photo", photo.id, "photo_id") from error


def check(api: ApiSection, images: list[bytes]) -> None:
    """Judge photos by their headers, before any lock is taken.

    Raises:
        Problem: none or too many, or one that is no picture that can be taken.
    """
    if not images:
        raise unfit("no_photo", "Send at least one photo.", "photo")
    if len(images) > api.max_photos:
        raise unfit("too_many_photos", f"At most {api.max_photos} photos make one enrolment.", "photo")
    for number, image in enumerate(images):
        try:
            image_header.check(image, max_pixels=api.max_photo_pixels, max_bytes=api.max_photo_bytes)
        except image_header.BadImage as error:
            metrics.IMAGES_REFUSED.labels("api", error.code).inc()
            raise Problem(
                _STATUS.get(error.code, 422), error.code, f"Photo refused: {error}.", f"photo.{number}"
            ) from error


def given_up(work: Work, job_id: str) -> bool:
    """Tell whether nobody will do this job any more."""
    try:
        job = RqJob.fetch(job_id, connection=work.events, serializer=JSONSerializer)
    except NoSuchJobError:
        return True
    if job.get_status(refresh=False) not in _FAILED:
        return False
    return job.ended_at is None or work.now - job.ended_at >= TRY_AGAIN_AFTER


def store(work: Work, student_id: str, name: str, image: bytes, source: Source) -> None:
    """Keep a checked photo, sealed, until its enrolment is judged; the same one again is judged again."""
    header = image_header.inspect(image)
    width, height = header.upright_size
    photo = work.session.get(Photo, name) or Photo(
        id=name,
        student_id=student_id,
        sealed=media.seal_photo(work.session, work.media, student_id, name, image),
        content_type=f"image/{header.format}",
        width=width,
        height=height,
        uploaded_at=work.now,
    )
    photo.state, photo.refusal, photo.detail, photo.uploaded_at = "pending", None, "", work.now
    photo.source = source
    work.session.add(photo)


def _photos(work: Work, student_id: str) -> list[Photo]:
    query = select(Photo).where(Photo.student_id == student_id).order_by(col(Photo.uploaded_at).desc(), col(Photo.id))
    return list(work.session.exec(query))


def asked_for(student_id: str, photo_ids: list[str], asked_at: datetime) -> EnrolmentAsked:
    """Make the job's id from its content, so that the same request twice is one job."""
    content = "\0".join([student_id, *sorted(photo_ids), asked_at.isoformat()])
    job_id = f"enrol-{hashlib.sha256(content.encode()).hexdigest()[:24]}"
    trace_id = uuid.uuid5(uuid.NAMESPACE_OID, job_id).hex
    return EnrolmentAsked(
        student_id=student_id, photo_ids=photo_ids, job_id=job_id, asked_at=asked_at, trace_id=trace_id
    )


def queue(redis: "Redis") -> Queue:
    """Return the enrolment worker's queue."""
    return Queue(QUEUE, connection=redis, serializer=JSONSerializer)
