// The verdict of whoever stands here. Not admitted is never red and never accuses.

import { $, set } from "./now.js";
import { BADGES } from "./pictures.js";
import { date, say, time } from "./speech.js";

const ADMITTED = ["present", "late", "already_in", "returned", "out"];
const ANOTHER_WAY = ["wrong_hall", "wrong_sitting", "too_early"];
let drawn = null;

export const kindOf = ({ verdict }) => (ADMITTED.includes(verdict) ? "admitted" : ANOTHER_WAY.includes(verdict) ? "way" : "person");

export function drawNobody() {
  if (drawn === null) return;
  drawn = null;
  for (const id of ["headline", "person", "advice", "badge", "facts"]) $(id).replaceChildren();
}

export function drawVerdict(outcome) {
  if (drawn === outcome) return;
  drawn = outcome;
  const kind = kindOf(outcome);
  $("verdict").dataset.kind = kind;
  $("badge").innerHTML = BADGES[outcome.verdict] ?? BADGES[kind];
  const hall = outcome.hall_name || outcome.hall || "";
  const at = outcome.at;
  const values = { hall, exam: outcome.exam_code ?? "", time: at ? time(at) : "", date: at ? date(at) : "", number: outcome.case_number };
  set($("headline"), kind === "person" ? say("verdict.see_invigilator") : say(`verdict.${outcome.verdict}`, values));
  set($("person"), kind === "person" ? (outcome.case_number ? say("verdict.case", values) : "") : (outcome.name ?? ""));
  set($("advice"), advice(outcome, kind, values));
  $("facts").replaceChildren(...facts(outcome, kind, hall).map(([code, value, chief]) => fact(say(code), value, chief)));
}

function facts(outcome, kind, hall) {
  const found = [];
  if (kind === "admitted" && outcome.verdict !== "out") {
    if (outcome.table) found.push(["fact.table", outcome.table, "chief"]);
    if (outcome.exam_code) found.push(["fact.exam", outcome.exam_code]);
    if (hall) found.push(["fact.hall", hall]);
  }
  if (outcome.verdict === "wrong_hall" && outcome.table) found.push(["fact.table", outcome.table], ["fact.exam", outcome.exam_code ?? ""]);
  return found;
}

function advice(outcome, kind, values) {
  if (outcome.verdict === "wrong_hall") return outcome.directions ?? "";
  if (outcome.verdict === "out") return outcome.at ? say("verdict.out.until", values) : "";
  if (kind === "way") return say(`verdict.${outcome.verdict}.advice`, values);
  if (kind === "admitted") return "";
  const own = outcome.verdict === "unknown" && outcome.by_number ? "" : say(`verdict.${outcome.verdict}.advice`); // not that way again
  return own || say("verdict.see_invigilator.advice");
}

function fact(label, value, chief) {
  const box = Object.assign(document.createElement("div"), { className: chief ?? "" });
  box.append(Object.assign(document.createElement("dt"), { textContent: label }), Object.assign(document.createElement("dd"), { textContent: value }));
  return box;
}
