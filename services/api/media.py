"""Photos and evidence crops at rest. Photos are sealed under the student's own media key, which dies with the student."""

from sqlmodel import Session

from services.api.db.tables import Photo, ProposedPhoto, StudentKey
from shared.errors import Invalid
from shared.keys import KeyRing, new_data_key, open_sealed, seal

MEDIA = "media"
TEMPLATE = "template"


def seal_photo(session: Session, ring: KeyRing, student_id: str, photo_id: str, image: bytes) -> bytes:
    """Encrypt one enrolment photo; makes the student's media key where there is none yet."""
    return seal(_media_key(session, ring, student_id), image, photo_about(photo_id))


def open_photo(session: Session, ring: KeyRing, photo: Photo | ProposedPhoto) -> bytes:
    """Decrypt one enrolment photo.

    Raises:
        Invalid: the student's key is gone, or the bytes were changed.
    """
    row = session.get(StudentKey, (photo.student_id, MEDIA))
    if row is None:
        raise Invalid("the student's media key is gone: deleted")
    return open_sealed(ring.unwrap(row.wrapped, _key_about(photo.student_id)), photo.sealed, photo_about(photo.id))


def seal_evidence(ring: KeyRing, event_id: str, image: bytes) -> bytes:
    """Encrypt the crop of one attempt, under a key of its own."""
    return ring.seal_envelope(image, evidence_about(event_id))


def open_evidence(ring: KeyRing, event_id: str, sealed: bytes) -> bytes:
    """Decrypt the crop of one attempt.

    Raises:
        Invalid: it does not open.
    """
    return ring.open_envelope(sealed, evidence_about(event_id))


def photo_about(photo_id: str) -> str:
    """What a sealed photo is bound to."""
    return f"photo:{photo_id}"


def evidence_about(event_id: str) -> str:
    """What a sealed crop is bound to."""
    return f"evidence:{event_id}"


def _media_key(session: Session, ring: KeyRing, student_id: str) -> bytes:
    row = session.get(StudentKey, (student_id, MEDIA))
    if row is not None:
        return ring.unwrap(row.wrapped, _key_about(student_id))
    data_key = new_data_key()
    session.add(StudentKey(student_id=student_id, purpose=MEDIA, wrapped=ring.wrap(data_key, _key_about(student_id))))
    session.flush()
    return data_key


def _key_about(student_id: str) -> str:
    return f"media:{student_id}"
