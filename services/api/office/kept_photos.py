"""Single photos of a student: their pictures, and taking one back."""

from services.api.db.tables import Photo
from services.api.office import photos, students
from services.api.office.photos import OpenPhoto
from services.api.office.work import Work
from services.api.problems import conflict, not_found


def picture(work: Work, student_id: str, photo_id: str) -> OpenPhoto:
    """Return one photo, decrypted, whatever became of it.

    Raises:
        Problem: there is none, or it does not open.
    """
    return photos.opened(work, _get(work, student_id, photo_id))


def delete(work: Work, student_id: str, photo_id: str) -> None:
    """Delete one photo that no template was made from.

    Raises:
        Problem: there is none, or the student is recognised by it.
    """
    photo = _get(work, student_id, photo_id)
    if photo.state == "enrolled":
        what = "The student is recognised by this photo: enrol them anew, or let them opt out, to have it go."
        raise conflict("photo_in_use", what, "photo_id")
    work.session.delete(photo)
    work.note("student.photo_delete", f"student:{student_id}", before={"photo": photo_id, "state": photo.state})


def _get(work: Work, student_id: str, photo_id: str) -> Photo:
    students.get(work, student_id)
    photo = work.session.get(Photo, photo_id)
    if photo is None or photo.student_id != student_id:
        raise not_found("photo", photo_id, "photo_id")
    return photo
