"""Grids of many rows: described in Python, drawn by AG Grid, fed by a REST list as one scrolls.

The rows never pass through the page's socket: `static/grid.js` fetches them with the page's cookie, so a
grid shows what the REST list shows, and refuses what it refuses. A list is either

- counted: it takes `offset`, `limit` and `sort` (`name`, `-name`) and answers `{"rows": […], "total": n}`; or
- a `Page` (`office.paging`): it takes `after` and `limit` and answers `{"items": […], "next_after": …}`;
  then say `keyset=True`. Such a grid can't be sorted by its headers.

A page of students, for example:

    grid = rows_grid(page, "/api/v1/students", [
        Column("id", page.say("students.number"), filter="search", link="/office/students/{id}", width=140),
        Column("name", page.say("students.name"), grow=2),
        Column("enrolment", page.say("students.enrolment"), choices={"none": page.say("enrolment.none"), …}),
    ], keyset=True, empty=page.say("students.empty"))
    ui.input(page.say("common.search"), on_change=lambda event: grid.narrow(search=event.value)).props("debounce=300")
    …
    grid.refresh()                       # after something changed
    chosen = await grid.selected()       # with `selectable=True`: the rows, as dicts

For a click on a row, `grid.element.on("rowClicked", handler, ["data"])`. Columns with a `filter` have it below
their header. Styling stands in office.css under "grids", light and dark.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any, Literal

from nicegui import ui

from services.api.pages.shell import OfficePage

MODULE = "/static/grid.js"
_MODULES = (MODULE, "/static/grid-cells.js", "/static/grid-filters.js", "/static/api.js", "/static/words.js")
BLOCK_ROWS = 100
_AG_GRID: dict[str, object] = {
    "rowModelType": "infinite",
    "cacheBlockSize": BLOCK_ROWS,
    "maxBlocksInCache": 30,
    "infiniteInitialRowCount": 1,
    "blockLoadDebounceMillis": 60,  # a long drag of the scroll bar asks for where it ends, not for all it passes
    "columnDefs": [],
    "rowHeight": 36,
    "headerHeight": 40,
    "floatingFiltersHeight": 40,
    "animateRows": False,
    "tooltipShowDelay": 300,
    "enableCellTextSelection": True,
    "ensureDomOrder": True,
}
_SELECTABLE: dict[str, object] = {
    "rowSelection": {"mode": "multiRow", "headerCheckbox": False, "enableClickSelection": False},
    "selectionColumnDef": {"pinned": "left", "width": 44},
}
SLOW_S = 15.0
"""How long a busy tablet may take to say which rows are ticked."""
SHAPES = {"present": "●", "late": "◐", "absent": "○", "out": "◇", "expected": "·", "cancelled": "×"}
"""Status is said by word and by shape, and never by colour alone."""
_AG_GRID_WORDS = (
    "loadingOoo",
    "noRowsToShow",
    "filterOoo",
    "contains",
    "equals",
    "searchOoo",
    "ariaFilterInput",
    "ariaRowToggleSelection",
    "ariaChecked",
    "ariaUnchecked",
)


@dataclass(frozen=True)
class Column:
    """One column of a grid."""

    field: str
    """The field of a row as the list gives it; also what `sort` names."""
    title: str
    kind: Literal["text", "number", "date", "time", "status"] = "text"
    """`date`: an ISO day, shown as Mon 23 Nov 2026. `time`: a moment, shown in the row's field `zone`, else in the
    grid's. `status`: with `choices` of `status_words`."""
    filter: str | None = None
    """The list's query parameter; with it there is a filter below the header."""
    choices: Mapping[str, str] | None = None
    """The words of a column that has few values; the filter is then a choice of them."""
    link: str = ""
    """An address with fields of the row in it: `/office/students/{id}`."""
    sortable: bool = False
    width: int | None = None
    """In pixels."""
    grow: int = 0
    """Its share of the space that is left; 0: none."""
    pinned: bool = False
    """Stays in sight when one scrolls sideways."""
    hint: str = ""
    """A tooltip on the header."""
    editor: Literal["text", "date", "clock", "choice"] | None = None
    """How a cell is edited, by a module that takes edits."""


@dataclass(frozen=True)
class RowsGrid:
    """A grid on a page."""

    element: ui.aggrid

    def refresh(self) -> None:
        """Fetch what is shown again."""
        self.call("refresh")

    def narrow(self, **query: str | None) -> None:
        """Add to the list's query what stands outside the columns; "" or None takes it off."""
        self.call("narrow", query)

    def call(self, method: str, *arguments: object) -> None:
        """Call a method of the grid's controller in the browser."""
        given = ", ".join(json.dumps(argument) for argument in arguments)
        ui.run_javascript(f"getElement({self.element.id})?.api?.nero?.{method}({given})")

    async def selected(self) -> list[dict[str, Any]]:
        """Return the rows that are ticked; none where the page was left meanwhile."""
        try:
            rows: list[dict[str, Any]] = await self.element.run_grid_method("getSelectedRows", timeout=SLOW_S)
        except TimeoutError:
            return []
        return rows or []


def rows_grid(
    page: OfficePage,
    address: str,
    columns: Sequence[Column],
    *,
    row_key: str = "id",
    keyset: bool = False,
    selectable: bool = False,
    empty: str = "",
    query: Mapping[str, str] | None = None,
    filters: Mapping[str, str] | None = None,
    zone: str = "UTC",
    height: str = "max(22rem, calc(100vh - 15rem))",
    label: str = "",
    module: str = MODULE,
    modules: Sequence[str] = (),
    more: Mapping[str, object] | None = None,
    options: Mapping[str, object] | None = None,
) -> RowsGrid:
    """Draw a grid of the REST list at `address`.

    Args:
        page: the page that it stands on.
        address: of the list, `/api/v1/…`, without a query.
        columns: what is shown, from the left.
        row_key: the field that is unique to a row.
        keyset: the list is a `Page`, see above.
        selectable: rows have a box to tick, for `selected`.
        empty: what to do first, shown where there are no rows.
        query: parameters that are always sent.
        filters: what the filters of the columns hold at first, by field.
        zone: of `time` columns whose rows have no `zone`.
        height: of the grid, in CSS.
        label: what a screen reader calls it; the page's title where it is left out.
        module: the ES module whose `attach(api, config)` starts it, for a grid that does more than show.
        modules: those that it imports, fetched ahead.
        more: what that module wants to know besides.
        options: of AG Grid, besides those set here.
    """
    for needed in dict.fromkeys((module, *_MODULES, *modules)):
        ui.add_head_html(f'<link rel="modulepreload" href="{needed}">')  # fetched while the libraries are read
    problem = ui.element("p").classes("nero-grid-problem").props('role="alert"')
    config = {
        "address": address,
        "keyset": keyset,
        "columns": [asdict(column) for column in columns],
        "query": dict(query or {}),
        "filters": dict(filters or {}),
        "zone": zone,
        "problem": problem.html_id,
        "block": BLOCK_ROWS,
        **(more or {}),
    }
    given: dict[str, object] = {
        **_AG_GRID,
        **(_SELECTABLE if selectable else {}),
        "overlayNoRowsTemplate": f'<span class="nero-grid-empty">{escape(empty or page.say("grid.empty"))}</span>',
        "localeText": {word: page.say(f"grid.ag.{word}") for word in _AG_GRID_WORDS},
        ":getRowId": f"(row) => String(row.data[{json.dumps(row_key)}])",
        ":onGridReady": f"(ready) => import({json.dumps(module)})"
        f".then((grid) => grid.attach(ready.api, {json.dumps(config)}))",
        **(options or {}),
    }
    element = ui.aggrid(given, auto_size_columns=False).classes("nero-grid").style(f"height: {height}")
    element.props.update({"role": "region", "aria-label": label or page.say(page.spec.title)})
    return RowsGrid(element)


def status_words(page: OfficePage, *statuses: str) -> dict[str, str]:
    """Return how each status is said, by shape and word: ● present."""
    return {status: f"{SHAPES[status]} {page.say(f'status.{status}')}" for status in statuses or SHAPES}
