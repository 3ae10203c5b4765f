"""A question with fields to fill in: what was typed stays until it is taken or called off."""

from collections.abc import Callable
from typing import TypeVar

from nicegui import ui

from services.api.pages.parts import put_away, subtitle
from services.api.pages.shell import OfficePage

T = TypeVar("T")


async def asked(
    page: OfficePage, title: str, fields: Callable[[], Callable[[], T]], go: str, *, grave: bool = False
) -> T | None:
    """Show fields in a dialog; `fields` draws them and returns what reads them. None: called off."""
    with ui.dialog() as dialog, ui.card().classes("nero-card nero-asking"):
        dialog.props.update({"aria-label": title})
        subtitle(title, "h2")
        read = fields()
        with ui.element("div").classes("nero-bar"):
            ui.button(page.say("common.cancel"), on_click=lambda: dialog.submit(None)).props("flat no-caps")
            button = ui.button(go, on_click=lambda: dialog.submit(read())).props("no-caps")
            if grave:
                button.props("color=negative")
    answer: T | None = await dialog
    put_away(dialog)
    return answer


async def reason_for(page: OfficePage, title: str, means: str, go: str) -> str | None:
    """Ask why something is done that the record keeps a reason of; `means` says what it does. None: called off."""
    with ui.dialog() as dialog, ui.card().classes("nero-card nero-asking"):
        dialog.props.update({"aria-label": title})
        subtitle(title, "h2")
        ui.label(means)
        reason = ui.input(page.say("common.reason")).props("outlined autofocus maxlength=500")
        with ui.element("div").classes("nero-bar"):
            ui.button(page.say("common.cancel"), on_click=lambda: dialog.submit(None)).props("flat no-caps")
            button = ui.button(go, on_click=lambda: dialog.submit(str(reason.value).strip())).props("no-caps")
            button.bind_enabled_from(reason, "value", backward=lambda typed: bool(str(typed or "").strip()))
    answer: str | None = await dialog
    put_away(dialog)
    return answer
