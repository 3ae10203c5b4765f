// What needs a person: one card per case, the oldest first, one key per answer.

import { $, el } from "./dom.js";
import { act, tellRefusal } from "./deeds.js";
import { ask } from "./link.js";
import { cases, hall, mayDecide, store } from "./store.js";
import { clockOf, now, span } from "./times.js";

export const RINGS_AFTER_S = 60;
const CLAIM_MS = 120000;
const STILL_MS = 400; // a list that has just moved takes no tap: it was meant for what was there
let words = null;
let say = null;
const cards = new Map();
let movedAt_ms = -STILL_MS;
let focused = { id: null, since_ms: 0 };

export function setUpCases(own) {
  words = own;
  say = own.say;
  addEventListener("keydown", onKey);
  $("needs").addEventListener("click", tooSoon, { capture: true });
}

/** The second click of a double click must not answer the case that moved up under the pointer, nor a second key. */
function tooSoon(event) {
  if (!event.target.closest(".buttons") || performance.now() - movedAt_ms >= STILL_MS) return;
  const meant = event.detail === 0 && event.target.closest(".case").dataset.id === focused.id && focused.since_ms < movedAt_ms;
  if (meant) return; // by key, at the case that had the focus before the list moved
  event.stopPropagation();
  event.preventDefault();
}

export function drawCases() {
  const open = cases();
  $("needs-title").textContent = say("hall.needs", { count: open.length });
  $("needs-none").hidden = open.length > 0;
  place($("cases"), open);
  const listed = cases({ listed: true });
  $("listed").hidden = listed.length === 0;
  $("listed").querySelector("summary").textContent = say("hall.listed", { count: listed.length });
  place($("listed").querySelector("ol"), listed);
  for (const [id, card] of cards) if (!store.state.reviews[id] || store.state.reviews[id].state !== "open") leave(id, card);
}

/** Seconds pass: how long each waits, and whether it rings. */
export function tick() {
  for (const [id, card] of cards) {
    const review = store.state.reviews[id];
    if (!review) continue;
    card.querySelector(".waits").textContent = span(review.opened_at);
    card.classList.toggle("ringing", rings(review));
  }
}

export const rings = (review) => !review.listed && now() - new Date(review.opened_at) > RINGS_AFTER_S * 1000;

function place(list, reviews) {
  reviews.forEach((review, index) => {
    let card = cards.get(String(review.id));
    const print = JSON.stringify([review, mayDecide()]);
    if (!card || (card.dataset.print !== print && !card.contains(document.activeElement))) {
      const fresh = draw(review);
      fresh.dataset.print = print;
      card?.replaceWith(fresh);
      card = fresh;
      cards.set(String(review.id), card);
    } else if (card.dataset.print !== print) {
      refresh(card, review);
      card.dataset.print = print;
    }
    if (list.children[index] !== card) {
      list.insertBefore(card, list.children[index] ?? null);
      if (index + 1 < list.children.length) movedAt_ms = performance.now();
    }
  });
}

function leave(id, card) {
  const focused = card.contains(document.activeElement);
  if (card.nextElementSibling) movedAt_ms = performance.now();
  card.remove();
  cards.delete(id);
  if (focused) $("cases").querySelector(".case")?.focus();
}

/** Something changed while somebody is at it: what is said of it is drawn anew, and what they typed stays. */
function refresh(card, review) {
  const theirs = hasIt(review);
  for (const [name, part] of Object.entries({ head: head(review, theirs), warning: warning(review), faces: faces(review) })) {
    const old = card.parts[name];
    if (old && part && old.isEqualNode(part)) continue;
    if (old && part) old.replaceWith(part);
    else if (old) old.remove();
    else if (part) card.parts.head.after(part);
    card.parts[name] = part;
  }
  card.setAttribute("aria-label", label(review));
  if (!card.given) return;
  const print = JSON.stringify(deeds(review));
  if (card.given.deeds === print) for (const button of card.querySelectorAll(".buttons button")) button.disabled = Boolean(theirs);
  else drawDeeds(card, review, theirs);
  if (review.reason_needed === "always") card.given.reason.hidden = false;
}

function draw(review) {
  const theirs = hasIt(review);
  const parts = { head: head(review, theirs), warning: warning(review), faces: faces(review) };
  const card = el("li", { class: review.listed ? "case listed" : "case", tabIndex: 0, "data-id": review.id, "aria-label": label(review) },
    parts.head, parts.warning, parts.faces);
  card.parts = parts;
  if (mayDecide()) card.append(answers(card, review, theirs));
  card.addEventListener("focusin", () => {
    if (focused.id !== card.dataset.id) focused = { id: card.dataset.id, since_ms: performance.now() };
    claim(review);
  });
  card.addEventListener("focusout", (event) => {
    if (card.contains(event.relatedTarget)) return;
    focused = { id: null, since_ms: 0 };
    release(review);
  });
  return card;
}

const title = (review) => say("hall.case", { number: review.case_number });
const label = (review) => `${title(review)}: ${why(review)}`;

function head(review, theirs) {
  return el("div", { class: "case-head" },
    el("strong", { text: title(review) }),
    el("span", { class: "waits", text: span(review.opened_at) }),
    el("span", { text: why(review) }),
    review.visits > 1 ? el("span", { text: say("hall.case.visits", { count: review.visits }) }) : null,
    el("span", { class: "claim", text: theirs ? say("hall.case.theirs", { name: theirs }) : "" }));
}

/** What the machine found; what is wrong with a number takes its place, but for what liveness found: that may be an attack. */
function why(review) {
  const named = review.candidates.find((one) => one.student_id === review.typed);
  const values = { number: review.typed ?? "", name: named?.name ?? "" };
  const number = review.typed ? say(`hall.number.${review.typed_says ?? "typed"}`, values) : "";
  if (review.typed_says && review.verdict !== "liveness_failed") return number;
  return [found(review), number].filter(Boolean).join(" · ");
}

/** Somebody may have typed a friend's number: whose face it is stands before anything can be answered. */
function warning(review) {
  const other = review.candidates.find((one) => one.student_id === review.like_other);
  if (!other) return null;
  const words = { name: other.name, number: other.student_id, time: sinceOf(other) };
  return el("p", { class: "warning", role: "note", text: `▲ ${say(`hall.like.${came(other)}`, words)}` });
}

const came = (one) => ({ present: "in", late: "in", out: "out" })[one.status] ?? "not_in";
const sinceOf = (one) => (one.since ? clockOf(hall().time_zone).time(one.since) : "");

function found(review) {
  const code = [`hall.why.${review.verdict}.${review.detail}`, `hall.why.${review.detail}`, `hall.why.${review.verdict}`].find(words.has);
  const place = { hall: review.belongs_hall ?? "", table: review.belongs_table ?? "" };
  return code ? say(code, place) : review.verdict;
}

function faces(review) {
  const base = `/api/v1/reviews/${review.id}`;
  const shown = [face(`${base}/crop`, say("hall.face.live"), say("hall.face.live"))];
  if (review.admission_score !== null && review.admission_score !== undefined) {
    const like = alike(review.admission_score, review.threshold);
    shown.push(face(`${base}/admission-crop`, say("hall.face.admission"), `${say("hall.face.admission")} · ${like}`));
  }
  for (const attempt of (review.visits_seen ?? []).filter((id) => id !== review.attempt_id)) {
    shown.push(face(`/api/v1/attempts/${attempt}/crop`, say("hall.face.again"), say("hall.face.again")));
  }
  for (const one of review.candidates) {
    const like = one.score === null ? "" : alike(one.score, review.threshold);
    const since = one.since ? say(`hall.face.${came(one)}`, { time: sinceOf(one) }) : "";
    const caption = el("span", {}, el("b", { text: one.name }), ` ${one.student_id}`, el("br"), [like, since].filter(Boolean).join(" · "));
    shown.push(face(`${base}/photos/${encodeURIComponent(one.student_id)}`, say("photo.of", { name: one.name }), caption));
  }
  return el("div", { class: "faces" }, shown);
}

function face(source, alt, caption) {
  const image = el("img", { src: source, alt, loading: "lazy", width: "112", height: "112" });
  image.onerror = () => image.replaceWith(el("span", { class: "no-face", text: say("hall.face.none") }));
  return el("figure", {}, image, el("figcaption", {}, caption));
}

/** A score in words, and the number for who knows it. */
export function alike(score, threshold) {
  const sure = threshold ?? 0.5;
  const code = score >= sure + 0.1 ? "very" : score >= sure ? "alike" : score >= sure - 0.12 ? "somewhat" : "hardly";
  return say(`hall.alike.${code}`, { score: score.toFixed(2) });
}

function hasIt(review) {
  const fresh = review.claimed_at && now() - new Date(review.claimed_at) < CLAIM_MS;
  return fresh && review.claimed_by !== `user:${store.me.id}` ? (review.claimed_name ?? say("hall.somebody")) : "";
}

/** Take the case to oneself while looking at it; that somebody else was first comes by the stream. */
async function claim(review) {
  if (!mayDecide() || review.listed || hasIt(review) || claim.last === review.id) return;
  claim.last = review.id;
  await ask("PUT", `/reviews/${review.id}/claim`).catch(() => null);
}

/** Look away without an answer: it is anybody's again. */
async function release(review) {
  if (claim.last !== review.id) return;
  claim.last = null;
  if (store.state.reviews[review.id]?.state === "open") await ask("DELETE", `/reviews/${review.id}/claim`).catch(() => null);
}

// the answers

function answers(card, review, theirs) {
  const seen = el("input", { type: "checkbox", id: `seen-${review.id}` });
  const typed = el("input", { id: `typed-${review.id}`, autocomplete: "off", autocapitalize: "characters", spellcheck: "false", size: "15", placeholder: say("hall.check.number") });
  typed.setAttribute("aria-label", say("hall.check.number"));
  const problem = el("p", { class: "problem", role: "alert" });
  const reason = reasons(review);
  const buttons = el("div", { class: "buttons" });
  card.given = { seen, typed, problem, reason, buttons, deeds: "" };
  drawDeeds(card, review, theirs);
  return el("div", { class: "answers" },
    el("div", { class: "checks" },
      el("label", { class: "tick" }, seen, el("span", { text: say("hall.check.id") })),
      typed, reason),
    problem, buttons);
}

/** What can be answered, for what is known now; a button that had the focus keeps it, and takes no tap meant for another. */
function drawDeeds(card, review, theirs) {
  const { given } = card;
  const key = given.buttons.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  if (given.deeds) focused.since_ms = movedAt_ms = performance.now();
  given.deeds = JSON.stringify(deeds(review));
  given.buttons.replaceChildren(...deeds(review).map((deed, index) =>
    el("button", { type: "button", class: deed.kind, disabled: Boolean(theirs), "data-key": index + 1, onclick: () => answer(card, review, deed, given) },
      el("kbd", { text: index + 1 }), ` ${deed.text}`)));
  if (key) (given.buttons.querySelector(`[data-key="${key}"]`) ?? card).focus();
}

function reasons(review) {
  const list = ["looked", "glasses", "light", "camera"].map((code) => say(`hall.reason.${code}`));
  const pick = el("select", { class: "reason", hidden: review.reason_needed !== "always", "aria-label": say("hall.reason") },
    el("option", { value: "", text: say("hall.reason") }), list.map((text) => el("option", { value: text, text })));
  return pick;
}

function deeds(review) {
  const named = review.candidates.filter((one) => one.student_id !== review.like_other || came(one) === "not_in").slice(0, 3);
  const admit = named.map((one) => ({ action: "admit", who: one.student_id, name: one.name, kind: "good", text: say(review.verdict === "wrong_hall" ? "hall.do.admit_here" : "hall.do.admit", { name: one.name }) }));
  const other = { action: "admit", kind: "", text: say("hall.do.admit_other") };
  const best = named.find((one) => one.student_id !== review.like_other);
  const not = best && { action: "not_this_person", who: best.student_id, name: best.name, kind: "", text: say("hall.do.not_this", { name: best.name }) };
  const elsewhere = review.belongs_hall && review.belongs_hall !== review.hall ? review.belongs_hall : null;
  const halls = elsewhere ? [elsewhere] : store.state.sitting.halls.filter((one) => one !== review.hall);
  const send = halls.slice(0, 2).map((one) => ({ action: "send_to_hall", hall: one, kind: "", text: say("hall.do.send", { hall: one }) }));
  const stranger = { action: "not_a_candidate", kind: "", text: say("hall.do.stranger") };
  const dismiss = { action: "dismiss", kind: "", text: say("hall.do.dismiss") };
  return [...admit, other, not, ...send, stranger, dismiss].filter(Boolean);
}

async function answer(card, review, deed, given) {
  given.problem.textContent = "";
  const known = store.state.reviews[review.id] ?? review; // what was typed or seen since the buttons were drawn counts
  const body = { action: deed.action };
  if (deed.hall) body.hall = deed.hall;
  if (deed.who) body.student_id = deed.who;
  if (deed.action === "admit" && !checkAdmission(known, deed, given, body)) return;
  const about = { text: say(`hall.did.${deed.action}`, { number: review.case_number, name: deed.name ?? body.student_id ?? "", hall: deed.hall ?? "" }), student: body.action === "admit" ? body.student_id : undefined, shows: "present" };
  for (const button of card.querySelectorAll(".buttons button")) button.disabled = true;
  const done = await act(`/reviews/${review.id}/decision`, body, about, (text, problem) => refusedAnswer(card, given, text, problem));
  if (done && store.state.reviews[review.id]) {
    store.state.reviews[review.id].state = "settled"; // the stream says so too, when it comes
    drawCases();
  }
}

function refusedAnswer(card, given, text, problem) {
  for (const button of card.querySelectorAll(".buttons button")) button.disabled = false;
  if (problem.code === "reason_missing") given.reason.hidden = false;
  if (["settled", "claimed"].includes(problem.code)) tellRefusal(text);
  given.problem.textContent = text;
}

/** Against waving through: the number typed or the ID seen comes first, and a reason where the machine is overridden. */
function checkAdmission(review, deed, given, body) {
  const number = given.typed.value.trim();
  body.student_id = deed.who ?? number;
  if (!body.student_id) return want(given, "hall.check.type", given.typed);
  if (deed.who && number && number.toLowerCase() !== deed.who.toLowerCase()) return want(given, "hall.check.differs", given.typed);
  if (!number && !given.seen.checked) return want(given, "hall.check.first", given.seen);
  if (!deed.who && !given.seen.checked) return want(given, "hall.check.first", given.seen);
  body.checked = given.seen.checked ? "id" : "number";
  const stranger = !review.candidates.some((one) => one.student_id === body.student_id);
  const needed = review.reason_needed === "always" || (review.reason_needed === "others" && stranger);
  body.reason = given.reason.value;
  if (needed && !body.reason) {
    given.reason.hidden = false;
    return want(given, "hall.reason.first", given.reason);
  }
  return true;
}

function want(given, code, field) {
  given.problem.textContent = say(code);
  field.focus();
  return false;
}

/** The digits answer the case that has the focus, else the oldest; `i` ticks the ID, `n` goes to the number. */
function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || $("sheet").open) return;
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== "checkbox";
  const picked = event.target.tagName === "SELECT" && /^[1-9]$/.test(event.key); // no reason begins with a digit
  if (typing && !picked) return;
  const card = event.target.closest?.(".case") ?? document.querySelector("#cases .case");
  if (!card) return;
  const [seen, typed] = [card.querySelector("[id^=seen-]"), card.querySelector("[id^=typed-]")];
  if (event.key === "i" && seen) seen.click();
  else if (event.key === "n" && typed) typed.focus();
  else if (/^[1-9]$/.test(event.key)) card.querySelector(`.buttons [data-key="${event.key}"]`)?.click();
  else return;
  event.preventDefault();
}

