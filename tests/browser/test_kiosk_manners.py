"""The kiosk's screen speaks the student's language, sounds only for who wants it, and stays awake."""

import re

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import KIOSK, Door, Site, shot

AWAKE = """
window.locks = [];
const request = async () => { const lock = { released: false }; window.locks.push(lock); return lock; };
Object.defineProperty(navigator, "wakeLock", { value: { request } });
"""

HALF_A_MINUTE_MS = 31_000


def test_it_speaks_malay_by_its_link_and_english_by_a_touch(context: BrowserContext, site: Site, door: Door) -> None:
    page = context.new_page()
    door.prompts("waiting")
    page.goto(f"{site.url}/kiosk/{KIOSK}?lang=ms#token={site.token}")
    expect(page.locator("#say")).to_have_text("Pandang sini untuk daftar masuk")
    assert page.locator("html").get_attribute("lang") == "ms"
    shot(page, "kiosk-malay")
    door.opens(in_play=False)
    door.prompts("no_sitting")
    malay_days = "Isn|Sel|Rab|Kha|Jum|Sab|Ahd"
    expect(page.locator("#trouble-do")).to_have_text(
        re.compile(rf"Seterusnya: MATH-201, daftar masuk dibuka ({malay_days}), \d+ \w+ 20\d\d, \d\d:\d\d")
    )
    page.get_by_role("button", name="English").click()
    expect(page.locator("#trouble-say")).to_have_text("No exam is checking in here now")
    door.opens()
    door.prompts("position", "ada")
    expect(page.locator("#say")).to_have_text("Look into the oval")
    expect(page.get_by_role("button", name="Bahasa Melayu")).to_be_hidden()


def test_a_students_language_goes_with_the_student_and_the_screens_own_stays(
    context: BrowserContext, site: Site, door: Door
) -> None:
    page = context.new_page()
    page.clock.install()
    door.prompts("waiting")
    page.goto(f"{site.url}/kiosk/{KIOSK}?lang=ms#token={site.token}")
    expect(page.locator("#say")).to_have_text("Pandang sini untuk daftar masuk")
    page.get_by_role("button", name="English").click()
    expect(page.locator("#say")).to_have_text("Look here to check in")
    expect(page.locator("#other-way")).to_have_text("Another way: my student number")
    expect(page.get_by_role("button", name="English")).to_have_attribute("aria-current", "true")
    for _ in range(3):  # ada stands here all the while
        page.clock.fast_forward(HALF_A_MINUTE_MS // 2)
        door.camera()
        door.prompts("position", "ada")
        expect(page.locator("#say")).to_have_text("Look into the oval")
    door.prompts("waiting")
    expect(page.locator("#say")).to_have_text("Look here to check in")
    page.clock.fast_forward(HALF_A_MINUTE_MS)
    door.prompts("waiting")
    expect(page.locator("#other-way")).to_have_text("Cara lain: nombor pelajar saya")
    expect(page.locator("#say")).to_have_text("Pandang sini untuk daftar masuk")
    assert page.evaluate("document.cookie") == ""


def test_a_language_that_is_chosen_while_the_screen_is_paired_stays(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    page.goto(f"{site.url}/kiosk")
    page.get_by_role("button", name="Bahasa Melayu").click()
    expect(page.locator("#trouble-say")).to_have_text("Sambungkan skrin ini ke sebuah pintu")
    page.goto(f"{site.url}/kiosk/{KIOSK}")
    expect(page.locator("html")).to_have_attribute("lang", "ms")


def test_a_language_that_there_is_none_of_is_the_settings(chromium: Browser, site: Site, door: Door) -> None:
    context = chromium.new_context(locale="fr-FR")
    page = context.new_page()
    door.prompts("waiting")
    page.goto(site.page)
    expect(page.locator("#say")).to_have_text("Look here to check in")
    context.close()


def test_sound_is_off_until_it_is_asked_for_and_then_remembered(screen: Page, door: Door) -> None:
    sound = screen.get_by_role("button", name="Sound")
    expect(sound).to_have_attribute("aria-pressed", "false")
    door.prompts("do", "ada", action="blink", total=2)
    expect(screen.locator("#say")).to_have_text("Blink once")
    assert screen.locator("body").get_attribute("data-sounded") is None
    door.prompts("waiting")
    sound.click()
    screen.reload()
    expect(sound).to_have_attribute("aria-pressed", "true")
    door.prompts("do", "ada", action="blink", total=2)
    expect(screen.locator("body")).to_have_attribute("data-sounded", "ask")
    door.prompts("checking", "ada", done=2, total=2)
    expect(screen.locator("body")).to_have_attribute("data-sounded", "step")
    door.outcome("ada", "unknown", case_number=7)
    expect(screen.locator("body")).to_have_attribute("data-sounded", "person")


def test_the_screen_is_kept_awake_and_asks_again_when_it_was_let_sleep(
    context: BrowserContext, site: Site, door: Door
) -> None:
    page = context.new_page()
    page.add_init_script(AWAKE)
    page.goto(site.page)
    _until(page, "window.locks.length", 1)
    page.evaluate("window.locks[0].released = true; document.dispatchEvent(new Event('visibilitychange'))")
    _until(page, "window.locks.length", 2)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert page.evaluate("window.locks.length") == 2


def test_a_link_that_is_gone_is_said_and_a_code_that_is_over_is_replaced(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    answers = [lambda route: route.abort(), lambda route: route.fulfill(status=404, json={})]
    page.route("**/kiosk-pairings/mine", lambda route: answers.pop(0)(route) if answers else route.continue_())
    page.goto(f"{site.url}/kiosk")
    expect(page.locator("#trouble-say")).to_have_text("The connection is lost")
    first = page.locator("#code").text_content() or ""
    assert re.fullmatch(r"\w{3} \w{3}", first)
    expect(page.locator("#code")).not_to_have_text(first)
    expect(page.locator("#trouble-say")).to_have_text("Connect this screen to a door")
    expect(page.locator("#code")).to_have_text(re.compile(r"^\w{3} \w{3}$"))


def _until(page: Page, script: str, value: object) -> None:
    """Wait for a value in the page; the page's own policy forbids Playwright to wait for it in there."""
    for _ in range(100):
        if page.evaluate(script) == value:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{script} is {page.evaluate(script)}, not {value}")
