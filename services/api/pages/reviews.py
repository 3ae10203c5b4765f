"""Cases across sittings, to look back at; each with its evidence, and the way to the hall that settles it."""

from nicegui import ui

from services.api.office import decisions, halls, reviews
from services.api.office.decisions import CaseAnswer, Undoing
from services.api.office.reports.tables import because
from services.api.office.reviews import ReviewPublic
from services.api.office.work import Work
from services.api.pages.asking import reason_for
from services.api.pages.grids import Column, rows_grid
from services.api.pages.parts import clock, day, request_query
from services.api.pages.shell import OfficePage, office_page

VERDICTS = ("liveness_failed", "unknown", "ambiguous", "already_in", "closed", "not_registered", "wrong_hall")
_FILTERS = ("state", "sitting_id", "hall", "verdict", "student_id")


@office_page("/reviews", "page_reviews", "reviews", menu=55, icon="rule")
async def build(page: OfficePage) -> None:
    """List them, newest first."""
    given = {name: request_query(page.request, name) or "" for name in _FILTERS}
    states = {state: page.say(f"review.state.{state}") for state in ("open", "settled")}
    reasons = {verdict: page.say(f"review.verdict.{verdict}") for verdict in VERDICTS}
    columns = [
        Column("case_number", page.say("reviews.case"), kind="number", link="/office/reviews/{id}", width=80),
        Column("opened_at", page.say("reviews.opened"), kind="time", width=205),
        Column("exam_code", page.say("report.column.exam"), width=120),
        Column("sitting_id", page.say("reviews.sitting"), kind="number", filter="sitting_id", width=95),
        Column("hall", page.say("report.column.hall"), filter="hall", width=90),
        Column("verdict", page.say("report.column.reason"), choices=reasons, filter="verdict", width=210),
        Column("people", page.say("reviews.people"), width=260),
        Column("state", page.say("reviews.state"), choices=states, filter="state", width=110),
        Column("waited_s", page.say("reviews.waited"), kind="number", width=100),
        Column("settled_name", page.say("reviews.settled_by"), width=140),
    ]
    rows_grid(
        page,
        "/api/v1/review-log",
        columns,
        keyset=True,
        query={name: value for name, value in given.items() if value},
        empty=page.say("reviews.empty"),
    )


@office_page("/reviews/{review_id}", "page_review", "reviews.one", below="page_reviews")
async def build_one(page: OfficePage, review_id: int) -> None:
    """Show one case: what the door found, whom it may be about, how it was settled."""
    case, zone, decision = await page.read(lambda work: _look(work, review_id), "get_review", review_id=review_id)
    ui.link(page.say("reviews.back"), "/office/reviews")
    with ui.element("section").classes("nero-card"), ui.element("dl").classes("nero-facts"):
        for code, value in _facts(page, case, zone):
            ui.html(page.say(code), tag="dt", sanitize=True)
            with ui.element("dd"):
                ui.label(value)
    with ui.element("div").classes("nero-bar"):
        if case.sitting_id is not None:
            ui.link(page.say("reviews.to_hall"), f"/hall/{case.sitting_id}/{case.hall}?case={case.id}")
        if page.may("page_audit") and case.sitting_id is not None:
            ui.link(page.say("reviews.to_audit"), f"/office/audit?sitting_id={case.sitting_id}")
        if decision is not None and page.may("undo_attempt"):
            ui.button(page.say("reviews.undo"), on_click=lambda: _undo(page, case, decision)).props("outline no-caps")
    if case.state == "open" and page.may("decide_review"):
        _answers(page, case)
    _evidence(page, case)


def _look(work: Work, review_id: int) -> tuple[ReviewPublic, str, int | None]:
    case = reviews.shape(work, [reviews.get(work, review_id)])[0]
    return case, halls.get(work, case.hall).time_zone, reviews.decision_of(work, case)


def _answers(page: OfficePage, case: ReviewPublic) -> None:
    """What settles a case without a roster: some belong to no hall's page, or to one that is sealed."""
    with ui.element("div").classes("nero-bar"):
        _answer(page, case, CaseAnswer(action="not_a_candidate"), "hall.do.stranger")
        _answer(page, case, CaseAnswer(action="dismiss"), "hall.do.dismiss")


def _answer(page: OfficePage, case: ReviewPublic, answer: CaseAnswer, text: str) -> None:
    async def settle() -> None:
        done = await page.attempt(
            "decide_review", lambda work: decisions.answer_case(work, case.id, answer), review_id=case.id
        )
        if done is not None:
            ui.navigate.reload()

    ui.button(page.say(text), on_click=settle).props("outline no-caps")


async def _undo(page: OfficePage, case: ReviewPublic, decision: int) -> None:
    how = page.say(f"decision.{case.settled_as}")
    means = page.say("reviews.undo.means", number=case.case_number, how=how, who=case.settled_name or case.settled_by)
    reason = await reason_for(page, page.say("reviews.undo.title"), means, page.say("reviews.undo.go"))
    if reason is None:
        return
    undone = await page.attempt(
        "undo_attempt",
        lambda work: decisions.undo_attempt(work, decision, Undoing(reason=reason)),
        attempt_id=decision,
    )
    if undone is not None:
        ui.navigate.reload()


def _facts(page: OfficePage, case: ReviewPublic, zone: str) -> list[tuple[str, str]]:
    found = page.say(f"review.verdict.{case.verdict}")
    facts = [
        ("reviews.case", str(case.case_number)),
        ("report.column.hall", case.hall),
        ("reviews.opened", f"{day(page, case.opened_at, zone)}, {clock(case.opened_at, zone)}"),
        ("report.column.reason", f"{found}: {because(case.detail, page.words)}" if case.detail else found),
        ("reviews.state", page.say(f"review.state.{case.state}")),
    ]
    if case.settled_at is not None:
        how = page.say(f"decision.{case.settled_as}")
        facts += [
            ("reviews.settled_as", how),
            ("reviews.settled_by", case.settled_name or case.settled_by or ""),
            ("reviews.settled_at", f"{day(page, case.settled_at, zone)}, {clock(case.settled_at, zone)}"),
            ("reviews.waited", str(round((case.settled_at - case.opened_at).total_seconds()))),
        ]
    return facts


def _evidence(page: OfficePage, case: ReviewPublic) -> None:
    ui.html(page.say("reviews.evidence"), tag="h2", sanitize=True).classes("nero-subtitle")
    with ui.element("div").classes("nero-evidence-all"):
        if page.may("get_review_crop"):
            _face(f"/api/v1/reviews/{case.id}/crop", page.say("reviews.crop"), page.say("reviews.crop.gone"))
        for one in case.candidates if page.may("get_review_photo") else ():
            score = "" if one.score is None else f" · {one.score:.2f}"
            caption = f"{one.name} ({one.student_id}){score}"
            _face(f"/api/v1/reviews/{case.id}/photos/{one.student_id}", caption, page.say("reviews.photo.none"))


def _face(source: str, caption: str, gone: str) -> None:
    """A picture that may have been deleted by now: then its caption says so."""
    with ui.element("figure").classes("nero-evidence"):
        picture = ui.element("img").props(f'src="{source}" alt="" loading="lazy"')
        instead = ui.label(gone).classes("nero-empty")
        instead.set_visibility(False)
        ui.html(caption, tag="figcaption", sanitize=True)
    picture.on("error", lambda: (picture.set_visibility(False), instead.set_visibility(True)))
