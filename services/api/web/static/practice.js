// Practice: this browser is a kiosk for some minutes. The real check asks and decides; here it is only shown.

import { DRAWINGS } from "/static/kiosk/pictures.js";
import { sendPictures } from "/static/kiosk/webcam.js";
import { $, asker, begin as beginPage, pause, sayWho, tokenOf } from "/static/own.js";
import { CameraRefused, openCamera } from "/static/shots.js";

const KNOWN_AFTER_MS = 1500; // the timetable with this kiosk in it reaches capture within a second or two
const SILENCE_MS = 8000; // the server says something each three seconds
const token = tokenOf("nero.practice");
const words = await beginPage("practice.title");
const { say } = words;
const ask = asker(token, words);
let practice = null; // { kiosk_id, token, webcam, expires_at, over }
let camera = null;

function view(shown) {
  for (const id of ["before", "trying", "result"]) $(id).hidden = id !== shown;
}

async function start() {
  $("problem").textContent = "";
  try {
    camera = await openCamera();
  } catch (error) {
    $("problem").textContent = say(error instanceof CameraRefused ? error.code : "camera.failed");
    return;
  }
  const answer = await ask("POST", "/self/practice");
  if (!answer.ok) {
    letCameraGo();
    $("problem").textContent = answer.why;
    return;
  }
  practice = { ...answer.body, over: false };
  view("trying");
  show(say("practice.opening"));
  $("video").srcObject = camera;
  await $("video").play();
  $("stop").focus();
  send(practice);
  listen(practice);
}

function finish(title, text, result) {
  if (!practice || practice.over) return;
  practice.over = true;
  letCameraGo();
  ask("DELETE", "/self/practice");
  $("result").dataset.result = result;
  $("result-title").textContent = title;
  $("result-text").textContent = text;
  view("result");
  $("result-title").focus();
}

function letCameraGo() {
  camera?.getTracks().forEach((track) => track.stop());
  camera = null;
  $("video").srcObject = null;
}

// ---------------------------------------------------------------- pictures to capture, words from the stream

async function send(mine) {
  const greeting = JSON.stringify({ type: "hello", token: mine.token });
  while (!mine.over && camera) {
    await pause(KNOWN_AFTER_MS);
    if (!mine.over && camera) await sendPictures($("video"), camera.getVideoTracks()[0], mine.webcam, greeting);
  }
}

async function listen(mine) {
  while (!mine.over) {
    const over = Date.parse(mine.expires_at) < Date.now();
    if (over) return finish(say("practice.again.title"), say("practice.over"), "again");
    const ended = await follow(mine).catch(() => false);
    if (ended) return finish(say("practice.again.title"), say("practice.over"), "again");
    if (!mine.over) show(say("practice.lost"));
    await pause(1000);
  }
}

// Returns whether the practice is over; throws when the link is lost.
async function follow(mine) {
  const stop = new AbortController();
  let heardAt = performance.now();
  const watch = setInterval(() => (mine.over || performance.now() - heardAt > SILENCE_MS) && stop.abort(), 500);
  try {
    const headers = { Authorization: `Bearer ${token}` };
    const answer = await fetch("/api/v1/self/practice/events", { headers, signal: stop.signal });
    if ([401, 403, 409].includes(answer.status)) return true;
    if (!answer.ok) throw new Error(String(answer.status));
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return false;
      heardAt = performance.now();
      const parts = (text + value).split("\n\n");
      text = parts.pop();
      parts.forEach(hear);
    }
  } finally {
    clearInterval(watch);
    stop.abort();
  }
}

function hear(block) {
  const field = {};
  for (const line of block.split("\n")) {
    const at = line.indexOf(": ");
    if (at > 0) field[line.slice(0, at)] = line.slice(at + 2);
  }
  if (field.event === "prompt") onPrompt(JSON.parse(field.data));
  if (field.event === "practice_ended") onEnded(JSON.parse(field.data));
}

function onEnded({ result, code }) {
  if (result === "again") return finish(say("practice.again.title"), say("practice.again.text"), result);
  const text = code === "margin" ? say("practice.good.margin") : say(`practice.${result}.text`);
  finish(say(`practice.${result}`), text, result);
}

function onPrompt(prompt) {
  $("oval").classList.toggle("usable", prompt.usable);
  const hint = prompt.hint ? say(`hint.${prompt.hint}`) : "";
  const asked = prompt.code === "do" || (prompt.code === "try_again" && prompt.action);
  if (asked) return show(say(`prompt.do.${prompt.action}`), prompt.code === "try_again" ? say("prompt.try_again") : hint, prompt.action, prompt);
  if (prompt.code === "no_sitting") return show(say("practice.opening"));
  if (prompt.code === "out_of_service") return show(say("trouble.out_of_service"));
  if (prompt.code === "see_invigilator") return show(say("prompt.one_moment"));
  if (prompt.code === "position" && hint) return show(hint, "", "look");
  if (["waiting", "position"].includes(prompt.code)) return show(say("prompt.position"), "", "look");
  if (prompt.code === "done") return show(say("prompt.checking"), "", "", prompt);
  show(say(`prompt.${prompt.code}`), hint, "", prompt);
}

function show(text, hint = "", drawing = "", { done = 0, total = 0 } = {}) {
  if ($("say").textContent !== text) $("say").textContent = text;
  if ($("practice-hint").textContent !== hint) $("practice-hint").textContent = hint;
  $("dots").textContent = "●".repeat(done) + "○".repeat(Math.max(0, total - done));
  if ($("drawing").dataset.shows === drawing) return;
  $("drawing").dataset.shows = drawing;
  $("drawing").innerHTML = DRAWINGS[drawing] ?? "";
}

$("begin").onclick = $("again").onclick = start;
$("stop").onclick = () => {
  finish(say("practice.again.title"), say("practice.again.text"), "again");
  view("before");
};
addEventListener("pagehide", () => practice && !practice.over && fetch("/api/v1/self/practice", { method: "DELETE", keepalive: true, headers: { Authorization: `Bearer ${token}` } }));

const answer = token ? await ask("GET", "/self") : { ok: false, why: say("own.no_token") };
if (answer.ok) {
  sayWho(answer.body, say);
  view("before");
} else {
  $("problem").textContent = answer.why;
}
