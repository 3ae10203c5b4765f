"""What takes longer than a second shows how far it is."""

import re

from playwright.sync_api import expect

from services.api import audit
from tests.office.conftest import OpenAs, shot
from tests.office.site import OfficeSite

ENTRIES = 40_000


def test_the_proof_of_a_long_chain_shows_how_far_it_is(office: OfficeSite, open_as: OpenAs) -> None:
    with office.work() as work:
        for _ in range(ENTRIES):
            audit.record(work.session, at=work.now, actor="user:1", action="exam.change", subject="exam:1")
    page = open_as("auditor", "/office/audit")
    page.get_by_role("button", name="Prove the chain").click()
    told = page.get_by_text(re.compile(r"[1-9][\d,]* of 40,0\d\d entries proved"))
    told.wait_for()
    shot(page, "audit-proving")
    page.get_by_text("The chain holds", exact=False).wait_for()
    expect(told).to_have_count(0)
