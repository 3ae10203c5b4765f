// Counts, doors in words, arrivals per minute, who is missing, who is out, and the search.

import { $, el, svg } from "./dom.js";
import { SHAPES } from "./seats.js";
import { byTable, doubtedStudents, hall, roster, shown, store } from "./store.js";
import { clockOf, minutesSince, now } from "./times.js";

const SHOWN_MIN = 60;
const LONG_OUT_MIN = 10;
const FOUND = 12;
let say = null;
let openPerson = null;

export function setUpOverview(own, onOpen) {
  say = own.say;
  openPerson = onOpen;
  const search = $("search");
  search.placeholder = say("hall.search");
  search.oninput = drawFound;
  search.onkeydown = (event) => {
    if (event.key === "Enter") $("found").querySelector("button")?.click();
    if (event.key === "Escape") clearSearch();
  };
}

export function drawHead() {
  const { sitting } = store.state;
  const place = hall();
  const clock = clockOf(place.time_zone);
  $("where").textContent = `${sitting.exam_code} · ${place.name}`;
  document.title = `${sitting.exam_code} · ${place.name}`;
  const closes = place.closed_at ? say("hall.closed", { time: clock.time(place.closed_at) }) : say("hall.closes", { time: clock.time(sitting.closes_at) });
  const grace = place.queue_grace_min ? say("hall.grace.is", { minutes: place.queue_grace_min }) : "";
  const times = `${clock.day(sitting.starts_at)}, ${clock.time(sitting.starts_at)}–${clock.time(sitting.ends_at)}`;
  $("times").textContent = [times, sitting.state === "cancelled" ? say("hall.cancelled") : closes, grace].filter(Boolean).join(" · ");
}

export function drawCounts() {
  const { counts } = store.state;
  const all = roster().length;
  const inside = counts.present + counts.late;
  const chips = [["in", say("hall.count.in", { count: inside, all }), "missing"]];
  for (const [name, list] of [["late", "missing"], ["out", "out"], ["absent", "missing"]]) {
    if (counts[name]) chips.push([name, say(`hall.count.${name}`, { count: counts[name] }), list]);
  }
  $("counts").replaceChildren(...chips.map(([name, text, list]) =>
    el("li", {}, el("button", { type: "button", class: `chip ${name}`, onclick: () => $(list).scrollIntoView() },
      SHAPES[name] ? el("span", { class: `shape ${name}`, "aria-hidden": "true", text: `${SHAPES[name]} ` }) : null, text))));
}

export function drawDoors() {
  const clock = clockOf(hall().time_zone);
  const doors = Object.values(store.state.doors);
  const list = doors.map((door) => el("li", { class: `door ${wellOf(door)}` },
    el("span", { class: "shape", "aria-hidden": "true", text: wellOf(door) === "good" ? "●" : "▲" }), ` ${wordsOf(door, clock)}`));
  $("doors").querySelector("ul").replaceChildren(...(list.length ? list : [el("li", { class: "nero-empty", text: say("hall.doors.none") })]));
}

const wellOf = (door) => (door.state !== "live" || door.trouble?.length ? "bad" : door.light ? "warn" : "good");

function wordsOf(door, clock) {
  const trouble = (door.trouble ?? []).map((one) => say(`hall.door.${one}`));
  return [stateOf(door, clock), ...trouble].join(" ");
}

function stateOf(door, clock) {
  const name = door.direction === "out" ? say("hall.door.out", { name: door.name }) : door.name;
  if (door.state === "live") return say(door.light ? `hall.door.${door.light}` : "hall.door.live", { name, fps: door.fps });
  const since = door.since ? say("hall.door.since", { time: clock.time(door.since) }) : "";
  return `${say(`hall.door.${door.state}`, { name })} ${since}`.trim();
}

export function drawArrivals() {
  const minute = (at) => Math.floor(new Date(at) / 60000);
  const arrived = roster().map((one) => ({ present: one.at, late: one.at, out: one.came_at })[one.status]).filter(Boolean);
  const last = Math.min(minute(now()), minute(store.state.sitting.ends_at));
  const counts = new Array(SHOWN_MIN).fill(0);
  for (const time of arrived) {
    const at = SHOWN_MIN - 1 - (last - minute(time));
    if (at >= 0 && at < SHOWN_MIN) counts[at] += 1;
  }
  const most = Math.max(4, ...counts);
  const bars = counts.map((count, index) => svg("rect", { x: index * 5 + 1, width: 4, y: 40 - (count / most) * 40, height: (count / most) * 40 }));
  const label = say("hall.arrivals.now", { count: counts.slice(-10).reduce((a, b) => a + b, 0), most: Math.max(...counts) });
  const chart = svg("svg", { viewBox: `0 0 ${SHOWN_MIN * 5} 41`, preserveAspectRatio: "none", role: "img", "aria-label": label }, svg("path", { d: `M0 40.5H${SHOWN_MIN * 5}`, class: "base" }), ...bars);
  $("arrivals").querySelector("div").replaceChildren(chart, el("p", { text: label }));
}

export function drawLists() {
  const doubted = doubtedStudents();
  const people = roster().sort(byTable);
  const standing = new Map(people.map((one) => [one, shown(one, doubted)]));
  const missing = people.filter((one) => ["expected", "absent", "review"].includes(standing.get(one).status));
  const out = people.filter((one) => standing.get(one).status === "out").sort((a, b) => (standing.get(a).at ?? "").localeCompare(standing.get(b).at ?? ""));
  $("missing-title").textContent = say("hall.missing", { count: missing.length });
  $("missing").querySelector("ul").replaceChildren(...lines(missing, "hall.missing.none", doubted));
  $("out-title").textContent = say("hall.out", { count: out.length });
  $("out").querySelector("ul").replaceChildren(...lines(out, "hall.out.none", doubted));
  drawFound();
}

function lines(people, none, doubted) {
  return people.length ? people.map((one) => el("li", {}, line(one, doubted))) : [el("li", { class: "none", text: say(none) })];
}

function line(one, doubted) {
  const { status, at } = shown(one, doubted);
  const gone = status === "out" && at ? minutesSince(at) : null;
  const extra = gone === null ? null : el("span", { class: gone >= LONG_OUT_MIN ? "long" : "", text: say("hall.out.for", { minutes: gone }) });
  return el("button", { type: "button", class: "line", onclick: () => openPerson(one.student_id) },
    el("span", { class: `shape ${status}`, "aria-hidden": "true", text: SHAPES[status] }),
    el("span", { class: "table", text: one.table || "–" }), el("span", { class: "name", text: one.name }),
    el("span", { class: "number", text: one.student_id }), extra, el("span", { class: "unseen", text: say(`status.${status}`) }));
}

function drawFound() {
  const text = $("search").value.trim().toLowerCase();
  $("found").hidden = !text;
  if (!text) return;
  const hit = (one) => [one.name, one.student_id, one.table].some((part) => part.toLowerCase().includes(text));
  const found = roster().filter(hit).sort(byTable).slice(0, FOUND);
  $("found").replaceChildren(...lines(found, "hall.search.none", doubtedStudents()));
}

export function clearSearch() {
  $("search").value = "";
  drawFound();
}
