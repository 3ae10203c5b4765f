// A hall's plan: a button per seat, named like C-14. A click or the space bar blocks a seat or frees it.

import { loadWords } from "/static/words.js";

export async function drawPlan(box, plan) {
  const { say } = await loadWords(document.createElement("div"));
  box.plan = plan;
  box.blocked = new Set(plan.blocked.map(([row, column]) => `${row},${column}`));
  box.say = say;
  if (!box.listens) listen(box);
  const grid = Object.assign(document.createElement("div"), { className: "nero-plan" });
  grid.setAttribute("role", "grid");
  grid.setAttribute("aria-label", plan.label);
  grid.style.setProperty("--columns", plan.columns);
  grid.append(headers(plan), ...rows(box));
  box.replaceChildren(grid);
  grid.querySelector("button")?.setAttribute("tabindex", "0");
}

function headers({ columns }) {
  const row = line();
  row.append(mark(""), ...Array.from({ length: columns }, (_, at) => mark(at + 1)));
  row.setAttribute("aria-hidden", "true");
  return row;
}

function rows(box) {
  return box.plan.letters.map((letters, at) => {
    const row = line();
    row.append(mark(letters), ...Array.from({ length: box.plan.columns }, (_, column) => seat(box, at + 1, column + 1)));
    return row;
  });
}

function line() {
  const row = Object.assign(document.createElement("div"), { className: "nero-plan-row" });
  row.setAttribute("role", "row");
  return row;
}

function mark(text) {
  const head = Object.assign(document.createElement("span"), { className: "nero-plan-head", textContent: text });
  head.setAttribute("aria-hidden", "true");
  return head;
}

function seat(box, row, column) {
  const cell = document.createElement("span");
  cell.setAttribute("role", "gridcell");
  const button = Object.assign(document.createElement("button"), { type: "button", className: "nero-seat", tabIndex: -1 });
  Object.assign(button.dataset, { row, column });
  button.disabled = !box.plan.editable;
  show(box, button);
  cell.append(button);
  return cell;
}

function show(box, button) {
  const { row, column } = button.dataset;
  const blocked = box.blocked.has(`${row},${column}`);
  const seat = `${box.plan.letters[row - 1]}-${column}`;
  button.textContent = blocked ? "×" : "";
  button.title = seat;
  button.setAttribute("aria-pressed", String(blocked));
  button.setAttribute("aria-label", box.say(blocked ? "halls.seat.blocked" : "halls.seat.free", { seat }));
}

function listen(box) {
  box.listens = true;
  box.addEventListener("click", ({ target }) => target.matches(".nero-seat") && toggle(box, target));
  box.addEventListener("keydown", (event) => event.target.matches(".nero-seat") && move(box, event));
  box.addEventListener("focusin", ({ target }) => target.matches(".nero-seat") && holdFocus(box, target));
}

function toggle(box, button) {
  const { row, column } = button.dataset;
  const key = `${row},${column}`;
  if (!box.blocked.delete(key)) box.blocked.add(key);
  show(box, button);
  emitEvent("nero-plan", { row: Number(row), column: Number(column), blocked: box.blocked.has(key) });
}

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function move(box, event) {
  const step = STEPS[event.key];
  if (!step) return;
  event.preventDefault();
  const { row, column } = event.target.dataset;
  const next = box.querySelector(`[data-row="${Number(row) + step[0]}"][data-column="${Number(column) + step[1]}"]`);
  next?.focus();
}

// One seat at a time is reached by Tab; the arrows go on from there.
function holdFocus(box, button) {
  box.querySelector('.nero-seat[tabindex="0"]')?.setAttribute("tabindex", "-1");
  button.setAttribute("tabindex", "0");
}
