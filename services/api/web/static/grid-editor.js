// How a cell is edited: a plain input, with the browser's own date and time, or with words to choose from.

const TYPES = { date: "date", clock: "time" };

export class InputEditor {
  init(params) {
    this.typed = params.eventKey?.length === 1 && !TYPES[params.kind] ? params.eventKey : null;
    this.input = Object.assign(document.createElement("input"), { type: TYPES[params.kind] ?? "text", className: "nero-cell-input" });
    this.input.value = this.typed ?? params.value ?? "";
    this.input.setAttribute("aria-label", params.label);
    this.gui = document.createElement("div");
    this.gui.className = "nero-cell-editor";
    this.gui.append(this.input);
    if (params.choices.length) this.offer(params.choices);
  }

  offer(choices) {
    const list = Object.assign(document.createElement("datalist"), { id: `choices-${Math.random().toString(36).slice(2)}` });
    list.append(...choices.map((choice) => new Option(choice, choice)));
    this.input.setAttribute("list", list.id);
    this.gui.append(list);
  }

  getGui() {
    return this.gui;
  }

  afterGuiAttached() {
    this.input.focus();
    if (this.typed === null) this.input.select();
  }

  getValue() {
    return this.input.value.trim();
  }
}
