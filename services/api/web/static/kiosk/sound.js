// Tones, for who turns them on here: a step done, checked in, something to read. Made by the browser, no files.

import { $ } from "./now.js";

const KEPT = "nero.sound";
const TONES = {
  ask: [[523, 0]],
  step: [[659, 0]],
  admitted: [[523, 0], [784, 0.16]],
  way: [[440, 0], [440, 0.22]],
  person: [[440, 0], [440, 0.22]],
};
const TONE_S = 0.14;

let audio = null;
let heard = { action: null, done: 0, outcome: null };

const on = () => localStorage.getItem(KEPT) === "on";

export function offerSound() {
  $("sound").onclick = () => {
    localStorage.setItem(KEPT, on() ? "off" : "on");
    drawSwitch();
    play("step");
  };
  drawSwitch();
}

function drawSwitch() {
  $("sound").setAttribute("aria-pressed", String(on()));
}

// Compare what is shown with what was heard last, and sound what is new.
export function sound(prompt, outcome) {
  const next = { action: prompt?.action ?? null, done: prompt?.done ?? 0, outcome };
  if (next.outcome && !heard.outcome) play(next.outcome);
  else if (next.done > heard.done) play("step");
  else if (next.action && next.action !== heard.action) play("ask");
  heard = next;
}

function play(name) {
  if (!on()) return;
  document.body.dataset.sounded = name;
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume().catch(() => {});
  for (const [pitch_hz, after_s] of TONES[name]) tone(pitch_hz, audio.currentTime + after_s);
}

function tone(pitch_hz, at_s) {
  const voice = new OscillatorNode(audio, { type: "sine", frequency: pitch_hz });
  const volume = new GainNode(audio, { gain: 0 });
  volume.gain.setValueAtTime(0, at_s);
  volume.gain.linearRampToValueAtTime(0.25, at_s + 0.02);
  volume.gain.linearRampToValueAtTime(0, at_s + TONE_S);
  voice.connect(volume).connect(audio.destination);
  voice.start(at_s);
  voice.stop(at_s + TONE_S);
}
