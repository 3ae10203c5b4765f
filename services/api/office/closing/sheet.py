"""The final roster as a CSV: its lines, what people decided, and below them what it is and the audit chain's head."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from services.api.office.closing.final import FinalRoster
from services.api.office.record import Ruling, only
from services.api.office.tables_csv import write_csv
from services.api.printed_heads import marked

HEADER = (
    "student_id",
    "name",
    "table_number",
    "status",
    "admitted_at",
    "out_at",
    "door",
    "provisional",
    "note",
    "overrides",
    "amended",
)


def final_csv(final: FinalRoster) -> bytes:
    """Return it; the same bytes for the same roster. Codes are English, whatever language the office speaks."""
    return write_csv(HEADER, [*_roster(final), (), *_decisions(final), (), *_about(final)])


def _roster(final: FinalRoster) -> Iterator[Sequence[object]]:
    for line in final.lines:
        overrides = "; ".join(_in_words(row) for row in only(final.rulings, line.student_id))
        times = (_moment(line.admitted_at), _moment(line.out_at))
        yes = "yes" if line.provisional else "", line.note, overrides, "yes" if line.amended else ""
        yield (line.student_id, line.name, line.table, line.status, *times, line.kiosk or "", *yes)


def _decisions(final: FinalRoster) -> Iterator[Sequence[object]]:
    yield ("decided_at", "by", "by_id", "decision", "sets", "student_id", "case", "reason", "about", "taken_back")
    for row in final.rulings:
        what = (row.actor_name, row.actor, row.action, row.sets or "", row.student_id or "", row.case or "", row.reason)
        yield (_moment(row.at), *what, _moment(row.about), "yes" if row.undone else "")
    for one in final.amendments:
        whom = (one.actor_name, one.actor, "amendment", one.after, one.student_id, "", one.reason)
        yield (_moment(one.at), *whom, f"was {one.before}", "")


def _about(final: FinalRoster) -> Iterator[Sequence[object]]:
    totals = final.totals
    yield ("exam", final.exam_code, final.subject)
    yield ("sitting", final.sitting_id, _moment(final.starts_at), _moment(final.ends_at))
    yield ("hall", final.hall_id, final.hall_name)
    yield ("liveness_policy", final.policy, *([OFF] if final.ever_off else []))
    for name in ("on_roster", "present", "late", "absent", "out"):
        yield (name, getattr(totals, name))
    yield ("head_count", final.head_count)
    yield ("scripts_collected", final.scripts_collected)
    for row in final.differences:
        yield (
            "difference",
            row.about,
            row.amount,
            row.student_id or "",
            row.state,
            row.reason,
            row.decided_by_name or "",
        )
    yield ("sealed_by" if final.original is None else "amended_by", final.signed_by, final.signed_by_id)
    yield ("sealed_at" if final.original is None else "amended_at", _moment(final.at))
    if final.original is not None:
        yield ("amends_csv_sha256", final.original.csv_sha256)
        yield ("amends_pdf_sha256", final.original.pdf_sha256)
    yield ("audit_head", marked(final.head))


OFF = "LIVENESS WAS OFF: people were let in without having to show that they are alive"


def _in_words(row: Ruling) -> str:
    sets = f" {row.sets}" if row.sets else ""
    why = f": {row.reason}" if row.reason else ""
    return f"{_moment(row.at)} {row.actor_name} ({row.actor}) {row.action}{sets}{why}{' (taken back)' if row.undone else ''}"


def _moment(at: datetime | None) -> str:
    return at.isoformat() if at else ""
