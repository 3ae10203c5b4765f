"""The final roster as a PDF: totals, the roster, every decision with its reason, and what proves it."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from services.api.office.closing.final import FinalRoster
from services.api.office.record import Ruling
from services.api.paper import Column, Paper
from services.api.printed_heads import marked
from services.api.words import Words

_NONE = "–"


def final_pdf(final: FinalRoster, csv_sha256: str, words: Words) -> bytes:
    """Return it; the same bytes for the same roster in the same language."""
    paper = Paper(
        words,
        title=words.say("seal.title" if final.original is None else "seal.title.amended"),
        about=f"{final.about} · {_span(final, words)}",
        printed_at=final.at,
        zone=final.zone,
        keywords=marked(final.head),
    )
    _opening(paper, final, words)
    _amendments(paper, final, words)
    _roster(paper, final, words)
    _decisions(paper, final, words)
    _differences(paper, final, words)
    _proof(paper, final, csv_sha256, words)
    paper.sign_here(words.say("seal.sign.invigilator"), words.say("seal.sign.when"))
    return paper.pdf()


def _opening(paper: Paper, final: FinalRoster, words: Words) -> None:
    totals = final.totals
    numbers = [(words.say(f"closing.{name}"), str(getattr(totals, name))) for name in _TOTALS]
    counted = [
        (words.say("closing.head_count"), _number(final.head_count)),
        (words.say("closing.scripts"), _number(final.scripts_collected)),
    ]
    by = ("seal.by", "seal.at") if final.original is None else ("seal.amended_by", "seal.amended_at")
    paper.facts(
        [
            *numbers,
            *counted,
            (words.say("seal.policy"), words.say(f"seal.policy.{final.policy}")),
            (words.say(by[0]), f"{final.signed_by} ({final.signed_by_id})"),
            (words.say(by[1]), _when(final.at, final.zone, words)),
        ]
    )
    if final.ever_off:
        paper.text(words.say("seal.policy.off.said", count=final.used_policies.get("off", 0)), bold=True)


def _amendments(paper: Paper, final: FinalRoster, words: Words) -> None:
    if final.original is None:
        return
    paper.heading(words.say("seal.amendments"))
    paper.text(words.say("seal.amends", at=_when(final.original.sealed_at, final.zone, words)))
    paper.facts(
        [
            (words.say("seal.original.pdf"), final.original.pdf_sha256),
            (words.say("seal.original.csv"), final.original.csv_sha256),
        ],
        size=9,
    )
    columns = _columns(
        words, ("when", 1.3), ("who", 1.3), ("student", 1.6), ("before", 0.8), ("after", 0.8), ("reason", 2)
    )
    rows = [
        (
            _moment(one.at, final.zone, words),
            one.actor_name,
            f"{one.student_id} {one.name}",
            words.say(f"status.{one.before}"),
            words.say(f"status.{one.after}"),
            one.reason,
        )
        for one in final.amendments
    ]
    paper.table(columns, rows, size=9)


def _roster(paper: Paper, final: FinalRoster, words: Words) -> None:
    paper.heading(words.say("seal.roster"))
    overridden = {row.student_id for row in final.rulings}
    columns = _columns(
        words, ("number", 1.1), ("name", 3), ("table", 0.9), ("status", 1), ("in", 0.7), ("out", 0.7), ("by_hand", 0.8)
    )
    rows = [
        (
            line.student_id,
            line.name + (f" ({words.say('seal.provisional')})" if line.provisional else ""),
            line.table,
            words.say(f"status.{line.status}") + (" *" if line.amended else ""),
            _clock(line.admitted_at, final.zone),
            _clock(line.out_at, final.zone),
            words.say("seal.yes") if line.student_id in overridden else "",
        )
        for line in final.lines
    ]
    paper.table(columns, rows, size=9)
    if any(line.amended for line in final.lines):
        paper.text(words.say("seal.amended.mark"), 9, grey=True)


def _decisions(paper: Paper, final: FinalRoster, words: Words) -> None:
    paper.heading(words.say("seal.decisions"))
    if not final.rulings:
        paper.text(words.say("seal.decisions.none"))
        return
    columns = _columns(
        words, ("when", 0.9), ("who", 1.4), ("what", 1.7), ("student", 1.1), ("case", 0.6), ("reason", 2.4)
    )
    rows = [
        (
            _clock(row.at, final.zone),
            row.actor_name,
            _what(row, words),
            row.student_id or _NONE,
            str(row.case or ""),
            row.reason,
        )
        for row in final.rulings
    ]
    paper.table(columns, rows, size=9)


def _differences(paper: Paper, final: FinalRoster, words: Words) -> None:
    if not final.differences:
        return
    paper.heading(words.say("closing.differences"))
    columns = _columns(
        words, ("about", 1.1), ("amount", 0.7), ("student", 1.6), ("state", 1), ("who", 1.3), ("reason", 2.4)
    )
    rows = [
        (
            words.say(f"closing.about.{row.about}"),
            f"{row.amount:+d}",
            f"{row.student_id or _NONE} {row.name}".strip(),
            words.say(f"closing.state.{row.state}"),
            row.decided_by_name or "",
            "; ".join(text for text in (row.note, row.reason) if text),
        )
        for row in final.differences
    ]
    paper.table(columns, rows, size=9)


def _proof(paper: Paper, final: FinalRoster, csv_sha256: str, words: Words) -> None:
    paper.heading(words.say("seal.proof"))
    paper.text(words.say("seal.proof.how"), 9, grey=True)
    paper.facts(
        [
            (words.say("seal.csv_sha256"), csv_sha256),
            (words.say("seal.audit_head"), f"{final.head.seq}:{final.head.hash}"),
        ],
        size=9,
    )


def _columns(words: Words, *named: tuple[str, float]) -> Sequence[Column]:
    return [Column(words.say(f"seal.column.{code}"), share) for code, share in named]


def _what(row: Ruling, words: Words) -> str:
    action = words.say(f"decision.{row.action}")
    sets = f": {words.say(f'decision.sets.{row.sets}')}" if row.sets and row.action != "undo" else ""
    return f"{action}{sets}" + (f" ({words.say('seal.taken_back')})" if row.undone else "")


def _span(final: FinalRoster, words: Words) -> str:
    zone = ZoneInfo(final.zone)
    start, end = final.starts_at.astimezone(zone), final.ends_at.astimezone(zone)
    return f"{words.day(start)}, {start:%H:%M}–{end:%H:%M}"


def _when(at: datetime, zone: str, words: Words) -> str:
    local = at.astimezone(ZoneInfo(zone))
    return f"{words.day(local)}, {local:%H:%M:%S} ({zone})"


def _moment(at: datetime, zone: str, words: Words) -> str:
    local = at.astimezone(ZoneInfo(zone))
    return f"{words.plain_date(local)} {local:%H:%M}"


def _clock(at: datetime | None, zone: str) -> str:
    return _NONE if at is None else f"{at.astimezone(ZoneInfo(zone)):%H:%M}"


def _number(count: int | None) -> str:
    return _NONE if count is None else str(count)


_TOTALS = ("on_roster", "present", "late", "absent", "out")
