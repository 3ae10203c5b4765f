// The master grid: what `grid.js` shows, edited in place. Edits are kept here, marked, until one save takes all of
// them or none; what is bad is marked with its reason, and what somebody else changed meanwhile is shown.

import { reason, sendJson } from "/static/api.js";
import { attach as show } from "/static/grid.js";
import { InputEditor } from "/static/grid-editor.js";
import { Edits } from "/static/grid-edits.js";
import { sure, sureToDiscard } from "/static/grid-sure.js";
import { Totals } from "/static/grid-totals.js";

const LOOK_EVERY_MS = 3000;
const $ = (id) => document.getElementById(id);

export async function attach(api, config) {
  const master = new Master(api, config);
  const rows = await show(api, config, {
    begin: (begun) => master.join(begun),
    definition: (definition, column) => master.definition(definition, column),
    loaded: (loaded) => master.loaded(loaded),
  });
  rows.master = master;
  master.begin();
}

class Master {
  constructor(api, config) {
    Object.assign(this, { api, config, edits: new Edits() });
    this.titles = Object.fromEntries(config.columns.map((column) => [column.field, column.title]));
  }

  join(rows) {
    Object.assign(this, { rows, say: rows.say, totals: new Totals(rows, this.config) });
    this.totals.ahead();
  }

  begin() {
    this.api.setGridOption("rowClassRules", {
      "nero-removed": ({ data }) => Boolean(data && this.edits.removed.has(data.key)),
      "nero-added": ({ data }) => Boolean(data && this.edits.added.has(data.key)),
    });
    this.api.addEventListener("cellValueChanged", (event) => this.changed(event));
    this.api.addEventListener("filterChanged", () => this.totals.count());
    this.api.addEventListener("cellKeyDown", (event) => this.pressed(event));
    addEventListener("beforeunload", (event) => this.edits.count && event.preventDefault());
    this.tellCount();
    this.look();
  }

  definition(definition, column) {
    if (column.field === "key") return { ...definition, ...this.removal() };
    const plain = definition.cellClass;
    return {
      ...definition,
      editable: ({ data }) => this.mayEdit(column, data),
      valueParser: ({ newValue }) => String(newValue ?? "").trim(),
      cellEditor: InputEditor,
      cellEditorParams: { kind: column.editor, choices: this.config.lists[column.field] ?? [], label: column.title },
      cellClass: plain,
      cellClassRules: {
        "nero-edited": ({ data }) => Boolean(data && this.edits.holds(data, column.field)),
        "nero-bad": ({ data }) => Boolean(data && this.edits.problem(data.key, column.field)),
      },
      tooltipValueGetter: (cell) => this.why(cell.data, column.field) || definition.tooltipValueGetter(cell),
    };
  }

  /** The column that a row is taken off with: a button, and Enter or Delete on it. */
  removal() {
    const draw = ({ data }) => {
      if (!data || !this.config.mayEdit) return "";
      const button = Object.assign(document.createElement("button"), { type: "button", className: "nero-row-act", tabIndex: -1 });
      button.textContent = this.edits.removed.has(data.key) ? "↩" : "×";
      button.setAttribute("aria-label", this.say("attendance.row.remove", { student: data.student_id }));
      button.onclick = () => this.remove([data]);
      return button;
    };
    return { headerName: "×", headerTooltip: this.say("attendance.row.remove.hint"), headerClass: "nero-centred", cellRenderer: draw, tooltipValueGetter: () => this.say("attendance.row.remove.hint"), sortable: false, resizable: false };
  }

  mayEdit(column, data) {
    if (!this.config.mayEdit || !data || !column.editor || this.edits.removed.has(data.key)) return false;
    if (column.field === "student_id") return this.edits.added.has(data.key);
    return column.field === "name" || !data.sealed;
  }

  why(data, field) {
    return data ? this.edits.problem(data.key, field)?.message : "";
  }

  /** Rows as they came: what is edited of them is laid over. */
  loaded(rows) {
    for (const row of rows) this.edits.lay(row);
  }

  changed({ data, colDef, oldValue, newValue }) {
    if ((oldValue ?? "") === (newValue ?? "")) return;
    this.edits.put(data, colDef.field, oldValue ?? "", newValue ?? "");
    if (colDef.field === "name") this.api.forEachNode((node) => node.data && this.edits.lay(node.data));
    this.redraw();
  }

  pressed({ event, colDef, data }) {
    if (colDef.field === "key" && ["Enter", " ", "Delete"].includes(event.key) && data) this.remove([data]);
  }

  addRow() {
    const row = this.edits.add();
    this.showAdded();
    this.tellCount();
    this.api.setFocusedCell(0, "student_id", "top");
    this.api.startEditingCell({ rowIndex: 0, rowPinned: "top", colKey: "student_id" });
    return row.key;
  }

  showAdded() {
    this.api.setGridOption("pinnedTopRowData", [...this.edits.added.values()]);
  }

  removeTicked() {
    this.remove(this.api.getSelectedRows());
  }

  remove(rows) {
    for (const row of rows) this.edits.remove(row);
    this.showAdded();
    this.redraw();
    this.api.redrawRows();
  }

  /** Take every edit back: there is no way to have them again, so one is asked first. */
  async discard() {
    this.api.stopEditing();
    const { count } = this.edits;
    if (!count || this.saving || !(await sureToDiscard(count, this.edits.touched(), this.say))) return;
    this.edits.clear();
    this.showAdded();
    this.tell("");
    this.redraw();
    this.rows.refresh();
    this.api.redrawRows();
  }

  async save() {
    this.api.stopEditing();
    if (!this.edits.count || this.saving || !(await sure([...this.edits.removed.values()], this.say))) return;
    this.saving = true;
    this.tell(this.say("attendance.saving"));
    try {
      const done = await sendJson("POST", "/api/v1/grid/save", this.edits.body());
      this.edits.clear();
      this.api.deselectAll();
      this.tell(this.say("attendance.saved", done));
      this.showAdded();
      this.rows.refresh();
      this.api.redrawRows();
    } catch (problem) {
      this.edits.refused(problem?.problems ?? [], this.say);
      this.tell(reason({ ...problem, count: problem?.problems?.length }, this.say), true);
    } finally {
      this.saving = false;
      this.redraw();
      this.totals.count();
    }
  }

  /** Show what changed, once for all that changes before the browser draws again. */
  redraw() {
    if (this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => {
      this.drawing = false;
      this.api.refreshCells({ force: true });
      this.tellCount();
      this.tellProblems();
    });
  }

  tellCount() {
    const save = $(this.config.save);
    if (!save) return; // who may change nothing has no such button
    const count = this.edits.count;
    save.textContent = count ? this.say("attendance.save.count", { count }) : this.say("common.save");
    save.disabled = $(this.config.discard).disabled = !count;
  }

  tell(text, bad = false) {
    const line = $(this.config.status);
    line.textContent = text;
    line.classList.toggle("bad", bad);
  }

  /** The bad cells as a list: a click goes to the cell, and a conflict is decided there. */
  tellProblems() {
    const list = $(this.config.problems);
    list.replaceChildren(...[...this.edits.problems.values()].slice(0, 50).map((problem) => this.problemLine(problem)));
    list.hidden = !this.edits.problems.size;
  }

  problemLine({ key, field, message, now, code }) {
    const line = document.createElement("li");
    const go = button(`${this.edits.name(key)} · ${this.titles[field] ?? ""}`, () => this.goTo(key, field), "link");
    line.append(go, ` ${message} `);
    if (now !== undefined) line.append(button(this.say("attendance.keep_mine"), () => this.settle(() => this.edits.keepMine(key, field, now))));
    if (now !== undefined) line.append(button(this.say("attendance.take_theirs"), () => this.settle(() => this.edits.drop(key, field))));
    if (code === "gone") line.append(button(this.say("attendance.drop_edit"), () => this.settle(() => this.edits.forget(key))));
    return line;
  }

  settle(act) {
    act();
    this.redraw();
    this.rows.refresh();
    this.api.redrawRows();
  }

  goTo(key, field) {
    const pinned = [...this.edits.added.keys()].indexOf(key);
    if (pinned >= 0) return this.api.setFocusedCell(pinned, field, "top");
    const node = this.api.getRowNode(key);
    if (!node) return this.tell(this.say("attendance.out_of_sight"));
    this.api.ensureIndexVisible(node.rowIndex, "middle");
    this.api.ensureColumnVisible(field);
    this.api.setFocusedCell(node.rowIndex, field);
  }

  /** Totals now and every few seconds while somebody may be looking; rows follow when something changed. */
  async look() {
    if (document.visibilityState === "visible") {
      const changed = await this.totals.count();
      if (changed && !this.api.getEditingCells().length) this.rows.refresh();
    }
    if (this.totals.strip) setTimeout(() => this.look(), LOOK_EVERY_MS);
  }

  search(text) {
    this.rows.narrow({ text });
    this.totals.count();
  }

  csv() {
    location.assign(`/api/v1/grid/csv?${this.rows.query()}`);
  }
}

function button(textContent, onclick, className = "") {
  return Object.assign(document.createElement("button"), { type: "button", textContent, onclick, className });
}
