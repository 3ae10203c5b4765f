// Another way, always there: the student number, typed on keys as large as a thumb.

import { onNumbered } from "./heard.js";
import { $, api, now, set } from "./now.js";
import { say } from "./speech.js";
import { authorised } from "./token.js";

const IDLE_MS = 45000;
const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "letters", "0", "erase"];
const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ-._", "digits", "erase"];
const REFUSED = { 422: "number.unfit", 429: "number.too_many" };
let touched = 0;

export function offerKeypad(draw) {
  $("other-way").onclick = open;
  $("number-cancel").onclick = () => $("keypad").close();
  $("keypad").addEventListener("close", clear);
  $("keys").addEventListener("mousedown", (event) => event.preventDefault()); // who types on a keyboard, too, stays in the field
  $("keypad").addEventListener("input", () => (touched = performance.now()));
  $("keypad").querySelector("form").addEventListener("submit", (event) => send(event).then(draw));
  setInterval(closeWhenIdle, 1000);
}

function open() {
  touched = performance.now();
  drawKeys(DIGITS);
  clear();
  $("keypad").showModal();
  $("number").focus();
}

function clear() {
  $("number").value = "";
  $("unable").checked = false;
  set($("number-problem"), "");
}

function closeWhenIdle() {
  if ($("keypad").open && performance.now() - touched > IDLE_MS) $("keypad").close();
}

function drawKeys(keys) {
  $("keys").className = keys === LETTERS ? "letters" : "";
  $("keys").replaceChildren(...keys.map(keyButton));
}

function keyButton(key) {
  const named = { erase: "⌫", letters: say("number.letters"), digits: say("number.digits") };
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: named[key] ?? key });
  if (key === "erase") button.setAttribute("aria-label", say("number.erase"));
  if (key in named) button.classList.add("wide");
  button.onclick = () => press(key);
  return button;
}

function press(key) {
  touched = performance.now();
  if (key === "letters" || key === "digits") return changeKeys(key === "letters" ? LETTERS : DIGITS);
  const field = $("number");
  field.value = key === "erase" ? field.value.slice(0, -1) : (field.value + key).slice(0, field.maxLength);
  set($("number-problem"), "");
}

// The key that was pressed is gone: what had the focus on it goes on where it can type.
function changeKeys(keys) {
  drawKeys(keys);
  if (!$("keypad").contains(document.activeElement)) $("number").focus();
}

async function send(event) {
  event.preventDefault();
  const number = $("number").value.trim();
  const unable = $("unable").checked;
  if (!number) {
    $("number").focus();
    return set($("number-problem"), say("number.empty"));
  }
  now.numbered = null;
  const answer = await fetch(`${api}/number`, {
    method: "POST",
    headers: { ...authorised(), "Content-Type": "application/json" },
    body: JSON.stringify({ student_id: number, unable }),
  }).catch(() => null);
  if (!answer?.ok) return set($("number-problem"), say(REFUSED[answer?.status] ?? "number.failed"));
  const { track_id: id } = await answer.json();
  now.asked = { id, at: performance.now(), unable, track: now.track, number: null };
  if (now.numbered?.track_id === id) onNumbered(now.numbered); // its outcome was faster
  $("keypad").close();
}
