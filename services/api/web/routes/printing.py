"""Papers for a hall, as PDF."""

from typing import Annotated

from fastapi import Path, Response

from services.api.office import printing
from services.api.office.printing import PaperKind
from services.api.web.deps import CallerDep, DepsDep
from services.api.web.language import WordsDep
from services.api.web.routing import file_answer
from services.api.web.routing import router as make_router

router = make_router("papers")
SittingId = Annotated[int, Path(ge=1, lt=2**31)]
HallId = Annotated[str, Path(max_length=64)]
_PDF = file_answer("application/pdf")


@router.get("/sittings/{sitting_id}/halls/{hall_id}/{paper}.pdf", response_class=Response, responses=_PDF)
def print_paper(
    sitting_id: SittingId, hall_id: HallId, paper: PaperKind, deps: DepsDep, caller: CallerDep, words: WordsDep
) -> Response:
    """Return the plan with who sits where, everybody by name for the door, or the sheet for when nothing works."""
    with deps.reading(caller) as work:
        data = printing.PRINTS[paper](work, words, sitting_id, hall_id)
    headers = {"Content-Disposition": f'inline; filename="{paper}-{sitting_id}-{hall_id}.pdf"'}
    return Response(data, media_type="application/pdf", headers=headers)
