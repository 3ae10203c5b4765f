"""Every page is asked for by every role and by nobody, and the permission table says what each gets."""

import re

import httpx
import pytest

from services.api.auth.callers import COOKIE
from services.api.auth.roles import ROLES, RULES
from services.api.pages.registry import PAGES
from services.api.pages.site import load_pages
from tests.office.site import OfficeSite

load_pages()


def test_no_page_is_without_a_rule_and_no_rule_without_a_page() -> None:
    assert set(PAGES) == {name for name in RULES if name.startswith("page_")}


def test_every_page_is_in_the_menu_or_below_one_that_is() -> None:
    lost = [spec.path for spec in PAGES.values() if spec.menu is None and PAGES[spec.below].menu is None]
    assert lost == []


def test_every_page_answers_whom_the_table_names_and_nobody_else(office: OfficeSite) -> None:
    wrong = []
    with httpx.Client(base_url=office.url, timeout=60) as client:
        for role in (*ROLES, None):
            cookies = {COOKIE: office.token(role)} if role else {}
            for spec in PAGES.values():
                path = re.sub(r"\{[^}]*\}", "1", spec.address)
                answer = client.get(path, cookies=cookies)
                expected = _expected(spec.operation, role)
                if answer.status_code != expected:
                    wrong.append(f"{role}: {path} answered {answer.status_code}, expected {expected}")
                if expected == 303:
                    assert answer.headers["location"].startswith("/sign-in?next=%2Foffice")
    assert wrong == []


def test_a_page_says_what_it_is_for_in_both_languages(office: OfficeSite) -> None:
    from services.api import words

    for language in words.languages():
        said = words.words_of(language)
        for spec in PAGES.values():
            assert said.has(spec.title) and said.has(f"{spec.title}.purpose"), (language, spec.title)


@pytest.mark.parametrize("path", ["/office/nowhere", "/office/_nicegui/nowhere"])
def test_a_page_that_there_is_not_is_a_404_and_not_an_error(office: OfficeSite, path: str) -> None:
    assert httpx.get(office.url + path).status_code == 404


def _expected(operation: str, role: str | None) -> int:
    rule = RULES[operation]
    if role is None:
        return 303
    if role not in rule.roles:
        return 403
    return 403 if rule.scope and role == "invigilator" else 200
