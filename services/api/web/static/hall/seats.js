// The hall from above: a seat for everybody, its state by shape and colour; arrow keys walk over it.

import { $, el } from "./dom.js";
import { byTable, doubtedStudents, hall, roster, shown, store } from "./store.js";

export const SHAPES = { present: "●", late: "◐", absent: "○", out: "◇", review: "▲", expected: "·", cancelled: "×" };
const LEGEND = Object.entries(SHAPES).filter(([status]) => status !== "cancelled"); // then everybody is, and it says so above
let say = null;
let openPerson = null;
const cells = new Map();

export function setUpSeats(own, onOpen) {
  say = own.say;
  openPerson = onOpen;
  $("legend").replaceChildren(...LEGEND.map(([status, shape]) =>
    el("li", {}, el("span", { class: `shape ${status}`, "aria-hidden": "true", text: shape }), ` ${say(`status.${status}`)}`)));
  $("seats").addEventListener("keydown", walk);
}

/** Draw the whole plan: seats where the hall has a plan, else (and for who has no seat on it) a row by table. */
export function drawSeats() {
  const plan = hall();
  const people = roster().sort(byTable);
  cells.clear();
  const onPlan = plan.rows && plan.columns ? people.filter((one) => one.row && one.col && one.row <= plan.rows && one.col <= plan.columns) : [];
  const rest = people.filter((one) => !onPlan.includes(one));
  $("seats").replaceChildren(onPlan.length ? grid(plan, onPlan) : "", rest.length ? row(rest, onPlan.length) : "");
  if (!people.length) $("seats").append(el("p", { class: "nero-empty", text: say("hall.seats.none") }));
  const first = $("seats").querySelector("button");
  if (first) first.tabIndex = 0;
}

/** Draw only these students' seats anew; their places did not change. */
export function redraw(students) {
  const doubted = doubtedStudents();
  for (const id of students) paint(id, doubted);
}

export const redrawAll = () => redraw([...cells.keys()]);

/** Whether a change moves somebody: then the plan is drawn anew. */
export function moved(students) {
  return students.some((id) => {
    const [cell, one] = [cells.get(id), store.state.roster[id]];
    return !cell || !one || cell.dataset.seat !== seatOf(one);
  });
}

const seatOf = (one) => `${one.hall}/${one.table}/${one.row}/${one.col}/${one.name}`;

function grid(plan, people) {
  const made = el("div", { class: "grid" });
  made.style.setProperty("--columns", plan.columns);
  const at = new Map(people.map((one) => [`${one.row}/${one.col}`, one]));
  const blocked = new Set(plan.blocked.map(([r, c]) => `${r}/${c}`));
  for (let r = 1; r <= plan.rows; r += 1) {
    for (let c = 1; c <= plan.columns; c += 1) {
      const one = at.get(`${r}/${c}`);
      made.append(one ? cell(one) : el("span", { class: blocked.has(`${r}/${c}`) ? "seat blocked" : "seat free", "aria-hidden": "true" }));
    }
  }
  return made;
}

function row(people, more) {
  const made = el("div", { class: "flow" }, people.map(cell));
  return more ? el("div", {}, el("h3", { text: say("hall.seats.off_plan") }), made) : made;
}

function cell(one) {
  const made = el("button", { type: "button", tabIndex: -1, "data-seat": seatOf(one), "data-student": one.student_id, onclick: () => openPerson(one.student_id) },
    el("span", { class: "shape", "aria-hidden": "true" }), el("span", { class: "table", text: one.table || one.student_id }));
  cells.set(one.student_id, made);
  paint(one.student_id, doubtedStudents());
  return made;
}

function paint(id, doubted) {
  const [made, one] = [cells.get(id), store.state.roster[id]];
  if (!made || !one) return;
  const { status, waiting } = shown(one, doubted);
  made.className = `seat ${status}${waiting ? " waiting" : ""}${one.provisional ? " provisional" : ""}`;
  made.firstChild.textContent = SHAPES[status] + (one.provisional ? "?" : "");
  made.dataset.status = status;
  made.setAttribute("aria-label", say("hall.seat", { table: one.table || "–", name: one.name, status: say(`status.${status}`) }));
  made.title = `${one.name} · ${one.student_id}`;
}

function walk(event) {
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: "up", ArrowDown: "down" };
  if (!(event.key in steps) || !event.target.matches(".seat")) return;
  event.preventDefault();
  const all = [...$("seats").querySelectorAll("button.seat")];
  const next = typeof steps[event.key] === "number" ? all[all.indexOf(event.target) + steps[event.key]] : above(all, event.target, steps[event.key]);
  if (!next) return;
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

function above(all, from, way) {
  const here = from.getBoundingClientRect();
  const there = all.filter((one) => (way === "up" ? one.getBoundingClientRect().bottom <= here.top + 1 : one.getBoundingClientRect().top >= here.bottom - 1));
  const far = (one) => Math.hypot((one.getBoundingClientRect().left - here.left) / 3, one.getBoundingClientRect().top - here.top);
  return there.sort((a, b) => far(a) - far(b))[0];
}
