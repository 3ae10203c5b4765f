// Seats of a hall, with who sits on them. Take somebody (click, tap, Enter, or drag), then a seat: they move there, or
// the two change places. Escape puts them back down. What was done is told to the page, which sets it.

import { loadWords } from "/static/words.js";

let words; // asked for once, however often the plan is drawn

export async function drawSeats(box, plan) {
  const { say } = await (words ??= loadWords(document.createElement("div")));
  const held = box.plan?.sitting === plan.sitting && box.plan?.hall === plan.hall ? box.querySelector(":focus")?.dataset.at : null;
  Object.assign(box, { plan, say, taken: null });
  box.at = new Map(plan.people.filter((one) => one.row).map((one) => [`${one.row},${one.col}`, one]));
  box.blocked = new Set(plan.blocked.map(([row, column]) => `${row},${column}`));
  if (!box.listens) listen(box);
  box.replaceChildren(status(box), unseated(box), floor(box));
  box.dataset.editable = plan.editable;
  const first = (held && box.querySelector(`[data-at="${held}"]`)) || box.querySelector(".nero-place");
  first?.setAttribute("tabindex", "0");
  if (held) first?.focus();
}

function status(box) {
  const line = make("p", "nero-held");
  line.setAttribute("role", "status");
  line.textContent = box.plan.editable ? box.say("seats.help") : "";
  return line;
}

function unseated(box) {
  const list = make("div", "nero-unseated");
  list.dataset.at = "";
  const people = box.plan.people.filter((one) => !one.row && one.own);
  list.append(Object.assign(make("h3", "nero-subtitle"), { textContent: box.say("seats.unseated", { count: people.length }) }));
  for (const one of people) list.append(person(box, one, ""));
  if (box.plan.editable) {
    const none = Object.assign(make("button", "nero-no-seat"), { type: "button", textContent: box.say("seats.no_seat") });
    none.dataset.at = "";
    none.hidden = true;
    list.append(none);
  }
  return list;
}

function person(box, one, at) {
  const button = Object.assign(make("button", "nero-person"), { type: "button" });
  button.dataset.key = one.key;
  button.dataset.at = at;
  button.append(text("b", one.name || one.student), text("span", one.student), ...(one.need ? [text("i", one.need)] : []));
  if (one.table) button.append(text("span", box.say("seats.off_plan", { table: one.table })));
  button.disabled = !box.plan.editable;
  return button;
}

function floor(box) {
  const grid = make("div", "nero-plan nero-floor");
  grid.setAttribute("role", "grid");
  grid.setAttribute("aria-label", box.plan.label);
  grid.style.setProperty("--columns", box.plan.columns);
  const head = make("div", "nero-plan-row");
  head.setAttribute("aria-hidden", "true");
  head.append(mark(""), ...Array.from({ length: box.plan.columns }, (_, at) => mark(at + 1)));
  grid.append(head, ...box.plan.letters.map((letters, at) => line(box, letters, at + 1)));
  return grid;
}

function line(box, letters, row) {
  const cells = make("div", "nero-plan-row");
  cells.setAttribute("role", "row");
  cells.append(mark(letters), ...Array.from({ length: box.plan.columns }, (_, at) => cell(box, letters, row, at + 1)));
  return cells;
}

function cell(box, letters, row, column) {
  const holder = make("span");
  holder.setAttribute("role", "gridcell");
  holder.append(place(box, `${letters}-${column}`, `${row},${column}`));
  return holder;
}

function place(box, label, at) {
  const one = box.at.get(at);
  const button = Object.assign(make("button", "nero-place"), { type: "button", tabIndex: -1 });
  button.dataset.at = at;
  button.append(text("small", label));
  if (box.blocked.has(at)) {
    button.classList.add("blocked");
    button.disabled = true;
    button.setAttribute("aria-label", box.say("halls.seat.blocked", { seat: label }));
  } else if (one) {
    fill(box, button, one, label);
  } else {
    button.setAttribute("aria-label", box.say("halls.seat.free", { seat: label }));
  }
  return button;
}

function fill(box, button, one, label) {
  button.dataset.key = one.key;
  button.classList.add(one.own ? "own" : "other");
  if (one.changed) button.classList.add("changed");
  const name = one.own ? one.name || one.student : one.exam;
  const said = [label, name, one.own ? one.student : "", one.in ? box.say("status.present") : "", one.need].filter(Boolean).join(", ");
  button.append(text("b", `${one.in ? "● " : ""}${name}`));
  if (one.need) button.append(text("i", one.need));
  button.title = said;
  button.setAttribute("aria-label", said);
}

function listen(box) {
  box.listens = true;
  const onSeat = (act) => (event) => {
    const button = event.target.closest?.(".nero-place, .nero-person, .nero-no-seat");
    if (button && !button.disabled) act(button, event);
  };
  box.addEventListener("click", onSeat((button) => box.plan.editable && chosen(box, button)));
  box.addEventListener("keydown", (event) => keyed(box, event));
  box.addEventListener("focusin", onSeat((button) => button.matches(".nero-place") && holdFocus(box, button)));
  box.addEventListener("pointerdown", onSeat((button, event) => mayTake(box, button) && drag(box, button, event)));
}

function mayTake(box, button) {
  return box.plan.editable && button.dataset.key && !button.classList.contains("other");
}

// With a finger one scrolls the plan: there, a tap takes and a tap puts.
function drag(box, button, { button: pressed, pointerType, clientX, clientY }) {
  if (pressed || pointerType === "touch") return;
  const over = new AbortController();
  const on = (kind, act) => document.addEventListener(kind, act, { signal: over.signal });
  on("pointermove", (event) => {
    const far = Math.hypot(event.clientX - clientX, event.clientY - clientY) > 6;
    if (!far || box.classList.contains("dragging")) return;
    box.classList.add("dragging");
    take(box, button);
  });
  on("pointerup", (event) => {
    over.abort();
    if (box.classList.contains("dragging")) drop(box, document.elementFromPoint(event.clientX, event.clientY));
  });
  on("pointercancel", () => {
    over.abort();
    drop(box, null);
  });
}

function drop(box, on) {
  box.classList.remove("dragging");
  const target = on?.closest(".nero-place:not(.blocked), .nero-unseated");
  if (target && box.contains(target) && target.dataset.key !== box.taken) put(box, target.dataset.at);
  else putDown(box);
}

function chosen(box, button) {
  if (box.taken && box.taken === button.dataset.key) putDown(box);
  else if (box.taken) put(box, button.dataset.at);
  else if (mayTake(box, button)) take(box, button);
}

function take(box, button) {
  putDown(box);
  box.taken = button.dataset.key;
  button.setAttribute("aria-pressed", "true");
  const one = box.plan.people.find(({ key }) => key === box.taken);
  const words = box.say("seats.held", { name: one.name || one.student });
  box.querySelector(".nero-held").textContent = words;
  const none = box.querySelector(".nero-no-seat");
  if (none) none.hidden = !one.row;
}

function putDown(box) {
  box.taken = null;
  box.querySelector('[aria-pressed="true"]')?.removeAttribute("aria-pressed");
  const none = box.querySelector(".nero-no-seat");
  if (none) none.hidden = true;
  box.querySelector(".nero-held").textContent = box.plan.editable ? box.say("seats.help") : "";
}

function put(box, at) {
  const [row, column] = at ? at.split(",").map(Number) : [null, null];
  emitEvent("nero-seat-put", { key: box.taken, row, col: column });
  putDown(box);
}

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function keyed(box, event) {
  if (event.key === "Escape" && box.taken) return putDown(box);
  const step = STEPS[event.key];
  if (!step || !event.target.matches(".nero-place")) return;
  event.preventDefault();
  const [row, column] = event.target.dataset.at.split(",").map(Number);
  let [down, right] = [row + step[0], column + step[1]];
  let next = box.querySelector(`[data-at="${down},${right}"]`);
  while (next?.disabled) next = box.querySelector(`[data-at="${(down += step[0])},${(right += step[1])}"]`);
  next?.focus();
}

// One seat at a time is reached by Tab; the arrows go on from there.
function holdFocus(box, button) {
  box.querySelector('.nero-place[tabindex="0"]')?.setAttribute("tabindex", "-1");
  button.setAttribute("tabindex", "0");
}

function make(tag, className = "") {
  return Object.assign(document.createElement(tag), { className });
}

function text(tag, words) {
  return Object.assign(document.createElement(tag), { textContent: words });
}

function mark(words) {
  const head = Object.assign(make("span", "nero-plan-head"), { textContent: words });
  head.setAttribute("aria-hidden", "true");
  return head;
}
