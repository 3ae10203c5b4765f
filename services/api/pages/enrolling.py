"""A student's photos and a new enrolment, by webcam or upload; the browser's part is `static/enrol.js`."""

import json
from collections.abc import Callable

from nicegui import ui

from services.api.office import consents, office_settings
from services.api.office.students import StudentPublic
from services.api.pages.shell import OfficePage

MODULE = "/static/enrol.js"


async def enrolling(page: OfficePage, student: StudentPublic, on_change: Callable[[], None]) -> None:
    """Draw the student's photos, and for who may enrol the camera and the upload.

    Args:
        page: the page that it stands on.
        student: whose photos.
        on_change: called when enrolment has judged new photos, or one was deleted.
    """
    ui.add_head_html('<link rel="stylesheet" href="/static/shots.css">')
    may_enrol = page.may("upload_photos") and not student.by_number
    if student.by_number:
        ui.label(page.say("enrol.by_number"))
    with ui.element("div").classes("nero-enrol"):
        form = ui.element("div").classes("nero-enrol-form")
        kept = ui.element("div").classes("nero-enrol-kept")
    bases = await page.read(lambda work: consents.of_student(work, student.id), "list_consents")
    is_set = await page.read(office_settings.of, "get_office_settings")
    config = {
        "student": student.id,
        "bases": [(basis, basis_word(page, basis)) for basis in is_set.enrolment_bases],
        "basis": next((one.basis for one in bases if one.withdrawn_at is None), None),
        "textVersion": is_set.consent_text_version,
        "maxPhotos": is_set.max_photos,
        "mayEnrol": may_enrol,
        "mayChange": page.may("delete_photo"),
    }
    ui.on("nero-enrolment", lambda _: on_change())
    start = f"enrol.enrol(getHtmlElement({form.id}), getHtmlElement({kept.id}), {json.dumps(config)})"
    ui.run_javascript(f"import({json.dumps(MODULE)}).then((enrol) => {start})")


def basis_word(page: OfficePage, basis: str) -> str:
    """Return what a legal basis is called; one that the office made up is called as it is written."""
    code = f"basis.{basis}"
    return page.say(code) if page.words.has(code) else basis
