"""Every page of the office, as it is declared where it is built: its path, who may see it, its place in the menu."""

from dataclasses import dataclass

PREFIX = "/office"


@dataclass(frozen=True)
class PageSpec:
    """One page."""

    path: str
    """Below `/office`, with `{parameters}`."""
    operation: str
    """Its rule in the permission table, `page_…`."""
    title: str
    """The code of its title; `{title}.purpose` says in a sentence what it is for."""
    menu: int | None = None
    """Its place in the menu; None: it stands below another page."""
    icon: str = ""
    below: str = ""
    """The operation of the page of the menu that it stands below."""

    @property
    def address(self) -> str:
        """Return its whole path."""
        return PREFIX + self.path


PAGES: dict[str, PageSpec] = {}
"""By operation."""


def declare(spec: PageSpec) -> None:
    """Add a page.

    Raises:
        ValueError: two pages share an operation.
    """
    if PAGES.get(spec.operation, spec) != spec:
        raise ValueError(f"two pages are called {spec.operation}")
    PAGES[spec.operation] = spec


def menu() -> list[PageSpec]:
    """Return the pages of the menu, in the order of the work."""
    listed = [(spec.menu, spec) for spec in PAGES.values() if spec.menu is not None]
    return [spec for _, spec in sorted(listed, key=lambda pair: pair[0])]
