"""The pages that students open by a mailed link: the same for everybody, and with nothing in them."""

from importlib import resources

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.api.web.deps import DepsDep
from services.api.web.guard import GuardedRoute
from services.api.web.headers import content_security_policy
from services.api.web.webcam import webcam_host

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)
_STATIC = resources.files("services.api.web") / "static"


@router.get("/enrol", response_class=HTMLResponse)
def own_enrolment_page() -> HTMLResponse:
    """Return the page on which a student enrols; what opens it stands after #, which no server sees."""
    return HTMLResponse((_STATIC / "enrol-self.html").read_text(encoding="utf-8"))


@router.get("/practice", response_class=HTMLResponse)
def practice_page(request: Request, deps: DepsDep) -> HTMLResponse:
    """Return the page on which a student tries the check ahead."""
    policy = content_security_policy(webcam_host(request, deps.settings.api))
    text = (_STATIC / "practice.html").read_text(encoding="utf-8")
    return HTMLResponse(text, headers={"Content-Security-Policy": policy})
