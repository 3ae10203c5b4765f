// A grid of many rows: AG Grid's infinite model on a REST list. Rows are fetched as one scrolls; filters and
// sorting are the server's. `services/api/pages/grids.py` describes the columns and starts this for each grid.

import { getJson, reason } from "/static/api.js";
import { link, shown } from "/static/grid-cells.js";
import { filterOf, filterValue } from "/static/grid-filters.js";
import { loadWords } from "/static/words.js";

/**
 * Join AG Grid's `api` to the list at `config.address`; returns the controller, which also stands at `api.nero`.
 * `hooks` of a module that does more: `begin(rows)`, `definition(definition, column)`, `loaded(rows)`.
 */
export async function attach(api, config, hooks = {}) {
  const words = loadWords(new DocumentFragment());
  const grid = new Rows(api, config, hooks);
  grid.ahead();
  grid.say = (await words).say;
  api.nero = grid;
  hooks.begin?.(grid);
  api.setGridOption("columnDefs", config.columns.map((column) => grid.definition(column)));
  api.setFilterModel(grid.firstFilters());
  api.setGridOption("datasource", grid);
  return grid;
}

/** AG Grid's datasource, and what a page asks of its grid. */
export class Rows {
  constructor(api, config, hooks) {
    Object.assign(this, { api, config, hooks });
    this.narrowed = { ...config.query };
    this.cursors = new Map([[0, null]]);
    this.total = null;
  }

  /** The query of what is shown: filters of the columns, and what the page narrowed it to. */
  query(model = this.api.getFilterModel()) {
    const query = new URLSearchParams();
    for (const column of this.config.columns) {
      const value = filterValue(model[column.field]);
      if (column.filter && value) query.set(column.filter, value);
    }
    for (const [name, value] of Object.entries(this.narrowed)) if (value !== null && value !== "") query.set(name, value);
    return query;
  }

  firstFilters() {
    const given = Object.entries(this.config.filters ?? {}).filter(([, value]) => value);
    return Object.fromEntries(given.map(([field, value]) => [field, this.filterModel(field, value)]));
  }

  /** AG Grid's model of a column's filter that holds a value. */
  filterModel(field, value) {
    const column = this.config.columns.find((one) => one.field === field);
    if (column.kind === "date") return { filterType: "date", type: "equals", dateFrom: `${value} 00:00:00`, dateTo: null };
    return { filterType: "text", type: column.choices ? "equals" : "contains", filter: value };
  }

  /** Let a column's filter hold a value. */
  async filter(field, value) {
    await this.api.setColumnFilterModel(field, this.filterModel(field, value));
    this.api.onFilterChanged();
  }

  /** Narrow the list by what stands outside of the columns: `narrow({search: "ada"})`; "" or null takes it off. */
  narrow(values) {
    Object.assign(this.narrowed, values);
    this.restart();
  }

  /** Fetch what is shown again, without moving. */
  refresh() {
    if (this.config.keyset) return this.restart();
    this.api.refreshInfiniteCache();
  }

  /** Begin at the first row. */
  restart() {
    this.cursors = new Map([[0, null]]);
    this.api.purgeInfiniteCache();
  }

  async getRows(wanted) {
    try {
      const page = await this.fetch(this.pageQuery(wanted));
      const { rows, last } = this.read(page, wanted);
      this.hooks.loaded?.(rows, page);
      wanted.successCallback(rows, last);
      this.tell("");
      if (last === 0) this.api.showNoRowsOverlay();
      else this.api.hideOverlay();
    } catch (problem) {
      wanted.failCallback();
      this.tell(reason(problem, this.say));
    }
  }

  /** Ask for the first rows while the grid is still being drawn. */
  ahead() {
    const query = String(this.pageQuery({ startRow: 0, endRow: this.config.block, sortModel: [] }, this.firstFilters()));
    this.asked = { query, page: getJson(`${this.config.address}?${query}`) };
    this.asked.page.catch(() => {}); // told when the grid asks for it
  }

  fetch(query) {
    const asked = this.asked;
    this.asked = null;
    return asked?.query === String(query) ? asked.page : getJson(`${this.config.address}?${query}`);
  }

  pageQuery({ startRow, endRow, sortModel }, model = this.api.getFilterModel()) {
    const query = this.query(model);
    query.set("limit", endRow - startRow);
    if (this.config.keyset) {
      const after = this.cursors.get(startRow);
      if (after) query.set("after", after);
      return query;
    }
    query.set("offset", startRow);
    if (sortModel.length) query.set("sort", (sortModel[0].sort === "desc" ? "-" : "") + sortModel[0].colId);
    return query;
  }

  read(page, { startRow, endRow }) {
    if (!this.config.keyset) {
      this.total = page.total;
      return { rows: page.rows, last: page.total };
    }
    if (page.next_after) this.cursors.set(endRow, page.next_after);
    return { rows: page.items, last: page.next_after ? -1 : startRow + page.items.length };
  }

  /** Say above the grid what went wrong; "" takes it off. */
  tell(text) {
    const line = document.getElementById(this.config.problem);
    if (!line) return;
    line.replaceChildren();
    if (!text) return;
    const again = Object.assign(document.createElement("button"), { type: "button", textContent: this.say("grid.again") });
    again.onclick = () => this.refresh();
    line.append(text, " ", again);
  }

  /** AG Grid's definition of a column. */
  definition(column) {
    const definition = {
      field: column.field,
      colId: column.field,
      headerName: column.title,
      headerTooltip: column.hint || column.title,
      sortable: Boolean(column.sortable),
      pinned: column.pinned ? "left" : null,
      width: column.width ?? undefined,
      minWidth: column.grow ? (column.width ?? 90) : Math.min(column.width ?? 90, 90),
      flex: column.grow || undefined,
      resizable: true,
      cellDataType: false,
      suppressHeaderMenuButton: true,
      suppressHeaderFilterButton: true,
      tooltipValueGetter: (cell) => shown(column, cell, this.config.zone),
      valueFormatter: (cell) => shown(column, cell, this.config.zone),
      ...filterOf(column, this.say),
    };
    if (column.link) definition.cellRenderer = (cell) => link(column, cell, this.config.zone);
    if (column.kind === "status") definition.cellClass = (cell) => `nero-status ${cell.value ?? ""}`;
    if (column.kind === "number") definition.cellClass = "nero-digits";
    return this.hooks.definition?.(definition, column) ?? definition;
  }
}
