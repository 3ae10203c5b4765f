// What a student's own pages have in common: the token of the mailed link, requests with it, the languages.

import { LANGUAGES, loadWords, speak } from "/static/words.js";

export const $ = (id) => document.getElementById(id);
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// The token stands after #, which no server sees; it is kept for this tab alone.
export function tokenOf(kept) {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) sessionStorage.setItem(kept, given);
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  return sessionStorage.getItem(kept) ?? "";
}

export async function begin(title) {
  const words = await loadWords();
  document.title = words.say(title);
  for (const [code, name] of Object.entries(LANGUAGES)) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: name, lang: code });
    if (code === words.language) button.setAttribute("aria-current", "true");
    button.onclick = () => speak(code);
    $("languages").append(button);
  }
  return words;
}

// Ask the office with the link's token: { ok, body } or { ok: false, why }, in words.
export function asker(token, { say, has }) {
  return async function ask(method, path, { json, form } = {}) {
    const headers = { Authorization: `Bearer ${token}`, ...(json ? { "Content-Type": "application/json" } : {}) };
    let answer;
    try {
      answer = await fetch(`/api/v1${path}`, { method, headers, body: json ? JSON.stringify(json) : form });
    } catch {
      return { ok: false, code: "no_link", why: say("problem.no_link") };
    }
    const body = await answer.json().catch(() => ({}));
    if (answer.ok) return { ok: true, body };
    const code = `problem.${body.code}`;
    return { ok: false, code: body.code, why: has(code) ? say(code, body.values) : (body.message ?? say("problem.unknown")) };
  };
}

export function sayWho(page, say) {
  $("who").replaceChildren(
    `${say("own.for")} ${page.name} `,
    Object.assign(document.createElement("span"), { className: "number", textContent: page.student_id }),
  );
  $("who").hidden = false;
}
