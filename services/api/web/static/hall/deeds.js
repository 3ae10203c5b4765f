// What the invigilator does: sent at once, and taken back within ten seconds with a tap or a key.

import { el, toast } from "./dom.js";
import { decide, takeBack } from "./outbox.js";
import { mayDecide, store } from "./store.js";
import { rowProblem } from "../words.js";

export const BACK_S = 10;
let words = null;
const back = [];

export function setUpDeeds(own) {
  words = own;
}

/** Do it and say so; true where it was done or waits, false where it was refused (and the refusal was said to `refuse`). */
export async function act(path, body, about, refuse = tellRefusal) {
  const told = await decide(store.me.id, path, body, { slip: words.say("hall.slip"), ...about });
  if (told.problem) {
    refuse(problemText(told.problem), told.problem);
    return false;
  }
  offerBack(about, told);
  return true;
}

/** Take the last tap back, as long as it is offered. */
export function takeLastBack() {
  back.at(-1)?.();
}

export function problemText(problem) {
  const code = `problem.${problem.code}`;
  return words.has(code) ? words.say(code, { where: problem.where ?? "", ...problem.values }) : (problem.message ?? words.say("problem.unknown"));
}

/** The refusal, and each wrong row or field of it. */
export const problemLines = (problem) => [problemText(problem), ...(problem.problems ?? []).map((one) => rowProblem(one, words))].join("\n");

export function tellRefusal(text) {
  const made = toast(text, el("button", { type: "button", class: "quiet", text: words.say("common.close"), onclick: () => made.remove() }));
  made.classList.add("bad");
}

export function sayDone(text) {
  const made = toast(text);
  setTimeout(() => made.remove(), BACK_S * 1000);
}

function offerBack(about, told) {
  const left = el("span", { class: "left", "aria-hidden": "true" });
  const take = async () => {
    end();
    if (told.queued && !told.entry.answer) return takeBack(told.entry);
    const attempt = (told.answer ?? told.entry.answer).attempt ?? told.answer ?? told.entry.answer;
    const undo = { reason: words.say("hall.slip") };
    await act(`/attempts/${attempt.id}/undo`, undo, { text: words.say("hall.taken_back", { what: about.text }), final: true });
    return undefined;
  };
  const button = el("button", { type: "button", onclick: take, text: words.say("hall.take_back") }, left);
  const made = toast(told.queued ? words.say("hall.waits", { what: about.text }) : about.text, about.final ? null : button);
  let seconds = BACK_S;
  const timer = setInterval(() => {
    left.textContent = ` ${seconds}`;
    if (seconds-- <= 0) end();
  }, 1000);
  function end() {
    clearInterval(timer);
    made.remove();
    if (back.includes(take)) back.splice(back.indexOf(take), 1);
  }
  if (!about.final && mayDecide()) back.push(take);
}
