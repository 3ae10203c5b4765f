// The filters below the headers of a grid: typed, a day, or a choice of words.

/** What a filter holds, as the list is asked for it; null: nothing. */
export function filterValue(model) {
  if (!model) return null;
  return model.dateFrom ? model.dateFrom.slice(0, 10) : String(model.filter ?? "").trim();
}

/** AG Grid's definition of a column's filter. */
export function filterOf(column, say) {
  if (!column.filter) return { filter: false };
  const params = { maxNumConditions: 1, debounceMs: 200, buttons: [] };
  const common = { floatingFilter: true, suppressFloatingFilterButton: true };
  if (column.choices) {
    const floatingFilterComponentParams = { choices: column.choices, all: say("grid.all"), label: column.title };
    const filterParams = { ...params, filterOptions: ["equals"] };
    return { ...common, filter: "agTextColumnFilter", filterParams, floatingFilterComponent: ChoiceFilter, floatingFilterComponentParams };
  }
  if (column.kind === "date") return { ...common, filter: "agDateColumnFilter", filterParams: { ...params, filterOptions: ["equals"] } };
  return { ...common, filter: "agTextColumnFilter", filterParams: { ...params, filterOptions: ["contains"] } };
}

/** A filter below the header that is a choice of words. */
class ChoiceFilter {
  init(params) {
    this.gui = Object.assign(document.createElement("select"), { className: "nero-choice" });
    this.gui.setAttribute("aria-label", params.label);
    for (const [value, text] of [["", params.all], ...Object.entries(params.choices)]) this.gui.append(new Option(text, value));
    this.gui.onchange = () =>
      params.parentFilterInstance((filter) => filter.onFloatingFilterChanged("equals", this.gui.value || null));
  }

  getGui() {
    return this.gui;
  }

  onParentModelChanged(model) {
    this.gui.value = model?.filter ?? "";
  }
}
