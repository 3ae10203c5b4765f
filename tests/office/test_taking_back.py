"""What was done in a hall is taken back on a page, with a reason that the record keeps."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import col, select

from services.api.db.tables import AuditEntry, Review, SittingHall
from services.api.office import decisions
from services.api.office.decisions import CaseAnswer
from tests.office.conftest import OpenAs, shot
from tests.office.hall_story import HallStory
from tests.office.site import OfficeSite


@pytest.fixture
def hall(office: OfficeSite) -> Iterator[HallStory]:
    """A sitting that has just begun in hall A."""
    story = HallStory(office)
    yield story
    story.over()


def test_check_in_that_was_closed_by_hand_is_opened_again_with_a_reason(
    office: OfficeSite, hall: HallStory, open_as: OpenAs
) -> None:
    page = open_as("admin", f"/office/sittings/{hall.sitting_id}/close?hall=A")
    page.get_by_role("button", name="Close check-in here now").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Close check-in here now").click()
    page.get_by_text("It was closed here by hand at", exact=False).wait_for()
    shot(page, "closing-closed-here")
    page.get_by_role("button", name="Open it again").click()
    _because(page, "Open check-in here again?", "a bus was late", "Open it again")
    page.get_by_text("Check-in is open until", exact=False).wait_for()
    expect(page.get_by_role("button", name="Open it again")).to_have_count(0)
    with office.looking() as session:
        assert session.get_one(SittingHall, (hall.sitting_id, "A")).closed_at is None
        changed = select(AuditEntry).where(AuditEntry.action == "sitting.hall").order_by(col(AuditEntry.seq).desc())
        assert session.exec(changed).first().after["reason"] == "a bus was late"


def test_a_case_that_was_settled_wrongly_is_opened_again_from_its_page(
    office: OfficeSite, hall: HallStory, open_as: OpenAs
) -> None:
    hall.suspects()
    case = hall.case()
    with office.work("admin") as work:
        decisions.answer_case(work, case.id or 0, CaseAnswer(action="dismiss", reason="a joke"))
    path = f"/office/reviews/{case.id}"
    auditor = open_as("auditor", path)
    auditor.get_by_text("case dismissed").wait_for()
    expect(auditor.get_by_role("button", name="Undo this decision…")).to_have_count(0)
    page = open_as("admin", path)
    page.get_by_role("button", name="Undo this decision…").click()
    page.get_by_text("will be open again and wait for an answer", exact=False).wait_for()
    shot(page, "review-undo")
    _because(page, "Undo this decision?", "it was no joke", "Undo and open the case")
    page.get_by_text("open", exact=True).wait_for()
    expect(page.get_by_role("button", name="Undo this decision…")).to_have_count(0)
    with office.looking() as session:
        assert session.get_one(Review, case.id).state == "open"


def test_a_case_that_no_halls_page_shows_is_settled_on_its_own_page(
    office: OfficeSite, hall: HallStory, open_as: OpenAs
) -> None:
    hall.suspects()
    case = hall.case()
    with office.work("admin") as work:
        work.session.get_one(Review, case.id).sitting_id = None
    path = f"/office/reviews/{case.id}"
    auditor = open_as("auditor", path)
    auditor.get_by_text("open", exact=True).wait_for()
    expect(auditor.get_by_role("button", name="Not a candidate")).to_have_count(0)
    page = open_as("admin", path)
    shot(page, "review-settle")
    page.get_by_role("button", name="Not a candidate").click()
    page.get_by_text("said: not a candidate").wait_for()
    expect(page.get_by_role("button", name="Not a candidate")).to_have_count(0)
    with office.looking() as session:
        assert session.get_one(Review, case.id).settled_as == "not_a_candidate"


def _because(page: Page, title: str, reason: str, go: str) -> None:
    dialog = page.get_by_role("dialog", name=title)
    expect(dialog.get_by_role("button", name=go)).to_be_disabled()
    dialog.get_by_label("Reason").fill(reason)
    dialog.get_by_role("button", name=go).click()
