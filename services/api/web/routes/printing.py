"""Papers for a hall, as PDF."""

from typing import Annotated

from fastapi import Path, Request, Response

from services.api import words
from services.api.office import printing
from services.api.web.deps import CallerDep, Deps, DepsDep
from services.api.web.routing import file_answer
from services.api.web.routing import router as make_router
from services.api.words import Words

router = make_router("papers")
SittingId = Annotated[int, Path(ge=1, lt=2**31)]
HallId = Annotated[str, Path(max_length=64)]
_PDF = file_answer("application/pdf")


@router.get("/sittings/{sitting_id}/halls/{hall_id}/seating-plan.pdf", response_class=Response, responses=_PDF)
def print_seating_plan(
    sitting_id: SittingId, hall_id: HallId, request: Request, deps: DepsDep, caller: CallerDep
) -> Response:
    """Return the hall's plan, drawn, with who sits where."""
    with deps.reading(caller) as work:
        data = printing.seating_plan(work, _words(request, deps), sitting_id, hall_id)
    return _pdf(data, f"seating-plan-{sitting_id}-{hall_id}")


@router.get("/sittings/{sitting_id}/halls/{hall_id}/door-list.pdf", response_class=Response, responses=_PDF)
def print_door_list(
    sitting_id: SittingId, hall_id: HallId, request: Request, deps: DepsDep, caller: CallerDep
) -> Response:
    """Return everybody of the hall by name, large, with their table."""
    with deps.reading(caller) as work:
        data = printing.door_list(work, _words(request, deps), sitting_id, hall_id)
    return _pdf(data, f"door-list-{sitting_id}-{hall_id}")


@router.get("/sittings/{sitting_id}/halls/{hall_id}/paper-sheet.pdf", response_class=Response, responses=_PDF)
def print_paper_sheet(
    sitting_id: SittingId, hall_id: HallId, request: Request, deps: DepsDep, caller: CallerDep
) -> Response:
    """Return the sheet to go on with when nothing works: boxes to tick, times and signatures."""
    with deps.reading(caller) as work:
        data = printing.paper_sheet(work, _words(request, deps), sitting_id, hall_id)
    return _pdf(data, f"paper-sheet-{sitting_id}-{hall_id}")


def _words(request: Request, deps: Deps) -> Words:
    cookie, accepted = request.cookies.get(words.COOKIE), request.headers.get("accept-language", "")
    return words.words_of(words.chosen(cookie, accepted, deps.settings.api.language))


def _pdf(data: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return Response(data, media_type="application/pdf", headers=headers)
