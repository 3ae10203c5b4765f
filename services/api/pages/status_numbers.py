"""How many stand how, each number a button that opens who they are."""

from collections.abc import Callable, Mapping, Sequence

from nicegui import ui

from services.api.pages.grids import SHAPES
from services.api.pages.plain_table import plain_table
from services.api.pages.shell import OfficePage

Who = Callable[[str], Sequence[Sequence[object]]]
"""Gives the rows behind a status."""


def status_numbers(
    page: OfficePage, counts: Mapping[str, int], header: Sequence[str], who: Who, last: tuple[str, str]
) -> None:
    """Draw a number for each status, and one more that opens nothing: its value and what it is."""
    with ui.element("div").classes("nero-numbers"):
        for status, count in counts.items():
            button = ui.button(on_click=lambda _, status=status: _open(page, status, header, who(status)))
            with button.props("flat no-caps").classes("nero-count"):
                ui.label(str(count)).classes("nero-number")
                ui.label(f"{SHAPES[status]} {page.say(f'closing.{status}')}")
        with ui.element("div").classes("nero-count"):
            ui.label(last[0]).classes("nero-number")
            ui.label(last[1])


def _open(page: OfficePage, status: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    title = page.say(f"closing.{status}")
    with ui.dialog() as dialog, ui.card().classes("nero-card nero-list-of"):
        ui.label(f"{title}: {len(rows)}").classes("nero-subtitle")
        plain_table(title, header, rows)
        ui.button(page.say("common.close"), on_click=dialog.close).props("flat no-caps autofocus")
    dialog.on("hide", dialog.delete)
    dialog.open()
