// What the stream says, and what follows from it.
//
// An outcome belongs to one track. It is shown only while that track is the one being served, at most
// for its hold time, and not when nothing was heard of the track for five seconds.

import { $, now } from "./now.js";
import { say } from "./speech.js";
import { authorised } from "./token.js";

export const UNSEEN_MS = 5000;
const ASKED_MS = 20000;

export function onScreen(screen) {
  now.screen = screen;
  now.state = screen;
}

export function onPrompt(prompt) {
  const serving = prompt.boxes.find((box) => box.serving)?.track_id ?? prompt.track_id ?? null;
  if (now.outcome && now.outcome.track_id !== serving) dropOutcome();
  if (serving !== now.track) now.checking = null;
  followAsked(serving);
  now.prompt = prompt;
  now.track = serving;
  now.seenAt = now.promptAt = performance.now();
  if (prompt.code !== "done") now.met = serving;
  // "done" comes with the last action, before the verdict. A page that begins now has not met the person.
  const waits = ["checking", "done"].includes(prompt.code) && serving !== null && serving === now.met;
  if (waits && now.answered !== serving && now.checking === null) now.checking = { track: serving, since: performance.now() };
}

// What was typed concerns whoever is served then, or steps in next; a case's number, only until somebody does.
function followAsked(serving) {
  if (!now.asked) return;
  const another = now.asked.track !== null && serving !== now.asked.track;
  const taken = serving !== null && (now.answered === serving || now.asked.number !== null);
  if (another || taken) now.asked = null;
  else now.asked.track = serving;
}

export function onOutcome(outcome) {
  if (outcome.track_id.startsWith("number-")) return onNumbered(outcome);
  if (outcome.track_id !== now.track || performance.now() - now.seenAt > UNSEEN_MS) return;
  dropOutcome();
  now.outcome = outcome;
  now.outcomeAt = performance.now();
  now.answered = outcome.track_id;
  now.checking = null;
  now.asked = null;
  showPhoto(outcome);
}

export function onNumbered(outcome) {
  now.numbered = outcome;
  if (now.asked?.id === outcome.track_id) Object.assign(now.asked, { number: outcome.case_number, at: performance.now() });
}

// Forget what is over: an outcome past its time, somebody who went, a number that nobody came with.
export function forget() {
  const at = performance.now();
  const held = now.outcome && at - now.outcomeAt > now.outcome.hold_s * 1000;
  const unseen = at - now.seenAt > UNSEEN_MS;
  if (now.outcome && (held || unseen || now.link !== "ok")) dropOutcome();
  if (unseen) Object.assign(now, { track: null, prompt: null, checking: null });
  if (now.asked && at - now.asked.at > ASKED_MS) now.asked = null;
}

function dropOutcome() {
  now.outcome = null;
  const photo = $("photo");
  if (photo.src) URL.revokeObjectURL(photo.src);
  photo.removeAttribute("src");
  photo.hidden = true;
  photo.alt = "";
}

async function showPhoto(outcome) {
  if (!outcome.photo_url) return;
  const answer = await fetch(outcome.photo_url, { headers: authorised() }).catch(() => null);
  if (!answer?.ok) return;
  const picture = URL.createObjectURL(await answer.blob());
  if (now.outcome !== outcome) return URL.revokeObjectURL(picture); // they left meanwhile
  $("photo").src = picture;
  $("photo").alt = say("photo.of", { name: outcome.name ?? "" });
  $("photo").hidden = false;
}
