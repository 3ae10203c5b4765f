// A tap on a seat: the person, the evidence, and what can be done.

import { closeSheet, el, openSheet } from "./dom.js";
import { act, problemLines, sayDone } from "./deeds.js";
import { ask, Lost } from "./link.js";
import { SHAPES } from "./seats.js";
import { hall, mayDecide, shown, store } from "./store.js";
import { atClock, clockOf, minutesSince } from "./times.js";

const OUT_REASONS = ["toilet", "unwell", "called"];
let say = null;

export function setUpPerson(own) {
  say = own.say;
}

export function openPerson(id) {
  const one = store.state.roster[id];
  if (!one) return;
  const { status, at } = shown(one);
  const parts = [facts(one, status, at), pictures(one)];
  if (mayDecide()) parts.push(attendance(one, status), seat(one), note(one));
  parts.push(el("div", { class: "row" }, el("button", { type: "button", class: "quiet", text: say("common.close"), onclick: closeSheet })));
  openSheet(one.name, parts);
}

function facts(one, status, at) {
  const clock = clockOf(hall().time_zone);
  const since = at ? say(status === "out" ? "hall.person.out" : "hall.person.since", { time: clock.time(at), minutes: minutesSince(at) }) : "";
  const marks = [
    one.provisional && say("hall.person.provisional"),
    one.by_number && say("hall.person.by_number"),
    !one.by_number && !one.enrolled && say("hall.person.not_enrolled"),
  ].filter(Boolean);
  return el("div", {},
    el("p", {}, `${one.student_id} · ${say("fact.table")} ${one.table || "–"}`),
    el("p", { class: `state ${status}` }, el("span", { "aria-hidden": "true", text: `${SHAPES[status]} ` }), `${say(`status.${status}`)} ${since}`),
    ...marks.map((text) => el("p", { class: "mark", text })),
    ["admin", "super_admin"].includes(store.me.role) && !one.enrolled
      ? el("p", {}, el("a", { href: `/office/students/${encodeURIComponent(one.student_id)}`, text: say("hall.person.enrol") })) : null);
}

function pictures(one) {
  const place = `/api/v1/sittings/${store.state.sitting.id}/halls/${encodeURIComponent(one.hall)}/people/${encodeURIComponent(one.student_id)}`;
  const shown_ = [picture(`${place}/photo`, say("photo.of", { name: one.name }))];
  if (one.attempt_id) shown_.push(picture(`/api/v1/attempts/${one.attempt_id}/crop`, say("hall.face.evidence")));
  return el("div", { class: "faces" }, shown_);
}

function picture(source, text) {
  const image = el("img", { src: source, alt: text, width: "112", height: "112" });
  const figure = el("figure", {}, image, el("figcaption", { text }));
  image.onerror = () => figure.remove();
  return figure;
}

function attendance(one, status) {
  const path = `/sittings/${store.state.sitting.id}/students/${encodeURIComponent(one.student_id)}/mark`;
  const problem = el("p", { class: "problem", role: "alert" });
  const refuse = (text) => { problem.textContent = text; };
  const mark = async (body, shows) => {
    const about = { text: say(`hall.did.${shows}`, { name: one.name }), student: one.student_id, shows };
    if (await act(path, body, about, refuse)) closeSheet();
  };
  const inside = ["present", "late"].includes(status);
  const made = el("div", { class: "row" });
  if (status === "out") made.append(button(say("hall.do.back"), () => mark({ status: "in", reason: say("hall.reason.back") }, "present"), "good"));
  if (inside) made.append(...OUT_REASONS.map((code) => button(say(`hall.do.out.${code}`), () => mark({ status: "out", reason: say(`hall.reason.${code}`) }, "out"))));
  if (!inside && status !== "out") made.append(...byHand(mark, refuse));
  if (inside || status === "out") made.append(button(say("hall.do.not_in"), () => takeBack(one, mark, problem), "bad"));
  return el("fieldset", {}, el("legend", { text: say("hall.attendance") }), made, problem);
}

/** Without the camera: now, or at the time on the clock then. The ID is seen first. */
function byHand(mark, refuse) {
  const seen = el("input", { type: "checkbox", id: "by-hand-seen" });
  const time = el("input", { size: "5", placeholder: "09:05", "aria-label": say("hall.by_hand.time"), inputMode: "numeric" });
  const go = () => {
    if (!seen.checked) return refuse(say("hall.check.first"));
    if (!time.value.trim()) return mark({ status: "in", checked: "id" }, "present");
    const at = atClock(time.value, store.state.sitting.starts_at, hall().time_zone);
    return at ? mark({ status: "in", checked: "id", at: at.toISOString() }, "present") : refuse(say("hall.by_hand.no_time"));
  };
  return [
    el("label", { class: "tick" }, seen, el("span", { text: say("hall.check.id") })),
    button(say("hall.do.in"), go, "good"),
    el("label", { class: "at" }, say("hall.by_hand.at"), " ", time),
  ];
}

function takeBack(one, mark, problem) {
  const reason = el("input", { "aria-label": say("hall.reason"), placeholder: say("hall.reason"), maxLength: 500 });
  const go = () => (reason.value.trim() ? mark({ status: "expected", reason: reason.value.trim() }, "expected") : reason.focus());
  problem.replaceChildren(el("span", { class: "row" }, reason, button(say("hall.do.not_in.sure", { name: one.name }), go, "bad")));
  reason.focus();
}

function seat(one) {
  const table = el("input", { size: "6", placeholder: "C-14", "aria-label": say("hall.seat.to"), autocapitalize: "characters" });
  const problem = el("p", { class: "problem", role: "alert" });
  const go = async () => {
    const there = Object.values(store.state.roster).find((other) => same(other.table, table.value) || same(other.student_id, table.value));
    if (there === one || !table.value.trim()) return table.focus();
    const wish = there ? { with: there.student_id } : { table: table.value.trim() };
    const sure = there ? say("hall.seat.swapped", { name: one.name, other: there.name }) : say("hall.seat.moved", { name: one.name, table: table.value.trim() });
    return linked(problem, "POST", `/sittings/${store.state.sitting.id}/halls/${encodeURIComponent(one.hall)}/seats`, { student_id: one.student_id, version: one.version, ...wish }, sure);
  };
  return el("fieldset", {}, el("legend", { text: say("hall.seat.change") }),
    el("div", { class: "row" }, el("label", {}, say("hall.seat.to"), " ", table), button(say("hall.seat.go"), go)), problem);
}

const same = (first, second) => first.trim().toLowerCase().replace(/[\s-]/g, "") === second.trim().toLowerCase().replace(/[\s-]/g, "") && second.trim() !== "";

function note(one) {
  const text = el("textarea", { rows: "2", maxLength: 500, "aria-label": say("hall.note"), value: one.note });
  const problem = el("p", { class: "problem", role: "alert" });
  const path = `/sittings/${store.state.sitting.id}/students/${encodeURIComponent(one.student_id)}/note`;
  const go = () => linked(problem, "PUT", path, { note: text.value, version: one.version }, say("common.saved"));
  return el("fieldset", {}, el("legend", { text: say("hall.note") }), text, el("div", { class: "row" }, button(say("common.save"), go)), problem);
}

/** What needs the link: done now, or said that it can't be; what was typed stays. */
export async function linked(problem, method, path, body, done) {
  try {
    const { ok, data } = await ask(method, path, body);
    if (!ok) {
      problem.textContent = problemLines(data);
      return null;
    }
    closeSheet();
    sayDone(done);
    return data;
  } catch (error) {
    if (!(error instanceof Lost)) throw error;
    problem.textContent = say("problem.no_link");
    return null;
  }
}

export const button = (text, onclick, kind = "") => el("button", { type: "button", class: kind, text, onclick });
