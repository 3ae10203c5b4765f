// The words of a page, in its language: the one that was chosen, else the browser's first that there is, else English.

/** Every language that there is a catalogue of, by its code: what it calls itself. */
export const LANGUAGES = await (await fetch("/static/languages.json")).json();
const COOKIE = "nero_language";

export function language() {
  const chosen = document.cookie.split("; ").find((part) => part.startsWith(`${COOKIE}=`))?.split("=")[1];
  const asked = new URLSearchParams(location.search).get("lang");
  const wished = [asked, chosen, ...navigator.languages.map((one) => one.split("-")[0].toLowerCase())];
  return wished.find((one) => one in LANGUAGES) ?? document.documentElement.lang ?? "en";
}

export function speak(chosen) {
  document.cookie = `${COOKIE}=${chosen}; path=/; max-age=31536000; samesite=strict`;
  const here = new URL(location.href);
  here.searchParams.delete("lang"); // it would win over what was chosen just now
  history.replaceState(null, "", here);
  location.reload();
}

export async function loadWords(root = document, chosen = language()) {
  const [own, english] = await Promise.all([catalogue(chosen), chosen === "en" ? {} : catalogue("en")]);
  const words = { ...english, ...own };
  document.documentElement.lang = chosen;
  const say = (code, values = {}) => (words[code] ?? code).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  for (const element of root.querySelectorAll("[data-message]")) element.textContent = say(element.dataset.message);
  for (const element of root.querySelectorAll("[data-label]")) element.setAttribute("aria-label", say(element.dataset.label));
  const fits = (code, values = {}) => [...(words[code] ?? "{}").matchAll(/\{(\w*)\}/g)].every(([, name]) => name in values);
  return { say, has: (code) => code in words, fits, language: chosen };
}

/** Which row or field is wrong, and why; as a refusal names them one by one. The first sentence whose values are there is said. */
export function rowProblem({ where, code, message, values }, { say, has, fits }) {
  const said = ["cell", "closing.still", "problem", "invalid"].map((kind) => `${kind}.${code}`).find((one) => fits(one, values));
  const place = where === code ? "" : `${placeOf(where, say, has)}: `;
  return place + (said ? say(said, values) : message);
}

function placeOf(where, say, has) {
  const named = (name) => (has(`field.${name}`) ? say(`field.${name}`) : name);
  const found = /^\w+\.(\d+)(?:, |\.)(.+)$/.exec(where);
  return found ? say("where.row", { row: Number(found[1]) + 1, field: named(found[2]) }) : named(where);
}

/** A day in the page's language, as nobody reads it wrong: Mon 23 Nov 2026. */
export function day(at, timeZone) {
  const options = { timeZone, weekday: "short", day: "numeric", month: "short", year: "numeric" };
  const parts = new Intl.DateTimeFormat(document.documentElement.lang || "en", options).formatToParts(at);
  const { weekday, day: number, month, year } = Object.fromEntries(parts.map((part) => [part.type, part.value]));
  return `${weekday} ${number} ${month} ${year}`;
}

async function catalogue(chosen) {
  return (await fetch(`/static/messages/${chosen}.json`)).json();
}
