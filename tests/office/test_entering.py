"""Signing in, the frame of the pages, and who is turned away."""

from playwright.sync_api import expect
from sqlmodel import select

from services.api.auth import users
from services.api.db.engine import writing
from services.api.db.tables import AuditEntry
from shared.clock import SystemClock
from tests.office.conftest import OpenAs, shot
from tests.office.site import PASSWORD, OfficeSite


def test_an_admin_signs_in_and_arrives_where_they_wanted_to_be(office: OfficeSite, open_as: OpenAs) -> None:
    page = open_as(None, "/")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password", exact=True).fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("The name or the password is wrong.").wait_for()
    shot(page, "sign-in")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/office/")
    page.get_by_role("heading", name="Home").wait_for()
    first = page.get_by_role("navigation", name="Where to begin")
    expect(first.get_by_role("link")).to_have_text(["Students", "Halls", "Exams", "Rosters"])
    shot(page, "home-empty")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in**")
    with office.looking() as session:
        admin = users.find(session, "admin")
        assert admin is not None
        entries = session.exec(select(AuditEntry).where(AuditEntry.subject == f"user:{admin.id}")).all()
    assert [entry.action for entry in entries] == ["user.sign_in_refused", "user.sign_in", "user.sign_out"]
    assert {entry.source for entry in entries} == {"127.0.0.1"}


def test_an_invigilator_without_a_sitting_is_told_who_assigns_one(open_as: OpenAs) -> None:
    page = open_as("invigilator", "/office/")
    page.get_by_text("The exam office assigns you", exact=False).wait_for()
    expect(page.get_by_role("navigation", name="Where to begin")).to_have_count(0)


def test_a_one_time_password_is_changed_before_anything_else(office: OfficeSite, open_as: OpenAs) -> None:
    with writing(office.engine) as session:
        _, one_time = users.create_user(session, "newcomer", "admin", SystemClock().now())
    page = open_as(None, "/sign-in")
    page.get_by_label("User name").fill("newcomer")
    page.get_by_label("Password", exact=True).fill(str(one_time))
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("New password").fill("a sentence of my own")
    page.get_by_label("The same again").fill("a sentence of my own")
    page.get_by_role("button", name="Change and go on").click()
    page.get_by_role("heading", name="Home").wait_for()


def test_the_pages_speak_malay(open_as: OpenAs) -> None:
    page = open_as("admin", "/office/", locale="ms-MY")
    page.get_by_role("heading", name="Utama").wait_for()
    page.get_by_role("button", name="English").click()
    page.get_by_role("heading", name="Home").wait_for()
