// The stream of what happens at this door: followed for ever, taken up again by itself.

import { onOutcome, onPrompt, onScreen } from "./heard.js";
import { $, api, now, pause } from "./now.js";
import { authorised, keepToken, tokenNow } from "./token.js";

const HERE_MS = 3000;
const SILENCE_MS = 8000; // the server says something each three seconds

export async function follow(draw) {
  let lastId = null;
  setInterval(sayHere, HERE_MS);
  for (;;) {
    if (!tokenNow()) {
      now.link = "unpaired";
      await typedToken();
    }
    try {
      lastId = await listen(lastId, draw);
    } catch (error) {
      if (error.refused) {
        now.link = "refused";
        await Promise.race([typedToken(), pause(5000)]); // it may be valid again by itself
      } else {
        now.link = now.link === "starting" ? "starting" : "lost";
      }
    }
    if (now.link === "ok") now.link = "lost";
    await pause(1000);
  }
}

// So that one token on two screens is noticed, wherever they are.
function sayHere() {
  if (now.link === "ok") fetch(`${api}/here`, { method: "POST", headers: authorised() }).catch(() => {});
}

function typedToken() {
  return new Promise((done) => {
    $("pairing").onsubmit = (event) => {
      event.preventDefault();
      const typed = $("token").value.trim();
      if (!typed) return $("token").focus();
      keepToken(typed);
      $("token").value = "";
      done();
    };
  });
}

async function listen(lastId, draw) {
  const stop = new AbortController();
  let heardAt = performance.now();
  const watch = setInterval(() => performance.now() - heardAt > SILENCE_MS && stop.abort(), 1000);
  try {
    const screen = await fetch(`${api}/screen`, { headers: authorised(), signal: stop.signal });
    if (screen.status === 401 || screen.status === 403) throw Object.assign(new Error(), { refused: true });
    if (!screen.ok) throw new Error(`screen: ${screen.status}`);
    onScreen(await screen.json());
    const headers = lastId ? { ...authorised(), "Last-Event-ID": lastId } : authorised();
    const answer = await fetch(`${api}/events`, { headers, signal: stop.signal });
    if (!answer.ok) throw new Error(`events: ${answer.status}`);
    now.link = "ok";
    now.promptAt = performance.now();
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return lastId;
      heardAt = performance.now();
      const parts = (text + value).split("\n\n");
      text = parts.pop();
      for (const part of parts) lastId = take(part, draw) ?? lastId;
    }
  } finally {
    clearInterval(watch);
    stop.abort();
  }
}

// A kiosk that the office moved is another hall's: its name and time zone are asked for.
async function onState(state) {
  now.state = state;
  if (state.hall === now.screen?.hall) return;
  const answer = await fetch(`${api}/screen`, { headers: authorised() }).catch(() => null);
  if (answer?.ok) onScreen(await answer.json());
}

function take(block, draw) {
  const field = {};
  for (const line of block.split("\n")) {
    const at = line.indexOf(": ");
    if (at > 0) field[line.slice(0, at)] = line.slice(at + 2);
  }
  if (!field.event) return field.id;
  const data = JSON.parse(field.data);
  if (field.event === "state") onState(data);
  if (field.event === "prompt") onPrompt(data);
  if (field.event === "outcome") onOutcome(data);
  now.link = field.event === "trouble" ? "lost" : "ok";
  draw();
  return field.id;
}
