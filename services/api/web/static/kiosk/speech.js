// The screen's language: its words, its dates, and the switch on the waiting screen.

import { LANGUAGES, loadWords, speak } from "/static/words.js";
import { $, now, set } from "./now.js";

let words = { say: () => "", has: () => false, language: "en" };

export async function learnWords() {
  words = await loadWords();
  drawLanguages();
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
  $("languages").replaceChildren(
    ...Object.entries(LANGUAGES).map(([language, name]) => {
      const button = Object.assign(document.createElement("button"), { type: "button", lang: language });
      set(button, name);
      if (language === words.language) button.setAttribute("aria-current", "true");
      button.onclick = () => speak(language);
      return button;
    }),
  );
}
