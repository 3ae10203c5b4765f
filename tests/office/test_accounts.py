"""The super_admin's accounts and tokens, and the page that says how everything is."""

from pathlib import Path

import httpx
from playwright.sync_api import Page, expect

from shared.models import ModelCache
from shared.models_told import FACE_FILES, ModelInUse, ModelsTeller
from tests.office.conftest import OpenAs, shot
from tests.office.site import OfficeSite


def test_the_owner_makes_an_account_and_a_token_and_each_secret_is_shown_once(
    office: OfficeSite, open_as: OpenAs
) -> None:
    page = open_as("super_admin", "/office/accounts")
    page.get_by_text("New account").click()
    page.get_by_label("User name").fill("i.vigil")
    page.get_by_role("button", name="Create").first.dblclick()
    one_time = _secret(page)
    page.get_by_text("has yet to choose a password").wait_for()
    expect(page.get_by_text("There is a user of this name already")).to_have_count(0)
    signed_in = httpx.post(f"{office.url}/api/v1/sign-in", json={"username": "i.vigil", "password": one_time})
    assert signed_in.json()["user"]["role"] == "invigilator"

    page.get_by_text("New token").click()
    page.get_by_label("What it is for").fill("timetable sync")
    page.get_by_label("Scopes").click()
    page.get_by_role("option", name="students:read").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Create").last.click()
    token = _secret(page)
    headers = {"Authorization": f"Bearer {token}"}
    assert httpx.get(f"{office.url}/api/v1/students", headers=headers).status_code == 200
    shot(page, "accounts")
    page.get_by_role("button", name="Revoke").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
    page.get_by_text("revoked").wait_for()
    assert httpx.get(f"{office.url}/api/v1/students", headers=headers).status_code == 401


def test_the_same_name_twice_is_refused_and_what_was_typed_stays(open_as: OpenAs) -> None:
    page = open_as("super_admin", "/office/accounts")
    page.get_by_text("New account").click()
    page.get_by_label("User name").fill("admin")
    page.get_by_role("button", name="Create").first.click()
    page.get_by_text("There is a user of this name already.").wait_for()
    expect(page.get_by_label("User name")).to_have_value("admin")


def test_what_went_wrong_goes_from_the_page_once_something_is_done(open_as: OpenAs) -> None:
    page = open_as("super_admin", "/office/accounts")
    page.get_by_text("New account").click()
    page.get_by_label("User name").fill("auditor")
    page.get_by_role("button", name="Create").first.click()
    wrong = page.get_by_text("There is a user of this name already.")
    wrong.wait_for()
    auditor = page.get_by_role("listitem").filter(has=page.get_by_text("auditor", exact=True).first)
    auditor.get_by_role("button", name="Signed in at").click()
    page.get_by_role("dialog").get_by_role("button", name="Sign out everywhere").click()
    page.get_by_text("Signed out everywhere").wait_for()
    expect(wrong).to_have_count(0)


def test_an_auditor_sees_accounts_and_changes_none(open_as: OpenAs) -> None:
    page = open_as("auditor", "/office/accounts")
    page.get_by_text("Only a super_admin changes accounts.").wait_for()
    expect(page.get_by_text("New account")).to_have_count(0)
    expect(page.get_by_role("button", name="New password")).to_have_count(0)
    own = page.get_by_role("listitem").filter(has=page.get_by_text("auditor", exact=True).first)
    own.get_by_role("button", name="Signed in at").click()
    sessions = page.get_by_role("dialog")
    expect(sessions).to_contain_text("test")
    expect(sessions.get_by_role("button", name="Sign out everywhere")).to_have_count(0)


def test_signing_out_everywhere_ends_this_page_too(open_as: OpenAs) -> None:
    page = open_as("admin", "/office/accounts")
    page.get_by_role("button", name="Sign me out everywhere").click()
    page.wait_for_url("**/sign-in**")


def test_the_system_page_says_what_is_gone_and_what_to_do(office: OfficeSite, open_as: OpenAs, tmp_path: Path) -> None:
    page = open_as("auditor", "/office/system")
    recognizer = page.get_by_role("listitem").filter(has_text="recognizer")
    expect(recognizer).to_contain_text("None is running")
    shot(page, "system-services-gone")
    page.get_by_text("No service says which models it uses", exact=False).wait_for()
    tell = ModelsTeller(office.events, "recognizer", ModelCache(tmp_path), FACE_FILES)
    tell(ModelInUse(task="face", model="openvino:face-reidentification-retail-0095:241229ca"))
    model = page.get_by_role("listitem").filter(has_text="241229ca")
    expect(model).to_contain_text("Compares faces, in: recognizer.")
    facenet = page.get_by_role("listitem").filter(has_text="facenet_weights.onnx")
    expect(facenet).to_contain_text("which disables the face network FaceNet (128-d); another model does that.")
    shot(page, "system-models")
    office.start("office")
    worker = page.get_by_role("listitem").filter(has=page.get_by_text("office", exact=True))
    expect(worker).to_contain_text("1 running", timeout=30_000)
    office.stop("office")


def _secret(page: Page) -> str:
    shown = page.locator("[data-secret]")
    shown.wait_for()
    secret = shown.inner_text()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("dialog").get_by_role("button", name="Copy").click()
    page.get_by_text("Copied").last.wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == secret
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    shown.wait_for(state="detached")
    return secret
