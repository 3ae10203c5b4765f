"""The invigilator's page in a real Chromium: a morning in hall A."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from services.api.office import decisions, students
from services.api.office.decisions import CaseAnswer, Marking
from tests.office.conftest import OpenAs, shot
from tests.office.hall_story import HallStory
from tests.office.site import PASSWORD, OfficeSite
from tests.office.test_accessibility import _violations as violations

TABLET = {"width": 800, "height": 1280}


@pytest.fixture
def hall(office: OfficeSite) -> Iterator[HallStory]:
    """Hall A with six people and one door, watched by the invigilator."""
    story = HallStory(office)
    story.watched_by("invigilator")
    yield story
    story.over()


def test_seats_light_and_cases_are_settled_by_keys_and_taken_back(
    office: OfficeSite, hall: HallStory, open_as: OpenAs
) -> None:
    page = open_as("invigilator", hall.path, viewport=TABLET)
    expect(_seat(page, "S1")).to_have_attribute("data-status", "expected")
    hall.sees("S1")
    expect(_seat(page, "S1")).to_have_attribute("data-status", "present")
    expect(page.get_by_role("button", name="1 / 6 in")).to_be_visible()

    hall.sees("S2", finding="margin", runner_up="S3")
    case = page.get_by_role("listitem", name="Case 1")
    expect(case).to_contain_text("Two people come too near each other")
    expect(_seat(page, "S2")).to_have_attribute("data-status", "review")
    shot(page, "hall-tablet")
    page.keyboard.press("1")
    expect(case.get_by_role("alert")).to_contain_text("Tick what you checked first")
    page.keyboard.press("i")
    page.keyboard.press("1")
    expect(page.get_by_text("Grace Hopper admitted")).to_be_visible()
    expect(_seat(page, "S2")).to_have_attribute("data-status", "present")
    page.keyboard.press("z")
    expect(page.get_by_text("Taken back: Grace Hopper admitted")).to_be_visible()
    expect(_seat(page, "S2")).to_have_attribute("data-status", "review")
    assert hall.entry("S2").status == "expected"


def test_the_first_line_says_what_the_page_is_for_where_it_pushes_no_work_down(
    hall: HallStory, open_as: OpenAs
) -> None:
    said = "Watch over the hall: see who is in, settle cases, let people in by hand."
    for view, most_px in ((TABLET, 60.0), ({"width": 390, "height": 800}, 1.0)):
        page = open_as("invigilator", hall.path, viewport=view)
        expect(_seat(page, "S1")).to_have_attribute("data-status", "expected")
        box = page.get_by_text(said).bounding_box()
        assert box is not None and box["height"] <= most_px
        assert (box["height"] > 10) == (view is TABLET)
        assert page.locator("body > *").first.inner_text() == said


def test_whose_face_came_with_a_friends_number_is_said_before_anybody_is_admitted(
    office: OfficeSite, hall: HallStory, open_as: OpenAs
) -> None:
    hall.sees("S5")
    page = open_as("invigilator", hall.path, viewport=TABLET)
    hall.types("S4", finding="no_template", like="S5")
    case = _case(page, "Typed S4")
    expect(case).to_contain_text("Typed S4: Katherine Johnson has no photo to compare with")
    expect(case.get_by_role("note")).to_contain_text(
        "This face is like 陈省身 (Shiing-Shen Chern) (S5), who is in since"
    )
    expect(case.get_by_role("figure").filter(has_text="S5")).to_contain_text("in since")
    expect(case.get_by_role("button", name="Admit 陈省身")).to_have_count(0)
    shot(page, "hall-friends-number")
    page.keyboard.press("i")
    page.keyboard.press("1")
    expect(case.get_by_role("alert")).to_contain_text("This overrides the machine: pick a reason first")
    assert hall.entry("S4").status == "expected"

    hall.types("S2", who="S2", finding="no_match")
    expect(_case(page, "Typed S2")).to_contain_text("Typed S2: the face is not that of Grace Hopper")
    hall.types("999", finding="no_template")
    nobody = _case(page, "Typed 999")
    expect(nobody).to_contain_text("Typed 999: there is no such student")
    expect(nobody.get_by_role("note")).to_have_count(0)
    expect(nobody.get_by_role("button", name="Not a candidate")).to_be_visible()


def test_a_case_that_is_being_read_tells_what_comes_meanwhile_and_keeps_what_was_typed(
    office: OfficeSite, hall: HallStory, open_as: OpenAs
) -> None:
    hall.sees("S5")
    hall.sees("S3", finding="no_match", score=0.2, track="visit")
    page = open_as("invigilator", hall.path, viewport=TABLET)
    case = page.get_by_role("listitem", name=re.compile("^Case"))
    case.get_by_label("ID seen").check()
    case.get_by_label("or type the number").press_sequentially("S")
    expect(case.get_by_role("note")).to_have_count(0)
    hall.types("S4", finding="no_template", like="S5", track="visit")
    expect(case.get_by_role("note")).to_contain_text("This face is like 陈省身")
    expect(case.get_by_role("button", name="Admit Katherine Johnson")).to_be_visible()
    expect(case.get_by_label("or type the number")).to_have_value("S")
    expect(case.get_by_label("ID seen")).to_be_checked()
    case.get_by_label("or type the number").fill("")
    case.get_by_label("Reason", exact=True).select_option("I compared face and ID myself")
    case.get_by_label("Reason", exact=True).focus()
    page.wait_for_timeout(500)  # what moved under a finger takes no tap at once
    page.keyboard.press("1")
    expect(_seat(page, "S4")).to_have_class("seat present")


def test_an_attack_is_said_whatever_number_was_typed(office: OfficeSite, hall: HallStory, open_as: OpenAs) -> None:
    hall.suspects(number="999")
    page = open_as("invigilator", hall.path)
    case = page.get_by_role("listitem", name=re.compile("^Case"))
    expect(case).to_contain_text("Typed 999: there is no such student")
    expect(case).to_contain_text("Looks like a photo held up")


def test_the_second_click_of_a_double_click_answers_no_other_case(
    office: OfficeSite, hall: HallStory, open_as: OpenAs
) -> None:
    hall.sees("S2", finding="margin", runner_up="S3")
    hall.suspects()
    page = open_as("invigilator", hall.path)
    expect(page.get_by_role("listitem", name="Case")).to_have_count(2)
    answered = page.evaluate(CLICK_TWICE, "Settled, nothing to do")
    assert answered is False
    expect(page.get_by_role("listitem", name="Case")).to_have_count(1)


CLICK_TWICE = """name => new Promise(done => {
  const button = () => [...document.querySelectorAll("#cases .case .buttons button")].find(one => one.textContent.includes(name));
  new MutationObserver((_, watch) => {
    if (document.querySelectorAll("#cases .case").length > 1) return;
    watch.disconnect();
    const next = button();  // it has moved up to where the first was
    next.click();
    done(next.disabled);  // an answer under way disables its buttons
  }).observe(document.getElementById("cases"), { childList: true });
  button().click();
})"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_keeps_nobody_out(office: OfficeSite, hall: HallStory, open_as: OpenAs, scheme: str) -> None:
    hall.sees("S1")
    hall.sees("S2", finding="margin", runner_up="S3")
    page = open_as("invigilator", hall.path, color_scheme=scheme)
    page.get_by_role("listitem", name="Case").wait_for()
    shot(page, f"hall-{scheme}")
    wrong = violations(page, hall.path)
    page.keyboard.press("d")
    page.get_by_role("dialog").wait_for()
    wrong += violations(page, "the door lane")
    assert wrong == []


def test_two_invigilators_see_who_has_a_case_and_only_one_settles_it(
    office: OfficeSite, hall: HallStory, open_as: OpenAs
) -> None:
    hall.suspects(ago_s=70)
    first, second = open_as("invigilator", hall.path), open_as("admin", hall.path)
    first.get_by_role("listitem", name="Case").focus()
    card = second.get_by_role("listitem", name="Case")
    expect(card).to_have_class("case ringing")  # has waited for more than a minute
    expect(card).to_contain_text("invigilator has it")
    expect(card.get_by_role("button", name="Not a candidate")).to_be_disabled()
    first.get_by_role("button", name="Not a candidate").click()
    expect(card).to_have_count(0)
    assert hall.case().settled_as == "not_a_candidate"


def test_the_page_outlives_the_link_and_a_reload_and_sends_what_waited(
    office: OfficeSite, hall: HallStory, open_as: OpenAs
) -> None:
    page = open_as("invigilator", hall.path, viewport=TABLET)
    expect(_seat(page, "S4")).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    with office.work() as work:
        decisions.mark_student(work, hall.sitting_id, "S5", Marking(status="in", at=hall.sitting.starts_at))
    expect(_seat(page, "S5")).to_have_class("seat present")
    page.context.set_offline(True)
    expect(page.get_by_role("alert").filter(has_text="alone since")).to_be_visible()
    _seat(page, "S5").click()
    page.get_by_role("button", name="Out: toilet").click()
    expect(page.get_by_role("region", name="Out now (1)").get_by_text("0 min")).to_be_visible()
    page.get_by_role("button", name="Take back").click()
    _check_in_by_hand(page, "S6")
    page.get_by_role("button", name="Take back").click()
    expect(_seat(page, "S6")).to_have_class("seat expected")
    _check_in_by_hand(page, "S4")
    expect(page.get_by_text("Waiting to go out, with their own times: 1")).to_be_visible()
    expect(_seat(page, "S4")).to_have_class("seat present waiting")
    shot(page, "hall-alone")
    page.reload()
    expect(page.get_by_text("Waiting to go out, with their own times: 1")).to_be_visible()
    expect(_seat(page, "S4")).to_have_class("seat present waiting")
    assert hall.entry("S4").status == "expected"
    page.context.set_offline(False)
    expect(_seat(page, "S4")).to_have_class("seat present")
    expect(page.get_by_role("alert").filter(has_text="alone since")).to_be_hidden()
    assert (hall.entry("S4").status, hall.entry("S6").status) == ("present", "expected")


def test_what_is_refused_when_it_comes_after_all_is_shown(office: OfficeSite, hall: HallStory, open_as: OpenAs) -> None:
    hall.suspects()
    page = open_as("invigilator", hall.path)
    page.get_by_role("listitem", name="Case").wait_for()
    page.context.set_offline(True)
    page.get_by_role("button", name="Not a candidate").click()
    page.get_by_text("waits for the link").wait_for()
    with office.work() as work:  # a colleague was faster
        decisions.answer_case(work, hall.case().id or 0, CaseAnswer(action="dismiss"))
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="Not accepted when it came after all (1)")).to_be_visible()
    expect(page.get_by_text("A colleague settled this case already.")).to_be_visible()
    page.get_by_role("button", name="Read", exact=True).click()
    expect(page.get_by_role("heading", name="Not accepted")).to_be_hidden()


def test_the_door_lane_the_paper_sheet_and_who_is_out(office: OfficeSite, hall: HallStory, open_as: OpenAs) -> None:
    page = open_as("invigilator", hall.path)
    expect(_seat(page, "S1")).to_be_visible()
    page.keyboard.press("d")
    _look_up(page, "S9")
    expect(page.get_by_text("On no roster of now")).to_be_visible()
    page.get_by_label("ID seen").check()
    shot(page, "hall-door-lane")
    page.get_by_role("button", name="Add and admit B-1").click()
    expect(_seat(page, "S9")).to_have_attribute("data-status", "present")
    assert (hall.entry("S9").table_label, hall.entry("S9").provisional) == ("B-1", True)

    page.get_by_role("button", name="Paper sheet").click()
    page.get_by_label("Number or table").first.fill("A-5")
    page.get_by_label("Time").first.fill("25:00")
    page.get_by_role("button", name="Enter all").click()
    expect(page.get_by_text("That is no time")).to_be_visible()
    page.get_by_label("Time").first.fill(f"{hall.sitting.starts_at:%H:%M}")
    shot(page, "hall-paper")
    page.get_by_role("button", name="Enter all").click()
    expect(_seat(page, "S5")).to_have_attribute("data-status", "present")

    _seat(page, "S5").click()
    page.get_by_role("button", name="Out: toilet").click()
    out = page.get_by_role("region", name="Out now (1)")
    expect(out.get_by_text("0 min")).to_be_visible()
    expect(page.locator("#arrivals")).to_contain_text(
        "2 in the last ten minutes"
    )  # who is out has arrived all the same
    out.get_by_role("button").click()
    shot(page, "hall-person")
    page.get_by_role("button", name="Back in").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(_seat(page, "S5")).to_have_class("seat present")
    with office.work() as work:  # taken back since: the same lines on another sheet are meant anew
        decisions.mark_student(work, hall.sitting_id, "S5", Marking(status="expected", reason="the wrong table"))
    expect(_seat(page, "S5")).to_have_class("seat expected")
    page.get_by_role("button", name="Paper sheet").click()
    page.get_by_label("Number or table").first.fill("A-5")
    page.get_by_label("Time").first.fill(f"{hall.sitting.starts_at:%H:%M}")
    page.get_by_role("button", name="Enter all").click()
    expect(_seat(page, "S5")).to_have_class("seat present")
    page.get_by_label("Search name, number or table").fill("hayati")
    expect(page.locator("#found")).to_contain_text("Noor Hayati")


def test_a_colleague_takes_the_hall_over_by_a_code(office: OfficeSite, hall: HallStory, open_as: OpenAs) -> None:
    hall.newcomer("colleague")
    page = open_as("invigilator", hall.path, color_scheme="dark")
    page.get_by_role("button", name="Hand over").click()
    page.get_by_role("button", name="Show a code").click()
    code = page.locator(".code").inner_text()
    shot(page, "hall-handover-dark")
    theirs = open_as(None, "/hall")
    theirs.get_by_label("User name").fill("colleague")
    theirs.get_by_label("Password", exact=True).fill(PASSWORD)
    theirs.get_by_role("button", name="Sign in").click()
    theirs.get_by_label("Code").fill(code.lower())
    theirs.get_by_role("button", name="Take over").click()
    expect(_seat(theirs, "S1")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Take a hall over")).to_be_visible()


def _case(page: Page, said: str) -> Locator:
    return page.get_by_role("listitem", name=re.compile("^Case")).filter(has_text=said)


def _seat(page: Page, student_id: str) -> Locator:
    return page.locator(f"#seats [data-student={student_id}]")


def _check_in_by_hand(page: Page, student_id: str) -> None:
    _seat(page, student_id).click()
    page.get_by_label("ID seen").check()
    page.get_by_role("button", name="Check in").click()


def _look_up(page: Page, number: str) -> None:
    page.get_by_label("Student number").fill(number)
    page.get_by_role("button", name="Look up").click()


def test_somebody_who_was_never_enrolled_is_mailed_a_link_at_the_door(
    office: OfficeSite, hall: HallStory, open_as: OpenAs
) -> None:
    with office.work() as work:
        students.change(work, "S4", students.StudentChange(email="katherine@example.org"))
    page = open_as("invigilator", hall.path, viewport=TABLET)
    page.get_by_role("button", name="Door lane").click()
    page.get_by_label("Student number").fill("S4")
    page.get_by_role("button", name="Look up").click()
    page.get_by_text("They can enrol on their own phone").wait_for()
    shot(page, "hall-mail-a-link")
    assert violations(page, "a link to enrol") == []
    page.get_by_role("button", name="Mail a link to enrol now").click()
    expect(page.get_by_text("A link is on its way to Katherine Johnson")).to_be_visible()
    page.get_by_role("button", name="Door lane").click()
    page.get_by_label("Student number").fill("S5")
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_role("button", name="Note for the office: to be enrolled")).to_be_visible()
    expect(page.get_by_role("button", name="Mail a link to enrol now")).to_have_count(0)
