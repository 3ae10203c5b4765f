// The tools in the head: door lane, paper sheet, grace for a line, handing over, the end of the exam, language, sign-out.

import { LANGUAGES, speak } from "../words.js";
import { $, closeSheet, el, openSheet } from "./dom.js";
import { problemText } from "./deeds.js";
import { openLane } from "./lane.js";
import { ask, Lost } from "./link.js";
import { waiting } from "./outbox.js";
import { openPaper } from "./paper.js";
import { button, linked } from "./person.js";
import { forget, hall, mayDecide, store } from "./store.js";
import { clockOf } from "./times.js";

const GRACES_MIN = [0, 5, 10, 15, 20, 30];
let words = null;
let say = null;

export function setUpTools(own) {
  words = own;
  say = own.say;
}

export function drawTools() {
  const { sitting } = store.state;
  const print = `${mayDecide()}`;
  if ($("tools").dataset.print === print) return;
  $("tools").dataset.print = print;
  const close = `/office/sittings/${sitting.id}/close?hall=${encodeURIComponent(hall().hall)}`;
  const deciding = mayDecide() ? [
    button(say("hall.lane"), () => openLane(), "good"),
    button(say("hall.paper"), openPaper),
    button(say("hall.grace"), openGrace),
    button(say("hall.handover"), openHandover),
  ] : [];
  $("tools").replaceChildren(...deciding, el("a", { class: "button", href: close, text: say("hall.end") }), button(say("hall.more"), openMore, "quiet"));
}

function openGrace() {
  const minutes = el("select", { id: "grace-minutes" }, GRACES_MIN.map((n) => el("option", { value: n, text: say("hall.grace.minutes", { minutes: n }), selected: n === hall().queue_grace_min })));
  const reason = el("input", { id: "grace-reason", maxLength: 500, value: say("hall.grace.line") });
  const problem = el("p", { class: "problem", role: "alert" });
  const path = `/sittings/${store.state.sitting.id}/halls/${encodeURIComponent(hall().hall)}`;
  const go = () => linked(problem, "PATCH", path, { queue_grace_min: Number(minutes.value), reason: reason.value }, say("common.saved"));
  openSheet(say("hall.grace"), [
    el("p", { text: say("hall.grace.purpose") }),
    el("div", { class: "row" }, el("label", { for: "grace-minutes", text: say("hall.grace.how_long") }), minutes),
    el("div", { class: "row" }, el("label", { for: "grace-reason", text: say("hall.reason") }), reason),
    problem, el("div", { class: "row" }, button(say("common.save"), go, "good"), button(say("common.cancel"), closeSheet, "quiet")),
  ]);
}

function openHandover() {
  const leaves = el("input", { type: "checkbox", checked: true, id: "handover-leaves" });
  const shown = el("div", { "aria-live": "polite" });
  const go = async () => {
    const path = `/sittings/${store.state.sitting.id}/halls/${encodeURIComponent(hall().hall)}/handover`;
    const answer = await reached(() => ask("POST", path, { leaves: leaves.checked }));
    if (!answer.ok) return shown.replaceChildren(el("p", { class: "problem", role: "alert", text: problemText(answer.data) }));
    const until = clockOf(hall().time_zone).time(answer.data.expires_at);
    return shown.replaceChildren(el("p", { class: "code", text: answer.data.code }), el("p", { text: say("hall.handover.how", { time: until }) }));
  };
  openSheet(say("hall.handover"), [
    el("p", { text: say("hall.handover.purpose") }),
    el("label", { class: "tick" }, leaves, el("span", { text: say("hall.handover.leaves") })),
    el("div", { class: "row" }, button(say("hall.handover.go"), go, "good"), button(say("common.close"), closeSheet, "quiet")), shown,
  ]);
}

/** The form in which a colleague types the code. */
export function takeForm(intro) {
  const code = el("input", { id: "take-code", required: true, autocomplete: "off", autocapitalize: "characters", spellcheck: "false", maxLength: 32 });
  const problem = el("p", { class: "problem", role: "alert" });
  const go = async (event) => {
    event.preventDefault();
    const answer = await reached(() => ask("POST", "/handovers/taken", { code: code.value }));
    if (!answer.ok) return void (problem.textContent = answer.status === 404 ? say("hall.take.wrong") : problemText(answer.data));
    location.assign(`/hall/${answer.data.sitting_id}/${encodeURIComponent(answer.data.hall)}`);
    return undefined;
  };
  return el("form", { onsubmit: go }, el("h2", { text: say("hall.take") }), el("p", { text: intro }),
    el("div", { class: "row" }, el("label", { for: "take-code", text: say("hall.take.code") }), code, el("button", { text: say("hall.take.go") })),
    problem, el("p", {}, el("a", { href: "/office/", text: say("page.refused.home") }), " · ", button(say("menu.sign_out"), signOut, "quiet")));
}

async function reached(doing) {
  try {
    return await doing();
  } catch (error) {
    if (error instanceof Lost) return { ok: false, status: 0, data: { code: "no_link" } };
    throw error;
  }
}

function openMore() {
  const sound = el("input", { type: "checkbox", checked: localStorage.getItem("nero-sound") === "on" });
  sound.onchange = () => localStorage.setItem("nero-sound", sound.checked ? "on" : "off");
  openSheet(say("hall.more"), [
    el("label", { class: "tick" }, sound, el("span", { text: say("hall.sound") })),
    el("p", { class: "row" }, ...Object.entries(LANGUAGES).map(([code, name]) => button(name, () => speak(code), code === words.language ? "current" : "quiet"))),
    el("h3", { text: say("hall.keys") }),
    el("dl", { class: "keys" }, ["1", "i", "n", "/", "d", "z"].flatMap((key) => [el("dt", {}, el("kbd", { text: key === "1" ? "1–9" : key })), el("dd", { text: say(`hall.keys.${key === "/" ? "slash" : key}`) })])),
    el("p", { text: say("hall.privacy") }),
    el("div", { class: "row" }, el("a", { class: "button", href: "/office/", text: say("page.refused.home") }), button(say("menu.sign_out"), signOut), button(say("common.close"), closeSheet, "quiet")),
  ]);
}

async function signOut() {
  const left = waiting().length;
  if (left && !confirm(say("hall.sign_out.waiting", { count: left }))) return;
  await reached(() => ask("POST", "/sign-out"));
  forget();
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
}
