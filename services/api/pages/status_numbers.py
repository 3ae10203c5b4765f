"""How many stand how, each number a button that opens who they are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from nicegui import ui

from services.api.pages.grids import SHAPES
from services.api.pages.plain_table import plain_table
from services.api.pages.shell import OfficePage

Rows = Sequence[Sequence[object]]
Who = Callable[[str], Rows]
"""Gives the rows behind a status."""


@dataclass(frozen=True)
class Whole:
    """A number about all of them together."""

    value: str
    label: str
    rows: Callable[[], Rows]
    """Everybody, each row with how they stand as its last cell."""


def status_numbers(page: OfficePage, counts: Mapping[str, int], header: Sequence[str], who: Who, whole: Whole) -> None:
    """Draw a number for each status, and one about all."""
    with ui.element("div").classes("nero-numbers"):
        for status, count in counts.items():
            title = page.say(f"closing.{status}")
            number_button(str(count), f"{SHAPES[status]} {title}", partial(_open, page, title, header, who, status))
        standing = [*header, page.say("report.column.status")]
        number_button(whole.value, whole.label, lambda: rows_dialog(page, whole.label, standing, whole.rows()))


def _open(page: OfficePage, title: str, header: Sequence[str], who: Who, status: str) -> None:
    rows_dialog(page, title, header, who(status))


def number_button(value: str, label: str, opens: Callable[[], None]) -> None:
    """Draw a number that opens the rows behind it."""
    with ui.button(on_click=lambda: opens()).props("flat no-caps").classes("nero-count"):
        ui.label(value).classes("nero-number")
        ui.label(label)


def rows_dialog(page: OfficePage, title: str, header: Sequence[str], rows: Rows) -> None:
    """Open the rows behind a number."""
    with ui.dialog() as dialog, ui.card().classes("nero-card nero-list-of"):
        ui.label(f"{title}: {len(rows)}").classes("nero-subtitle")
        plain_table(title, header, rows)
        ui.button(page.say("common.close"), on_click=dialog.close).props("flat no-caps autofocus")
    dialog.on("hide", dialog.delete)
    dialog.open()
