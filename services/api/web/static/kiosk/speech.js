// The screen's language: its words, its dates, and the switch on the waiting screen.
//
// What is chosen while the screen is set up, or asked for by its address, is the screen's own language. What a
// student chooses is the student's: once nobody has stood here for half a minute the screen's own comes back.

import { language, LANGUAGES, loadWords, speak } from "/static/words.js";
import { $, now } from "./now.js";

const GONE_MS = 30000;
const own = language();
let words = { say: () => "", has: () => false, language: own };
let hereAt = 0;

export async function learnWords(chosen = own) {
  words = await loadWords(document, chosen);
  drawLanguages();
}

// Somebody is here who is served, has typed a number or types one.
export function forgetStudentsLanguage() {
  const at = performance.now();
  if (now.track !== null || now.asked || $("keypad").open) hereAt = at;
  if (words.language === own || at - hereAt < GONE_MS) return;
  hereAt = at; // tried again in a while, where the link is lost
  learnWords().catch(() => {});
}

function choose(chosen) {
  if (now.link !== "ok") return speak(chosen);
  hereAt = performance.now();
  learnWords(chosen).catch(() => {});
}

export const say = (code, values) => (words.has(code) ? words.say(code, values) : "");

const inHall = (options) =>
  new Intl.DateTimeFormat(words.language === "en" ? "en-GB" : words.language, {
    ...options,
    timeZone: now.screen?.time_zone || undefined,
  });
export const time = (at) => inHall({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(at));
export const date = (at) =>
  `${inHall({ weekday: "short", day: "numeric", month: "short", year: "numeric" }).format(new Date(at))}, ${time(at)}`;

function drawLanguages() {
  if (!$("languages").childElementCount) $("languages").append(...Object.entries(LANGUAGES).map(languageButton));
  for (const button of $("languages").children) button.setAttribute("aria-current", String(button.lang === words.language));
}

function languageButton([lang, name]) {
  const button = Object.assign(document.createElement("button"), { type: "button", lang, textContent: name });
  button.onclick = () => choose(lang);
  return button;
}
