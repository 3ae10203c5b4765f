from services.launcher import settings_reference


def test_the_page_in_docs_is_what_the_settings_say() -> None:
    assert settings_reference.main("--check") == 0, "run `make docs`"


def test_every_setting_says_what_it_is() -> None:
    rows = [line for line in settings_reference.page().splitlines() if line.startswith("| `NERO_")]
    assert len(rows) > 80
    assert [row for row in rows if row.split("|")[3].strip() == ""] == []


def test_a_choice_names_its_values() -> None:
    assert "One of: `console`, `json`." in settings_reference.page()
