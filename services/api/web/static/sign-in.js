// Signing in: name and password once, a one-time password changed on the way, then back to where one wanted to be.

import { LANGUAGES, loadWords, speak } from "./words.js";

const $ = (id) => document.getElementById(id);
const { say, has, language } = await loadWords();
document.title = say("signin.title");
let oldPassword = "";
let csrf = "";

for (const [code, name] of Object.entries(LANGUAGES)) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: name, className: "quiet" });
  if (code === language) button.setAttribute("aria-current", "true");
  button.onclick = () => speak(code);
  $("languages").append(button);
}

$("sign-in").onsubmit = async (event) => {
  event.preventDefault();
  oldPassword = $("password").value;
  const answer = await post("/api/v1/sign-in", { username: $("name").value, password: oldPassword, use: "cookie" });
  if (!answer.ok) return void ($("problem").textContent = await why(answer));
  const session = await answer.json();
  csrf = session.csrf_token;
  if (session.user.must_change_password) return askForNew();
  goOn();
};

$("change").onsubmit = async (event) => {
  event.preventDefault();
  if ($("new").value !== $("again").value) return void ($("change-problem").textContent = say("signin.change.differ"));
  const answer = await post("/api/v1/me/password", { old: oldPassword, new: $("new").value });
  if (!answer.ok) return void ($("change-problem").textContent = await why(answer));
  goOn();
};

function askForNew() {
  $("sign-in").hidden = true;
  $("change").hidden = false;
  $("new").focus();
}

function goOn() {
  const next = new URLSearchParams(location.search).get("next") ?? "";
  location.replace(/^\/(office|hall)(\/|$)/.test(next) ? next : "/office/");
}

async function post(path, body) {
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf };
  try {
    return await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  } catch {
    return { ok: false, json: async () => ({ code: "no_link" }) };
  }
}

async function why(answer) {
  const problem = await answer.json().catch(() => ({}));
  const code = `problem.${problem.code}`;
  return has(code) ? say(code, problem.values) : (problem.message ?? say("problem.unknown"));
}
