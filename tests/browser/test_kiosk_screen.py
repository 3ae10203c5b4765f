"""The kiosk's screen: what it asks, what it tells, and that nobody sees another's outcome."""

from playwright.sync_api import BrowserContext, Page, expect

from services.api.web.typed_numbers import track_of
from shared import names
from shared.events import LivenessFailed
from shared.kiosk_channel import KioskChannel
from shared.redis_replies import entries
from shared.streams import open_entry
from tests.api_web.serving import Server
from tests.browser.conftest import ADA, KIOSK, Door, Site, shot


def test_ada_is_asked_step_by_step_and_told_her_table(screen: Page, door: Door) -> None:
    door.frame()
    expect(screen.locator("#picture")).to_have_attribute("width", "640")
    shot(screen, "kiosk-waiting")
    door.prompts("position", "ada", hint="too_far")
    expect(screen.locator("#say")).to_have_text("Come a little closer")
    door.prompts("do", "ada", action="blink", total=2, usable=True)
    expect(screen.locator("#say")).to_have_text("Blink once")
    expect(screen.locator("#progress li")).to_have_count(2)
    door.frame()
    shot(screen, "kiosk-blink")
    door.prompts("do", "ada", action="turn_left", done=1, total=2, usable=True)
    expect(screen.locator("#say")).to_have_text("Turn your head left")
    expect(screen.locator("#progress li.done")).to_have_count(1)
    door.frame()
    shot(screen, "kiosk-turn-left")
    door.prompts("checking", "ada", done=2, total=2)
    expect(screen.locator("#say")).to_have_text("Thank you")
    door.outcome("ada", "present", **ADA)
    expect(screen.locator("#person")).to_have_text("Ada Lovelace")
    expect(screen.locator("#facts")).to_contain_text("C-14")
    expect(screen.locator("#facts")).to_contain_text("MATH-201")
    expect(screen.locator("#photo")).to_be_visible()
    shot(screen, "kiosk-present")


def test_the_next_person_never_sees_adas_outcome(screen: Page, door: Door) -> None:
    _admit_ada(screen, door)
    door.prompts("position", "grace")
    expect(screen.locator("#verdict")).to_be_hidden()
    expect(screen.locator("body")).not_to_contain_text("Ada")
    assert screen.locator("#photo").get_attribute("src") is None
    assert screen.locator("#photo").get_attribute("alt") == ""


def test_adas_outcome_goes_when_she_leaves(screen: Page, door: Door) -> None:
    _admit_ada(screen, door)
    door.prompts("waiting")
    expect(screen.locator("#say")).to_have_text("Look here to check in")
    expect(screen.locator("body")).not_to_contain_text("Ada")


def test_after_a_reload_nobodys_outcome_is_shown(screen: Page, door: Door) -> None:
    _admit_ada(screen, door)
    screen.reload()
    door.prompts("done", "ada")
    expect(screen.locator("#say")).to_have_text("All done. Next person, please")
    expect(screen.locator("body")).not_to_contain_text("Ada")
    assert screen.url.endswith(f"/kiosk/{KIOSK}")


def test_done_before_the_verdict_is_no_verdict_yet(screen: Page, door: Door) -> None:
    door.prompts("do", "ada", action="blink", total=1, usable=True)
    expect(screen.locator("#say")).to_have_text("Blink once")
    door.prompts("done", "ada", done=1, total=1)
    expect(screen.locator("#say")).to_have_text("Thank you")
    door.outcome("ada", "present", **{**ADA, "hold_s": 1.0})
    expect(screen.locator("#person")).to_have_text("Ada Lovelace")
    expect(screen.locator("#say")).to_have_text("All done. Next person, please")


def test_a_black_camera_is_said(screen: Page, door: Door) -> None:
    door.camera("black")
    expect(screen.locator("#trouble-say")).to_have_text("The camera is not working")
    door.camera("live")
    expect(screen.locator("#trouble")).to_be_hidden()


def test_a_slow_verdict_for_somebody_who_left_is_not_shown(screen: Page, door: Door) -> None:
    door.prompts("checking", "ada", done=2, total=2)
    expect(screen.locator("#say")).to_have_text("Thank you")
    door.prompts("position", "grace")
    expect(screen.locator("#say")).to_have_text("Look into the oval")
    door.outcome("ada", "present", **ADA)
    door.prompts("do", "grace", action="smile", total=2)
    expect(screen.locator("#say")).to_have_text("Smile")
    expect(screen.locator("body")).not_to_contain_text("Ada")


def test_a_second_tab_that_opens_later_shows_nothing_of_ada(screen: Page, door: Door, site: Site) -> None:
    _admit_ada(screen, door)
    other = screen.context.new_page()
    other.goto(site.page)
    door.prompts("done", "ada")
    expect(other.locator("#say")).to_have_text("All done. Next person, please")
    expect(other.locator("body")).not_to_contain_text("Ada")


def test_of_two_tabs_neither_keeps_ada_when_grace_steps_in(screen: Page, door: Door, site: Site) -> None:
    other = screen.context.new_page()
    other.goto(site.page)
    other.get_by_text("Look here to check in").wait_for()
    _admit_ada(screen, door)
    expect(other.locator("#person")).to_have_text("Ada Lovelace")
    door.prompts("position", "grace")
    for page in (screen, other):
        expect(page.locator("#say")).to_have_text("Look into the oval")
        expect(page.locator("body")).not_to_contain_text("Ada")
        assert page.locator("#photo").get_attribute("src") is None


def test_a_page_that_comes_back_to_the_stream_shows_nothing_of_somebody_who_left(
    context: BrowserContext, site: Site, door: Door
) -> None:
    own = Server(site.deps)
    page = context.new_page()
    door.prompts("waiting")
    page.goto(f"{own.url}/kiosk/{KIOSK}#token={site.token}")
    page.get_by_text("Look here to check in").wait_for()
    door.prompts("checking", "ada", done=2, total=2)
    expect(page.locator("#say")).to_have_text("Thank you")
    own.stop()
    expect(page.locator("#trouble-say")).to_have_text("The connection is lost")
    door.outcome("ada", "present", **{**ADA, "hold_s": 60.0})  # kept for pages that come back
    door.prompts("position", "grace")
    again = Server(site.deps, own.port)
    expect(page.locator("#say")).to_have_text("Look into the oval")
    expect(page.locator("body")).not_to_contain_text("Ada")
    door.prompts("do", "grace", action="smile", total=2)
    expect(page.locator("#say")).to_have_text("Smile")
    expect(page.locator("body")).not_to_contain_text("Ada")
    again.stop()


def test_an_outcome_is_gone_after_its_hold_time(screen: Page, door: Door) -> None:
    door.prompts("checking", "ada")
    expect(screen.locator("#say")).to_have_text("Thank you")
    door.outcome("ada", "present", **{**ADA, "hold_s": 1.0})
    expect(screen.locator("#person")).to_have_text("Ada Lovelace")
    expect(screen.locator("#verdict")).to_be_hidden()
    expect(screen.locator("body")).not_to_contain_text("Ada")


def test_a_slow_check_says_one_moment_and_then_sends_to_the_invigilator(screen: Page, door: Door) -> None:
    door.prompts("checking", "ada", done=2, total=2)
    expect(screen.locator("#say")).to_have_text("Thank you")
    for _ in range(4):
        screen.wait_for_timeout(900)
        door.prompts("checking", "ada", done=2, total=2)
    expect(screen.locator("#say")).to_have_text("One moment")
    for _ in range(6):
        screen.wait_for_timeout(900)
        door.prompts("checking", "ada", done=2, total=2)
    expect(screen.locator("#say")).to_have_text("Please see the invigilator")
    door.outcome("ada", "present", **ADA)
    expect(screen.locator("#person")).to_have_text("Ada Lovelace")


def test_who_is_not_admitted_reads_a_case_number_and_no_accusation(screen: Page, door: Door) -> None:
    door.prompts("checking", "mallory")
    expect(screen.locator("#say")).to_have_text("Thank you")
    door.outcome("mallory", "unknown", case_number=7)
    expect(screen.locator("#headline")).to_have_text("Please see the invigilator")
    expect(screen.locator("#person")).to_have_text("Case 7")
    expect(screen.locator("#advice")).to_have_text("Or check in with your number")
    shot(screen, "kiosk-case")
    door.prompts("checking", "grace")
    expect(screen.locator("#say")).to_have_text("Thank you")
    door.outcome("grace", "unknown", case_number=8, by_number=True)
    expect(screen.locator("#person")).to_have_text("Case 8")
    expect(screen.locator("#advice")).to_have_text("They will check you in by hand")


def test_grace_at_the_wrong_door_is_told_the_way(screen: Page, door: Door) -> None:
    door.prompts("checking", "grace")
    expect(screen.locator("#say")).to_have_text("Thank you")
    door.outcome(
        "grace",
        "wrong_hall",
        name="Grace Hopper",
        hall="B",
        hall_name="Hall B",
        directions="Ground floor, left of the library",
        table="B-1",
        exam_code="MATH-201",
    )
    expect(screen.locator("#headline")).to_have_text("Your exam is in Hall B")
    expect(screen.locator("#advice")).to_have_text("Ground floor, left of the library")
    shot(screen, "kiosk-wrong-hall")
    door.outcome("grace", "late", **{**ADA, "name": "Grace Hopper", "photo_url": None})
    expect(screen.locator("#headline")).to_have_text("You are checked in, late")
    shot(screen, "kiosk-late")


def test_a_number_typed_on_the_screen_reaches_liveness(screen: Page, site: Site) -> None:
    screen.get_by_role("button", name="Another way").click()
    for key in ("ABC", "S", "123", "1", "0"):
        screen.locator("#keys").get_by_role("button", name=key, exact=True).click()
    screen.get_by_role("button", name="Erase").click()
    expect(screen.get_by_label("Student number")).to_have_value("S1")
    screen.get_by_label("I can't do what the screen asks").check()
    shot(screen, "kiosk-number")
    screen.get_by_role("button", name="Check in", exact=True).click()
    expect(screen.locator("#keypad")).to_be_hidden()
    ask = KioskChannel(site.deps.frames, KIOSK).take_ask()
    assert ask is not None and (ask.student_id, ask.unable) == ("S1", True)
    expect(screen.locator("#say")).to_have_text("Thank you. The invigilator will help you")


def test_the_keypad_and_a_keyboard_type_into_the_same_number_and_none_is_said_in_our_words(screen: Page) -> None:
    screen.get_by_role("button", name="Another way").click()
    field = screen.get_by_label("Student number")
    screen.keyboard.press("Enter")
    expect(screen.get_by_role("alert").filter(has_text="Type your number first.")).to_be_visible()
    for key in ("1", "ABC", "S"):
        screen.locator("#keys").get_by_role("button", name=key, exact=True).click()
        screen.keyboard.type("x")
    expect(field).to_have_value("1xxSx")
    screen.get_by_role("button", name="123", exact=True).press("Enter")
    screen.keyboard.type("2")
    expect(field).to_have_value("1xxSx2")
    field.fill("S/1")
    screen.get_by_role("button", name="Check in", exact=True).click()
    expect(screen.get_by_role("alert").filter(has_text="letters and digits only")).to_be_visible()
    expect(field).to_have_value("S/1")


def test_a_number_that_no_face_comes_with_is_told_its_case_until_the_next_person(
    screen: Page, site: Site, door: Door
) -> None:
    door.prompts("waiting")
    _types(screen, "1")
    expect(screen.locator("#say")).to_have_text("Thank you. Please look at the camera")
    ask = KioskChannel(site.deps.frames, KIOSK).take_ask()
    assert ask is not None
    door.outcome(track_of(KIOSK, ask), "liveness_failed", case_number=7)
    expect(screen.locator("#say")).to_have_text("Thank you. The invigilator will help you")
    expect(screen.locator("#hint")).to_have_text("Case 7")
    door.prompts("waiting")
    expect(screen.locator("#hint")).to_have_text("Case 7")
    shot(screen, "kiosk-number-case")
    door.prompts("position", "grace")
    expect(screen.locator("#say")).to_have_text("Look into the oval")
    expect(screen.locator("body")).not_to_contain_text("Case 7")


def test_a_number_typed_where_no_camera_works_is_told_its_case(screen: Page, site: Site, door: Door) -> None:
    door.camera("lost")
    expect(screen.locator("#trouble-say")).to_have_text("The camera is not working")
    site.deps.events.delete(names.FAILURES)
    _types(screen, "1")
    expect(screen.locator("#trouble-say")).to_have_text("Thank you. The invigilator will help you")
    (entry,) = entries(site.deps.events.xrange(names.FAILURES))
    event = open_entry(site.deps.media, entry.fields or {})[0]
    assert isinstance(event, LivenessFailed) and (event.reason, event.claimed_student_id) == ("not_seen", "1")
    door.outcome(event.track_id, "liveness_failed", case_number=8)
    expect(screen.locator("#trouble-do")).to_have_text("Case 8")


def test_a_kiosk_that_the_office_moved_names_its_new_hall(screen: Page, door: Door) -> None:
    expect(screen.locator("#where")).to_have_text("MATH-201 · Hall A")
    door.opens(hall="B")
    door.prompts("waiting")
    expect(screen.locator("#where")).to_have_text("MATH-201 · Hall B")


def test_what_is_wrong_is_said_in_words_and_comes_back_by_itself(screen: Page, door: Door) -> None:
    door.opens(in_play=False)
    door.prompts("no_sitting")
    expect(screen.locator("#trouble-say")).to_have_text("No exam is checking in here now")
    expect(screen.locator("#trouble-do")).to_contain_text("Next: MATH-201")
    shot(screen, "kiosk-no-sitting")
    door.opens()
    door.prompts("waiting")
    expect(screen.locator("#say")).to_have_text("Look here to check in")
    door.prompts("out_of_service")
    expect(screen.locator("#trouble-say")).to_have_text("Check-in by camera is paused")
    door.prompts("waiting")
    expect(screen.locator("#trouble")).to_be_hidden()


def test_a_lost_link_is_said_and_comes_back(context: BrowserContext, site: Site, door: Door) -> None:
    own = Server(site.deps)
    page = context.new_page()
    page.goto(f"{own.url}/kiosk/{KIOSK}#token={site.token}")
    page.get_by_text("Look here to check in").wait_for()
    own.stop()
    expect(page.locator("#trouble-say")).to_have_text("The connection is lost")
    shot(page, "kiosk-lost")
    again = Server(site.deps, own.port)
    door.camera()
    door.prompts("waiting")
    expect(page.locator("#trouble")).to_be_hidden()
    again.stop()


def test_a_screen_without_a_token_asks_for_one_and_takes_it(screen: Page, site: Site) -> None:
    screen.evaluate("localStorage.clear()")
    screen.goto(f"{site.url}/kiosk/{KIOSK}")
    screen.get_by_label("The door's token").fill("nk_wrong")
    shot(screen, "kiosk-unpaired")
    screen.get_by_role("button", name="Connect").click()
    expect(screen.locator("#trouble-say")).to_have_text("This screen's token is no longer valid")
    screen.get_by_label("The door's token").fill(site.token)
    screen.get_by_role("button", name="Connect").click()
    expect(screen.locator("#trouble")).to_be_hidden()
    assert site.token not in screen.url


def test_it_reads_well_in_the_dark_and_held_upright(screen: Page, door: Door) -> None:
    screen.emulate_media(color_scheme="dark")
    screen.set_viewport_size({"width": 800, "height": 1280})
    door.frame()
    expect(screen.locator("#picture")).to_have_attribute("width", "640")
    door.prompts("do", "ada", action="mouth_open", done=1, total=2, usable=True)
    expect(screen.locator("#say")).to_have_text("Open your mouth")
    shot(screen, "kiosk-dark-upright")
    door.prompts("checking", "ada")
    door.outcome("ada", "present", **ADA)
    expect(screen.locator("#photo")).to_be_visible()
    shot(screen, "kiosk-dark-present")


def _types(screen: Page, number: str) -> None:
    screen.get_by_role("button", name="Another way").click()
    for key in number:
        screen.locator("#keys").get_by_role("button", name=key, exact=True).click()
    screen.get_by_role("button", name="Check in", exact=True).click()
    expect(screen.locator("#keypad")).to_be_hidden()


def _admit_ada(screen: Page, door: Door) -> None:
    door.prompts("checking", "ada", done=2, total=2)
    expect(screen.locator("#say")).to_have_text("Thank you")
    door.outcome("ada", "present", **ADA)
    expect(screen.locator("#person")).to_have_text("Ada Lovelace")
    expect(screen.locator("#photo")).to_be_visible()
