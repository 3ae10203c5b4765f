// The invigilator's page: what needs a person on top, the hall filling by itself, and all of it without the link for a while.

import { loadWords } from "./words.js";
import { hear, ring } from "./hall/alarm.js";
import { drawCases, setUpCases, tick } from "./hall/cases.js";
import { problemText, setUpDeeds, takeLastBack } from "./hall/deeds.js";
import { $, el } from "./hall/dom.js";
import { openLane, setUpLane } from "./hall/lane.js";
import { follow, Lost, whoAmI } from "./hall/link.js";
import { ahead, drop, flush, onOutbox, openOutbox, refused, told, unsent, waiting } from "./hall/outbox.js";
import { clearSearch, drawArrivals, drawCounts, drawDoors, drawHead, drawLists, setUpOverview } from "./hall/overview.js";
import { setUpPaper } from "./hall/paper.js";
import { openPerson, setUpPerson } from "./hall/person.js";
import { drawSeats, moved, redraw, redrawAll, setUpSeats } from "./hall/seats.js";
import { apply, forget, hall, keep, onChange, restore, store } from "./hall/store.js";
import { drawTools, setUpTools, takeForm } from "./hall/tools.js";
import { clockOf, now } from "./hall/times.js";

const LISTS_FOLLOW_MS = 250;
const words = await loadWords();
const { say } = words;
for (const field of document.querySelectorAll("[data-hint]")) field.placeholder = say(field.dataset.hint);
const [, , sittingId, hallId] = location.pathname.split("/");
let alone = null; // since when the link is lost
let stop = () => {};
let soon = null; // the lists' next drawing
let turns = 0;

for (const setUp of [setUpDeeds, setUpCases, setUpLane, setUpPaper, setUpPerson, setUpTools]) setUp(words);
setUpSeats(words, openPerson);
setUpOverview(words, openPerson);
onChange(draw);
onOutbox(drawOutbox);
addEventListener("keydown", onKey);
addEventListener("pagehide", keep);
setInterval(everySecond, 1000);
navigator.serviceWorker?.register("/hall/worker.js", { scope: "/hall/" }).catch(() => {}); // on plain HTTP there is none
await enter();

async function enter() {
  try {
    store.me = await whoAmI();
  } catch (error) {
    if (!(error instanceof Lost)) throw error;
    showEntrance(el("p", { text: say("problem.no_link") }));
    setTimeout(enter, 2000);
    return;
  }
  if (!store.me || store.me.must_change_password) return signIn();
  await openOutbox(store.me.id);
  if (!sittingId || !hallId) return showEntrance(takeForm(say("hall.take.purpose")));
  watch();
}

function watch() {
  store.place = `${store.me.id}/${sittingId}/${hallId}`;
  const kept = restore();
  if (kept) {
    alone = new Date(kept);
    draw(null);
  }
  stop = follow(`/sittings/${sittingId}/halls/${hallId}/live`, { onEvent: apply, onUp: up, onDown: down, onRefused: refusedEntry });
}

function refusedEntry(status, problem) {
  stop();
  if (status === 401) return signIn();
  forget();
  showEntrance(status === 403 && store.me.role === "invigilator" ? takeForm(problemText(problem)) : el("p", { text: problemText(problem) }));
  return undefined;
}

function signIn() {
  forget();
  location.replace(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
}

function showEntrance(content) {
  document.querySelector("main").hidden = true;
  $("entrance").hidden = false;
  $("entrance").replaceChildren(content);
}

// the link

function up() {
  if (alone) {
    alone = null;
    drawAlone();
  }
  if (unsent()) flush();
}

function down() {
  alone ??= now();
  drawAlone();
}

function drawAlone() {
  const band = $("alone");
  band.hidden = !alone;
  if (!alone || !store.state) return;
  const since = clockOf(hall().time_zone).time(alone);
  const left = waiting().length;
  band.textContent = [say("hall.alone", { time: since }), left ? say("hall.alone.waiting", { count: left }) : say("hall.alone.works")].join(" ");
}

function drawOutbox() {
  if (!store.state) return;
  showAhead();
  redrawAll();
  listsSoon();
  drawAlone();
  drawRefused();
}

function showAhead() {
  store.waiting = new Map(ahead().filter((one) => one.about.student && one.about.shows).map((one) => [one.about.student, { status: one.about.shows, at: one.body.at ?? one.made_at }]));
}

/** What the office refused when it came after all: shown until somebody has read it. */
function drawRefused() {
  const list = refused();
  $("refused").hidden = !list.length;
  $("refused").replaceChildren(el("h2", { text: say("hall.refused", { count: list.length }) }), ...list.map((one) =>
    el("p", { class: "row" },
      el("span", { text: `${clockOf(hall().time_zone).time(one.made_at)} · ${one.about.text}: ${problemText(one.problem)}` }),
      el("button", { type: "button", class: "quiet", text: say("hall.refused.read"), onclick: () => drop(one) }))));
}

// drawing

function draw(students, change = {}) {
  if (!store.state) return;
  $("entrance").hidden = true;
  document.querySelector("main").hidden = false;
  told(students, store.state.roster);
  showAhead();
  if (students === null || moved(students)) drawSeats();
  else if (change.reviews) redrawAll();
  else redraw(students);
  if (students === null || change.reviews) {
    drawCases();
    hear();
  }
  if (students === null || change.doors) drawDoors();
  drawHead();
  drawTools();
  drawCounts();
  if (students === null) drawBehind();
  else if (students.length) listsSoon();
  if (students === null) drawOutbox();
}

/** Seats light at once; the lists behind them follow, once for many. */
function listsSoon() {
  soon ??= setTimeout(() => {
    soon = null;
    drawBehind();
  }, LISTS_FOLLOW_MS);
}

function drawBehind() {
  drawLists();
  drawArrivals();
}

function everySecond() {
  if (!store.state) return;
  tick();
  ring();
  turns += 1;
  if (turns % 30 === 0) {
    drawBehind();
    keep();
  }
}

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || $("sheet").open || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  const does = { "/": () => $("search").focus(), d: () => openLane(), z: takeLastBack, Escape: clearSearch }[event.key];
  if (!does || !store.state) return;
  event.preventDefault();
  does();
}
