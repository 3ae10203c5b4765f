"""How far something is that a thread does while the page waits for it."""

from nicegui import ui

from services.api.pages.shell import OfficePage

SHOWN_EVERY_S = 0.25


class Progress:
    """What is being done, in words, with a bar: as long as nothing was counted, one that only says that it goes on."""

    def __init__(self, page: OfficePage, code: str) -> None:
        self._page, self._code = page, code
        self._told = (0, 0)
        with ui.element("div").classes("nero-progress") as self._box:
            self._said = ui.label().props('aria-live="off"')  # every step of it read out would drown everything else
            self._bar = ui.linear_progress(0, show_value=False).props("indeterminate")
            self._bar.props.update({"aria-label": page.say(code, done=0, total=0)})
            self._timer = ui.timer(SHOWN_EVERY_S, self._show)
        self._show()

    def say(self, code: str) -> None:
        """Say that something else is being done now."""
        self._code, self._told = code, (0, 0)
        self._show()

    def tell(self, done: int, total: int) -> None:
        """Say how far it is; from any thread."""
        self._told = done, total

    def end(self) -> None:
        """Take it off the page, unless its page was left meanwhile."""
        self._timer.deactivate()
        if not self._box.is_deleted:
            self._box.delete()

    def _show(self) -> None:
        done, total = self._told
        self._said.text = self._page.say(self._code, done=f"{done:,}", total=f"{total:,}")
        if total:
            self._bar.props(remove="indeterminate")
            self._bar.value = done / total
