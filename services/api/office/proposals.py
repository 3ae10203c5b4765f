"""Photos that students propose by their links: sealed like any photo, checked, and none of theirs until approved."""

from datetime import timedelta

from redis.exceptions import RedisError
from sqlmodel import col, or_, select

from services.api import media
from services.api.db.tables import ProposedPhoto, StudentLink, Submission
from services.api.office import photos
from services.api.office.photos import EnrolmentAsked
from services.api.office.work import Work
from services.api.problems import conflict, not_found
from shared import image_header, logs, names

RESEND_AFTER = timedelta(minutes=1)
"""A photo that still waits for its check after this, with no job in the queue, is handed over again."""
DISAGREE = "photos_disagree"
_log = logs.get("photos")


def add(work: Work, submission: Submission, images: list[bytes], source: str) -> EnrolmentAsked:
    """Keep photos, and ask how good they are; `try_check` comes after the commit. The same one twice is kept once.

    Raises:
        Problem: there would be more than one enrolment takes.
    """
    there = {photo.id for photo in of(work, submission)}
    new = {photos.photo_id(submission.student_id, image): image for image in images}
    if len(there | new.keys()) > work.api.max_photos:
        what = f"At most {work.api.max_photos} photos make one enrolment: remove one first."
        raise conflict("too_many_photos", what, "photo")
    for name, image in new.items():
        work.session.add(_kept(work, submission, name, image, source))
    return ask_again(work, submission)


def remove(work: Work, submission: Submission, photo_id: str) -> EnrolmentAsked | None:
    """Delete one; where the photos did not agree with each other, the others are looked at again.

    Raises:
        Problem: there is none.
    """
    photo = get(work, submission, photo_id)
    again = photo.refusal == DISAGREE
    work.session.delete(photo)
    work.session.flush()
    return ask_again(work, submission) if again and of(work, submission) else None


def ask_again(work: Work, submission: Submission) -> EnrolmentAsked:
    """Ask for a check of all photos together: they have to show one person. What was wrong with one stays so."""
    asked = []
    for photo in of(work, submission):
        if photo.state != "refused" or photo.refusal == DISAGREE:
            photo.state, photo.refusal, photo.detail, photo.asked_at = "pending", None, "", work.now
            work.session.add(photo)
            asked.append(photo.id)
    work.session.flush()
    return photos.asked_for(submission.student_id, asked, work.now)


def try_check(work: Work, asked: EnrolmentAsked) -> None:
    """Hand the photos to the enrolment worker; while Redis is away they wait in the database for `resend_lost`."""
    try:
        _hand_over(work, asked)
    except RedisError as error:
        _log.warning("a check waits for Redis", trace_id=asked.trace_id, error=type(error).__name__)


def resend_lost(work: Work) -> int:
    """Hand over again what has waited long and whose job is gone; return for how many students."""
    waiting: dict[str, list[ProposedPhoto]] = {}
    old = col(ProposedPhoto.asked_at) < work.now - RESEND_AFTER
    for photo in work.session.exec(select(ProposedPhoto).where(ProposedPhoto.state == "pending", old)):
        waiting.setdefault(photo.student_id, []).append(photo)
    sent = 0
    for student_id, found in waiting.items():
        asked = photos.asked_for(student_id, [photo.id for photo in found], max(photo.asked_at for photo in found))
        if photos.given_up(work, asked.job_id):
            _hand_over(work, asked)
            sent += 1
    return sent


def forget_abandoned(work: Work) -> int:
    """Delete photos that were never handed in and whose link ended; return of how many students."""
    over = or_(col(StudentLink.revoked_at).is_not(None), col(StudentLink.expires_at) < work.now)
    query = select(Submission).join(StudentLink, col(StudentLink.id) == Submission.link_id)
    abandoned = work.session.exec(query.where(Submission.state == "draft", over)).all()
    for submission in abandoned:
        forget(work, submission)
        submission.state, submission.decided_at = "void", work.now
        work.session.add(submission)
    return len(abandoned)


def of(work: Work, submission: Submission) -> list[ProposedPhoto]:
    """Return a submission's photos, the first one first."""
    query = select(ProposedPhoto).where(ProposedPhoto.submission_id == submission.id)
    return list(work.session.exec(query.order_by(col(ProposedPhoto.added_at), col(ProposedPhoto.id))))


def get(work: Work, submission: Submission, photo_id: str) -> ProposedPhoto:
    """Return one photo of a submission.

    Raises:
        Problem: there is none.
    """
    photo = work.session.get(ProposedPhoto, photo_id)
    if photo is None or photo.submission_id != submission.id:
        raise not_found("photo", photo_id, "photo_id")
    return photo


def forget(work: Work, submission: Submission) -> None:
    """Delete a submission's photos."""
    for photo in of(work, submission):
        work.session.delete(photo)
    work.session.flush()


def _kept(work: Work, submission: Submission, name: str, image: bytes, source: str) -> ProposedPhoto:
    header = image_header.inspect(image)
    width, height = header.upright_size
    photo = work.session.get(ProposedPhoto, name) or ProposedPhoto(
        id=name,
        submission_id=submission.id or 0,
        student_id=submission.student_id,
        sealed=media.seal_photo(work.session, work.media, submission.student_id, name, image),
        content_type=f"image/{header.format}",
        width=width,
        height=height,
        added_at=work.now,
        asked_at=work.now,
    )
    photo.submission_id, photo.source, photo.state = submission.id or 0, source, "pending"
    photo.refusal, photo.detail = None, ""
    return photo


def _hand_over(work: Work, asked: EnrolmentAsked) -> None:
    for photo_id in asked.photo_ids:
        photo = work.session.get_one(ProposedPhoto, photo_id)
        sealed = work.media.seal_envelope(photos.opened(work, photo).data, media.photo_about(photo_id))
        work.events.set(names.enrolment_photo(photo_id), sealed, ex=work.api.enrolment_photo_kept_s)
    photos.enqueue(work, asked, check_only=True)
