// When somebody has waited for a minute: the page flashes and the tablet shakes. It sounds only before the exam begins.

import { rings } from "./cases.js";
import { cases, store } from "./store.js";
import { now } from "./times.js";

const AGAIN_S = 20;
let rang_ms = 0;
let heard = new Set();
let audio = null;

export function ring() {
  const ringing = cases().filter(rings);
  document.body.classList.toggle("ringing", ringing.length > 0);
  if (!ringing.length || Date.now() - rang_ms < AGAIN_S * 1000) return;
  rang_ms = Date.now();
  navigator.vibrate?.([200, 100, 200]);
  if (mayBeHeard()) beep();
}

/** A new case is heard too, once, as long as nobody writes. */
export function hear() {
  const open = new Set(cases().map((one) => one.id));
  const fresh = [...open].some((id) => !heard.has(id));
  if (fresh && mayBeHeard()) beep();
  heard = open;
}

const mayBeHeard = () => localStorage.getItem("nero-sound") === "on" && now() < new Date(store.state.sitting.starts_at);

function beep() {
  audio ??= new AudioContext();
  const [tone, loud] = [audio.createOscillator(), audio.createGain()];
  tone.frequency.value = 660;
  loud.gain.setValueAtTime(0.08, audio.currentTime);
  loud.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.25);
  tone.connect(loud).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.25);
}
