// The paper sheet, entered afterwards: a number (or a table) and a time a line, several at once.

import { closeSheet, el, newKey, openSheet } from "./dom.js";
import { button, linked } from "./person.js";
import { hall, roster, store } from "./store.js";
import { atClock } from "./times.js";

const LINES = 8;
let say = null;

export function setUpPaper(own) {
  say = own.say;
}

export function openPaper() {
  const body = el("tbody", {});
  const problem = el("p", { class: "problem", role: "alert" });
  for (let n = 0; n < LINES; n += 1) body.append(line(body));
  body.onpaste = (event) => paste(event, body);
  const table = el("table", { class: "paper" },
    el("thead", {}, el("tr", {}, ...["hall.paper.who", "hall.paper.time", "hall.paper.what", "hall.paper.is"].map((code) => el("th", { text: say(code) })))), body);
  const sheet = newKey();
  const go = () => enter(body, problem, sheet);
  openSheet(say("hall.paper"), [
    el("p", { text: say("hall.paper.purpose") }), table, problem,
    el("div", { class: "row" }, button(say("hall.paper.more"), () => body.append(line(body)), "quiet"), button(say("hall.paper.go"), go, "good"),
      button(say("common.close"), closeSheet, "quiet")),
  ]);
  body.querySelector("input").focus();
}

function line(body) {
  const who = el("input", { "aria-label": say("hall.paper.who"), autocomplete: "off", autocapitalize: "characters", spellcheck: "false" });
  const time = el("input", { "aria-label": say("hall.paper.time"), size: "5", inputMode: "numeric", placeholder: "09:05" });
  const what = el("select", { "aria-label": say("hall.paper.what") }, el("option", { value: "in", text: say("hall.paper.in") }), el("option", { value: "out", text: say("hall.paper.out") }));
  const name = el("span", {});
  const made = el("tr", {}, el("td", {}, who), el("td", {}, time), el("td", {}, what), el("td", {}, name, el("span", { class: "problem", role: "alert" })));
  who.oninput = () => { name.textContent = find(who.value)?.name ?? ""; };
  time.onkeydown = (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (!made.nextSibling) body.append(line(body));
    made.nextSibling.querySelector("input").focus();
  };
  return made;
}

/** Who is meant: a number as it is, else whoever sits at that table. */
function find(text) {
  const wished = text.trim().toLowerCase();
  if (!wished) return null;
  const plain = (one) => one.table.toLowerCase().replace(/[\s-]/g, "");
  return roster().find((one) => one.student_id.toLowerCase() === wished) ?? roster().find((one) => plain(one) === wished.replace(/[\s-]/g, ""));
}

/** Lines pasted from elsewhere: `S0001 09:05`, with spaces, tabs, commas or semicolons between. */
function paste(event, body) {
  const lines = event.clipboardData.getData("text").split(/\r?\n/).map((text) => text.trim().split(/[\s,;]+/)).filter((cells) => cells.length >= 2);
  if (lines.length < 2) return;
  event.preventDefault();
  for (const [who, time] of lines) {
    const free = [...body.rows].find((row) => !row.querySelector("input").value) ?? body.appendChild(line(body));
    const fields = free.querySelectorAll("input");
    [fields[0].value, fields[1].value] = [who, time];
    fields[0].dispatchEvent(new Event("input"));
  }
}

async function enter(body, problem, sheet) {
  const filled = [...body.rows].filter((row) => row.querySelector("input").value.trim());
  const rows = filled.map(read);
  filled.forEach((row, index) => tell(row, rows[index].problem ?? ""));
  if (!rows.length || rows.some((row) => row.problem)) return void (problem.textContent = say("hall.paper.wrong"));
  problem.textContent = "";
  const path = `/sittings/${store.state.sitting.id}/halls/${encodeURIComponent(hall().hall)}/paper`;
  const refused = el("p", {});
  const data = await linked(refused, "POST", path, { rows, key: key(sheet, rows) }, say("hall.paper.done", { count: rows.length }));
  if (!data) problem.textContent = refused.textContent;
  return undefined;
}

/** The same lines sent twice from one sheet are entered once; on another sheet they are meant anew. */
const key = (sheet, rows) => `${sheet}-${hash(JSON.stringify(rows))}`;

function hash(text) {
  let sum = 0n;
  for (const letter of text) sum = (sum * 131n + BigInt(letter.codePointAt(0))) % 18446744073709551557n;
  return sum.toString(36);
}

function read(row) {
  const [who, time] = row.querySelectorAll("input");
  const one = find(who.value);
  if (!one) return { problem: say("hall.paper.nobody") };
  const at = atClock(time.value, store.state.sitting.starts_at, hall().time_zone);
  return at ? { student_id: one.student_id, at: at.toISOString(), status: row.querySelector("select").value } : { problem: say("hall.by_hand.no_time") };
}

const tell = (row, text) => { row.querySelector(".problem").textContent = text ? ` ${text}` : ""; };
