"""The audit chain: searched, proved, exported."""

from typing import Annotated, Literal

from fastapi import Path, Query, Response
from pydantic import AwareDatetime

from services.api.examples import example_of
from services.api.office import audit_log
from services.api.office.audit_log import AuditFilter, AuditPublic, ChainVerified
from services.api.office.paging import Limit, Page
from services.api.web.deps import CallerDep, DepsDep
from services.api.web.routing import file_answer
from services.api.web.routing import router as make_router

router = make_router("audit")
Text = Annotated[str | None, Query(max_length=128)]
Seq = Annotated[int | None, Query(ge=0, lt=2**31, description="The last number of the page before.")]

_EXPORTED = {name: value for name, value in example_of(AuditPublic).items() if name not in ("actor_name", "change")}
_FILE = file_answer("text/csv")
_FILE[200]["content"]["application/json"] = {
    "schema": {
        "type": "object",
        "properties": {"entries": {"type": "array", "items": {"type": "object", "required": ["seq", "hash"]}}},
        "required": ["entries"],
    },
    "example": {"entries": [_EXPORTED]},
}


@router.get("/audit")
def list_audit(
    deps: DepsDep,
    caller: CallerDep,
    actor: Text = None,
    action: Annotated[str | None, Query(max_length=128, description="Whole, or its beginning: `attendance.`")] = None,
    subject: Annotated[str | None, Query(max_length=128, description="Whole, or its beginning.")] = None,
    sitting_id: Annotated[int | None, Query(ge=1, lt=2**31)] = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    after: Seq = None,
    limit: Limit = 100,
    newest: Annotated[bool, Query(description="The newest first.")] = False,
) -> Page[AuditPublic]:
    """Return who did what to whom, when and from where, by number."""
    wanted = AuditFilter(actor=actor, action=action, subject=subject, sitting_id=sitting_id, since=since, until=until)
    with deps.reading(caller) as work:
        return audit_log.find(work, wanted, after=after, limit=limit, newest=newest)


@router.get("/audit/verify")
def verify_audit(
    deps: DepsDep,
    caller: CallerDep,
    head: Annotated[
        list[Annotated[str, Query(max_length=128)]] | None,
        Query(max_length=20, description="A head as a sealed report prints it, `SEQ:HASH`."),
    ] = None,
) -> ChainVerified:
    """Prove the whole chain: against itself, the anchored head, every sealed report, and heads typed from paper."""
    with deps.reading(caller) as work:
        return audit_log.prove(work, head or [])


@router.get("/audit/{seq}")
def get_audit(seq: Annotated[int, Path(ge=1, lt=2**31)], deps: DepsDep, caller: CallerDep) -> AuditPublic:
    """Return one entry."""
    with deps.reading(caller) as work:
        return audit_log.get(work, seq)


@router.get("/sittings/{sitting_id}/audit", response_class=Response, responses=_FILE)
def export_sitting_audit(
    sitting_id: Annotated[int, Path(ge=1, lt=2**31)],
    deps: DepsDep,
    caller: CallerDep,
    format: Literal["csv", "json"] = "csv",  # noqa: A002 - the query's own word
) -> Response:
    """Return every entry about a sitting with its hashes, as CSV or JSON."""
    with deps.reading(caller) as work:
        entries = audit_log.of_sitting(work, sitting_id)
    data = audit_log.as_csv(entries) if format == "csv" else audit_log.as_json(entries)
    media_type = "text/csv; charset=utf-8" if format == "csv" else "application/json"
    headers = {"Content-Disposition": f'attachment; filename="audit-{sitting_id}.{format}"'}
    return Response(data, media_type=media_type, headers=headers)
