"""The end of an exam in one hall: counted, reconciled, sealed, amended."""

from typing import Annotated

from fastapi import Path, Response

from services.api.office.closing import amendments, sealing, state
from services.api.office.closing.sealing import Kind
from services.api.office.closing.shapes import (
    AmendmentCreate,
    AmendmentPublic,
    ClosingPublic,
    CountsPut,
    DifferenceDecision,
    DifferenceNote,
    SealPublic,
)
from services.api.web.deps import CallerDep, DepsDep
from services.api.web.language import WordsDep
from services.api.web.routing import file_answer
from services.api.web.routing import router as make_router

router = make_router("closing")
Id = Annotated[int, Path(ge=1, lt=2**31)]
Hall = Annotated[str, Path(max_length=64)]
_HALL = "/sittings/{sitting_id}/halls/{hall_id}"
_MEDIA = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8"}
_FILE = file_answer("application/pdf", "text/csv")


@router.get(f"{_HALL}/closing")
def get_closing(sitting_id: Id, hall_id: Hall, deps: DepsDep, caller: CallerDep) -> ClosingPublic:
    """Return where the end of the exam stands here: counts, cases, who is out, differences, what is still to do."""
    with deps.reading(caller) as work:
        return state.look(work, sitting_id, hall_id)


@router.put(f"{_HALL}/closing/counts")
def put_closing_counts(
    sitting_id: Id, hall_id: Hall, sent: CountsPut, deps: DepsDep, caller: CallerDep
) -> ClosingPublic:
    """Enter the head count and the scripts collected, as totals."""
    with deps.writing(caller) as work:
        return state.put_counts(work, sitting_id, hall_id, sent)


@router.post(f"{_HALL}/closing/differences", status_code=201)
def note_difference(
    sitting_id: Id, hall_id: Hall, sent: DifferenceNote, deps: DepsDep, caller: CallerDep
) -> ClosingPublic:
    """Note a difference between a count and the roster; with a reason it is signed for at once."""
    with deps.writing(caller) as work:
        return state.note_difference(work, sitting_id, hall_id, sent)


@router.post(f"{_HALL}/closing/differences/{{difference_id}}/decision")
def decide_difference(
    sitting_id: Id, hall_id: Hall, difference_id: Id, sent: DifferenceDecision, deps: DepsDep, caller: CallerDep
) -> ClosingPublic:
    """Settle a difference (there is none after all), or sign for it with a reason."""
    with deps.writing(caller) as work:
        return state.decide_difference(work, sitting_id, hall_id, difference_id, sent)


@router.post(f"{_HALL}/seal", status_code=201)
def seal_hall(sitting_id: Id, hall_id: Hall, deps: DepsDep, caller: CallerDep, words: WordsDep) -> SealPublic:
    """Seal the final roster of this hall: nothing in it changes any more; the sitting is sealed with its last hall."""
    with deps.reading(caller) as work:
        prepared = sealing.prepare(work, sitting_id, hall_id, words)
    with deps.writing(caller) as work:
        return sealing.seal(work, sitting_id, hall_id, words, prepared)


@router.get(f"{_HALL}/seal")
def get_seal(sitting_id: Id, hall_id: Hall, deps: DepsDep, caller: CallerDep) -> SealPublic:
    """Return the seal: who, when, the SHA-256 of both files, and the audit chain's head that they print."""
    with deps.reading(caller) as work:
        return sealing.show(work, sitting_id, hall_id)


@router.get(f"{_HALL}/seal/{{kind}}", response_class=Response, responses=_FILE)
def get_sealed_file(sitting_id: Id, hall_id: Hall, kind: Kind, deps: DepsDep, caller: CallerDep) -> Response:
    """Return a sealed file, byte for byte as it was sealed."""
    with deps.reading(caller) as work:
        data = sealing.file_of(work, sitting_id, hall_id, kind)
    return _file(data, kind, f"sealed-{sitting_id}-{hall_id}")


@router.get(f"{_HALL}/amendments")
def list_amendments(sitting_id: Id, hall_id: Hall, deps: DepsDep, caller: CallerDep) -> list[AmendmentPublic]:
    """Return the corrections of a sealed roster, in order."""
    with deps.reading(caller) as work:
        return amendments.every(work, sitting_id, hall_id)


@router.post(f"{_HALL}/amendments", status_code=201)
def amend_hall(
    sitting_id: Id, hall_id: Hall, sent: AmendmentCreate, deps: DepsDep, caller: CallerDep
) -> AmendmentPublic:
    """Correct a sealed roster, with a reason; the sealed files stay as they are."""
    with deps.writing(caller) as work:
        return amendments.amend(work, sitting_id, hall_id, sent)


@router.get(f"{_HALL}/amended/{{kind}}", response_class=Response, responses=_FILE)
def get_amended_file(
    sitting_id: Id, hall_id: Hall, kind: Kind, deps: DepsDep, caller: CallerDep, words: WordsDep
) -> Response:
    """Return the amended report as of now, which names the sealed original by its SHA-256."""
    with deps.reading(caller) as work:
        data = amendments.report(work, sitting_id, hall_id, kind, words)
    return _file(data, kind, f"amended-{sitting_id}-{hall_id}")


def _file(data: bytes, kind: Kind, name: str) -> Response:
    safe = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_.") else "_" for letter in name)
    headers = {"Content-Disposition": f'attachment; filename="{safe}.{kind}"'}
    return Response(data, media_type=_MEDIA[kind], headers=headers)
