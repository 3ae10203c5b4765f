"""The audit chain as people read it: searched, proved, and exported for a sitting."""

import json
from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from services.api import audit
from services.api.db.tables import AuditEntry, User
from services.api.office import sittings
from services.api.office.audit_changes import in_one_line
from services.api.office.paging import Page, page_of
from services.api.office.tables_csv import write_csv
from services.api.office.work import Work
from services.api.printed_heads import sealed_heads, typed_head
from services.api.problems import not_found, unfit
from shared.errors import Invalid

CSV_HEADER = (
    "seq",
    "at",
    "actor",
    "action",
    "subject",
    "sitting_id",
    "source",
    "before",
    "after",
    "previous_hash",
    "hash",
)


class AuditPublic(BaseModel):
    """One entry of the chain."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "seq": 812,
                    "at": "2026-11-23T09:02:11Z",
                    "actor": "user:3",
                    "actor_name": "i.nilsen",
                    "action": "attendance.mark",
                    "subject": "student:S0001",
                    "sitting_id": 1,
                    "source": "10.0.0.7",
                    "before": {"status": "expected", "at": None, "hall": "A", "table": "C-14"},
                    "after": {
                        "status": "present",
                        "at": "2026-11-23T08:58:00+00:00",
                        "hall": "A",
                        "table": "C-14",
                        "sets": "in",
                        "reason": "camera was away",
                    },
                    "change": "at: 2026-11-23T08:58:00+00:00 · reason: camera was away · sets: in"
                    " · status: expected → present",
                    "previous_hash": "5e0c…",
                    "hash": "9b1f…",
                }
            ]
        }
    )

    seq: int
    at: datetime
    actor: str = Field(description="`user:ID`, `kiosk:ID`, `token:ID`, `link:ID` or `machine`, which is Nero itself.")
    actor_name: str | None = Field(description="The user name that the actor has now; not part of the chain.")
    action: str
    subject: str
    sitting_id: int | None
    source: str
    before: dict[str, object] | None
    after: dict[str, object] | None
    change: str = Field(description="`before` and `after` in one line, for people: `queue_grace_min: 0 → 15`.")
    previous_hash: str
    hash: str = Field(description="SHA-256 of the entry and of the hash before it.")


class AuditFilter(BaseModel):
    """Which entries."""

    actor: str | None = None
    action: str | None = None
    """Whole, or its beginning: `attendance.`."""
    subject: str | None = None
    """Whole, or its beginning: `student:S00`."""
    sitting_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


class KnownHead(BaseModel):
    """A head that the chain was held against."""

    code: str = Field(description="What is to be said: `audit.known.{code}` in the catalogues.", examples=["anchor"])
    values: dict[str, str] = Field(default_factory=dict)


class ChainVerified(BaseModel):
    """What the proof of the chain found."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "ok": False,
                    "entries": 11,
                    "head": "9b1f…",
                    "anchored_seq": 12,
                    "broken_seq": 12,
                    "how": "cut",
                    "last_seq": 21,
                    "problem": "entries 12 to 21 are gone",
                    "against": "the sealed report of sitting 1, hall A",
                    "held_against": ["the anchor file", "the sealed report of sitting 1, hall A"],
                    "known": [{"code": "anchor"}, {"code": "sealed", "values": {"sitting": "1", "hall": "hall A"}}],
                }
            ]
        }
    )

    ok: bool
    entries: int = Field(description="How many hold, from the first on.")
    head: str = Field(description="The hash of the last of them.")
    anchored_seq: int | None = Field(description="The entry that the anchor file names; null: nothing is anchored.")
    broken_seq: int | None = Field(description="The first entry that is not as it was written.")
    how: audit.Break = Field(description="What is wrong with it; empty where the chain holds.")
    last_seq: int | None = Field(description="The last entry that is gone, where the chain was cut off.")
    problem: str = Field(description="The same, in English.")
    against: str = Field(description="Which known head found it; empty where the chain itself does not hold.")
    held_against: list[str] = Field(description="What the chain was held against, in words.")
    known: list[KnownHead] = Field(description="The same, for a page in any language.")


def find(work: Work, wanted: AuditFilter, *, after: int | None, limit: int, newest: bool) -> Page[AuditPublic]:
    """Return entries that fit, by number; `after` is the last number of the page before."""
    number = col(AuditEntry.seq)
    query = select(AuditEntry).order_by(number.desc() if newest else number).limit(limit + 1)
    if after is not None:
        query = query.where(number < after if newest else number > after)
    for name in ("action", "subject"):
        if text := getattr(wanted, name):
            query = query.where(col(getattr(AuditEntry, name)).startswith(text, autoescape=True))
    if wanted.actor:
        query = query.where(AuditEntry.actor == wanted.actor)
    if wanted.sitting_id is not None:
        query = query.where(AuditEntry.sitting_id == wanted.sitting_id)
    if wanted.since:
        query = query.where(col(AuditEntry.at) >= wanted.since)
    if wanted.until:
        query = query.where(col(AuditEntry.at) <= wanted.until)
    return page_of(shape(work, work.session.exec(query).all()), limit, "seq")


def shape(work: Work, entries: Sequence[AuditEntry]) -> list[AuditPublic]:
    """Shape entries, with the user names of their actors beside them."""
    numbers = {
        int(entry.actor[5:]) for entry in entries if entry.actor.startswith("user:") and entry.actor[5:].isdigit()
    }
    found = work.session.exec(select(User.id, User.username).where(col(User.id).in_(numbers)))
    names = {f"user:{user_id}": name for user_id, name in found}
    return [
        AuditPublic(
            **entry.model_dump(), actor_name=names.get(entry.actor), change=in_one_line(entry.before, entry.after)
        )
        for entry in entries
    ]


def get(work: Work, seq: int) -> AuditPublic:
    """Return one entry.

    Raises:
        Problem: there is none.
    """
    entry = work.session.get(AuditEntry, seq)
    if entry is None:
        raise not_found("audit entry", seq, "seq")
    return shape(work, [entry])[0]


def prove(
    work: Work, typed: Sequence[str] = (), progress: audit.Progress = lambda _done, _total: None
) -> ChainVerified:
    """Walk the whole chain, and hold it against the anchor, every sealed report here, and heads typed from paper.

    `progress` is told how many entries were proved, of how many.

    Raises:
        Problem: what was typed is no head.
    """
    anchored = audit.anchored(audit.anchor_of(work.session))  # before the database, which may go on meanwhile
    known = [*anchored, *sealed_heads(work.session), *(_typed(text) for text in typed)]
    found = audit.verify(work.session, known, progress)
    return ChainVerified(
        ok=found.ok,
        entries=found.entries,
        head=found.head,
        anchored_seq=anchored[0].head.seq if anchored else None,
        broken_seq=found.broken_seq,
        how=found.how,
        last_seq=found.last_seq,
        problem=found.problem,
        against=found.against,
        held_against=[one.where for one in known],
        known=[KnownHead(code=one.code, values=dict(one.values)) for one in known],
    )


def of_sitting(work: Work, sitting_id: int) -> list[AuditPublic]:
    """Return every entry about a sitting, in order.

    Raises:
        Problem: no such sitting.
    """
    sittings.get(work, sitting_id)
    query = select(AuditEntry).where(AuditEntry.sitting_id == sitting_id).order_by(col(AuditEntry.seq))
    return shape(work, work.session.exec(query).all())


def as_csv(entries: Sequence[AuditPublic]) -> bytes:
    """Return entries as a CSV, each with its hashes."""
    return write_csv(CSV_HEADER, ([_cell(entry, name) for name in CSV_HEADER] for entry in entries))


def as_json(entries: Sequence[AuditPublic]) -> bytes:
    """Return entries as JSON, exactly the fields that their hashes are made of, and the hashes."""
    rows = [
        entry.model_dump(mode="json", exclude={"actor_name", "change", "at"}) | {"at": entry.at.isoformat()}
        for entry in entries
    ]
    return json.dumps({"entries": rows}, ensure_ascii=False, indent=1).encode()


def _cell(entry: AuditPublic, name: str) -> str:
    value = getattr(entry, name)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return "" if value is None else str(value)


def _typed(text: str) -> audit.Known:
    try:
        head = typed_head(text)
    except Invalid as error:
        raise unfit("not_a_head", str(error)[0].upper() + str(error)[1:] + ".", "head") from error
    return audit.Known(head, f"the head {head.seq} that was typed", "typed", {"seq": str(head.seq)})
