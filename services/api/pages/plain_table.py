"""A table of text: many cells as one element, so that a page of hundreds of rows stays light."""

from collections.abc import Iterable, Sequence
from html import escape

from nicegui import ui


def plain_table(caption: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Show rows under a header; the caption is for those who can't see the table."""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    table = (
        f'<table class="nero-table"><caption class="unseen">{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
    ui.html(table, sanitize=False).classes("nero-scroll")
