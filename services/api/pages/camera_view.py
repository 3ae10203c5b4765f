"""A kiosk's newest picture on a page; the browser's part is `static/camera-view.js`."""

import json

from nicegui import ui

from services.api.office.aiming import AimPublic
from services.api.pages.shell import OfficePage

MODULE = "/static/camera-view.js"


def camera_view(page: OfficePage, kiosk_id: str, every_s: float) -> ui.element:
    """Draw the camera's newest picture, and keep it new."""
    box = ui.element("div").classes("nero-camera").props(f'role="img" aria-label="{page.say("kiosks.picture")}"')
    config = {
        "address": f"/api/v1/kiosks/{kiosk_id}/frame",
        "everyMs": round(every_s * 1000),
        "empty": page.say("kiosks.picture.none"),
    }
    _call(f"view.watchCamera(getHtmlElement({box.id}), {json.dumps(config)})")
    return box


def frame_face(box: ui.element, shown: AimPublic) -> None:
    """Frame the face in the picture; nothing where there is none."""
    state = "good" if shown.ready else "poor"
    face = {**shown.face.model_dump(), "state": state} if shown.face else None
    _call(f"view.frameFace(getHtmlElement({box.id}), {json.dumps(face)})")


def _call(script: str) -> None:
    ui.run_javascript(f"import({json.dumps(MODULE)}).then((view) => {script})")
