// The door lane: whom the camera can't let in. A number, an ID, a seat.

import { closeSheet, el, openSheet } from "./dom.js";
import { act, problemText } from "./deeds.js";
import { ask, Lost } from "./link.js";
import { button, linked } from "./person.js";
import { hall, store } from "./store.js";

let say = null;

export function setUpLane(own) {
  say = own.say;
}

export function openLane(started = "") {
  const number = el("input", { id: "lane-number", required: true, autocomplete: "off", autocapitalize: "characters", spellcheck: "false", value: started });
  const result = el("div", { id: "lane-person", "aria-live": "polite" });
  const look = async (event) => {
    event?.preventDefault();
    const id = number.value.trim();
    if (id) result.replaceChildren(...(await person(id)));
    result.querySelector("input, button")?.focus();
  };
  const form = el("form", { class: "row", onsubmit: look },
    el("label", { for: "lane-number", text: say("number.label") }), number,
    el("button", { text: say("hall.lane.look") }),
    el("button", { type: "button", class: "quiet", text: say("common.close"), onclick: closeSheet }));
  openSheet(say("hall.lane"), [el("p", { text: say("hall.lane.purpose") }), form, result]);
  number.focus();
  if (started) look();
}

const base = () => `/sittings/${store.state.sitting.id}/halls/${encodeURIComponent(hall().hall)}`;

async function person(id) {
  const here = Object.values(store.state.roster).find((one) => one.student_id.toLowerCase() === id.toLowerCase());
  try {
    const { ok, status, data } = await ask("GET", `${base()}/people/${encodeURIComponent(here?.student_id ?? id)}`);
    if (ok) return known(data);
    if (status === 404) return unknown(id);
    return [el("p", { class: "problem", role: "alert", text: problemText(data) })];
  } catch (error) {
    if (!(error instanceof Lost)) throw error;
    if (here) return known({ ...here, belongs: "here", enrolment: here.enrolled ? "enrolled" : "none", spare: null });
    return [el("p", { text: say("hall.lane.alone") }), ...unknown(id)];
  }
}

function known(one) {
  const where = say(`hall.lane.${one.belongs}`, { hall: one.hall ?? "", table: one.table ?? "–", exam: one.exam_code ?? "" });
  const inside = one.belongs === "here" && ["present", "late"].includes(one.status);
  const face = one.by_number ? say("hall.person.by_number") : one.enrolment !== "enrolled" ? say("hall.person.not_enrolled") : "";
  return [
    el("p", {}, el("strong", { text: one.name }), ` · ${one.student_id}`),
    el("p", { text: inside ? say("hall.lane.in_already", { table: one.table }) : where }),
    face ? el("p", { class: "mark", text: face }) : null,
    ...(inside ? [] : admission(one.student_id, one.name, one.belongs, one.spare)),
    ...(one.by_number || one.enrolment === "enrolled" ? [] : enrolNow(one)),
  ].filter(Boolean);
}

function unknown(id) {
  const name = el("input", { id: "lane-name", maxLength: 200, autocomplete: "off" });
  const label = el("label", { for: "lane-name", text: say("hall.lane.name") });
  return [el("p", { text: say("hall.lane.unknown", { number: id }) }), el("div", { class: "row" }, label, name), ...admission(id, "", "nowhere", null, name)];
}

function admission(id, name, belongs, spare, nameField = null) {
  const seen = el("input", { type: "checkbox", id: "lane-seen" });
  const provisional = el("input", { type: "checkbox", checked: belongs === "nowhere", disabled: belongs === "nowhere" });
  const table = el("input", { size: "6", placeholder: spare ?? "", "aria-label": say("hall.lane.table") });
  const problem = el("p", { class: "problem", role: "alert" });
  const go = async () => {
    if (!seen.checked) return void (problem.textContent = say("hall.check.first"), seen.focus());
    const body = { student_id: id, checked: "id", provisional: provisional.checked };
    if (nameField?.value.trim()) body.name = nameField.value.trim();
    if (table.value.trim()) body.table = table.value.trim();
    const about = { text: say("hall.did.present", { name: body.name ?? (name || id) }), student: id, shows: "present" };
    if (await act(`${base()}/admissions`, body, about, (text) => { problem.textContent = text; })) closeSheet();
    return undefined;
  };
  const does = belongs === "here" ? "hall.do.admit_plain" : belongs === "nowhere" ? "hall.do.add" : "hall.do.admit_here_plain";
  return [
    el("div", { class: "row" },
      el("label", { class: "tick" }, seen, el("span", { text: say("hall.check.id") })),
      el("label", { class: "tick" }, provisional, el("span", { text: say("hall.lane.provisional") })),
      belongs === "here" ? null : el("label", {}, say("hall.lane.table"), " ", table)),
    el("div", { class: "row" }, button(say(does, { table: spare ?? "" }), go, "good")), problem,
  ];
}

/** The office enrols on the student's page; who watches a hall mails a link, or leaves a note where there is no address. */
function enrolNow(one) {
  if (["admin", "super_admin"].includes(store.me.role)) {
    return [el("p", {}, el("a", { href: `/office/students/${encodeURIComponent(one.student_id)}`, text: say("hall.person.enrol") }))];
  }
  const there = store.state.roster[one.student_id];
  if (!there) return [];
  if (one.enrol_by_mail) return mailLink(one);
  const problem = el("p", { class: "problem", role: "alert" });
  const path = `/sittings/${store.state.sitting.id}/students/${encodeURIComponent(one.student_id)}/note`;
  const text = [there.note, say("hall.lane.to_enrol")].filter(Boolean).join(" · ");
  const go = () => linked(problem, "PUT", path, { note: text, version: there.version }, say("common.saved"));
  return [el("div", { class: "row" }, button(say("hall.lane.note_to_enrol"), go, "quiet")), problem];
}

function mailLink(one) {
  const problem = el("p", { class: "problem", role: "alert" });
  const path = `${base()}/people/${encodeURIComponent(one.student_id)}/enrolment`;
  const go = () => linked(problem, "POST", path, {}, say("hall.lane.link_mailed", { name: one.name }));
  return [el("p", { text: say("hall.lane.mail_link.why") }), el("div", { class: "row" }, button(say("hall.lane.mail_link"), go, "quiet")), problem];
}
