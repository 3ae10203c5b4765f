// Draws what was chosen: one thing at a time.

import { asking, askedCase, trouble } from "./choosing.js";
import { $, now, set } from "./now.js";
import { DRAWINGS } from "./pictures.js";
import { sound } from "./sound.js";
import { date, say } from "./speech.js";
import { drawNobody, drawVerdict, kindOf } from "./verdict.js";

const PICTURE_OLD_MS = 3000;
const NO_NUMBER = ["link", "pairing", "unpaired", "refused", "no_sitting", "elsewhere"];

export function draw() {
  const problem = trouble();
  const outcome = problem ? null : now.outcome;
  document.body.dataset.view = problem ? "trouble" : outcome ? "verdict" : (now.prompt?.code ?? "waiting");
  document.body.dataset.trouble = problem ?? "";
  document.body.dataset.usable = now.prompt?.usable ? "yes" : "no";
  if (now.screen) document.title = say("page.title", { hall: now.screen.hall_name });
  $("trouble").hidden = !problem;
  $("verdict").hidden = !outcome;
  $("asking").hidden = Boolean(problem || outcome);
  document.querySelector("footer").hidden = NO_NUMBER.includes(problem);
  $("picture").style.visibility = performance.now() - now.pictureAt > PICTURE_OLD_MS ? "hidden" : "visible";
  if (problem) drawTrouble(problem);
  if (outcome) drawVerdict(outcome);
  drawAsking(problem || outcome ? { text: "" } : asking());
  if (!outcome) drawNobody();
  sound(problem ? null : now.prompt, outcome && kindOf(outcome));
}

function drawAsking({ text, hint = "", drawing = "", dots = null }) {
  set($("say"), text);
  set($("hint"), hint);
  const sitting = now.state?.sitting;
  const values = { exam: sitting?.exam_code ?? "", hall: now.screen?.hall_name ?? "" };
  set($("where"), sitting && text ? say(now.state.direction === "out" ? "where.exit" : "where.sitting", values) : "");
  if ($("drawing").dataset.shows !== drawing) {
    $("drawing").dataset.shows = drawing;
    $("drawing").innerHTML = DRAWINGS[drawing] ?? "";
  }
  drawProgress(dots?.done ?? 0, dots?.total ?? 0);
}

function drawProgress(done, total) {
  const wanted = `${done}/${total}`;
  if ($("progress").dataset.shows === wanted) return;
  $("progress").dataset.shows = wanted;
  $("progress").replaceChildren(
    ...Array.from({ length: total }, (_, at) => Object.assign(document.createElement("li"), { className: at < done ? "done" : "" })),
  );
}

function drawTrouble(problem) {
  $("pairing").hidden = problem !== "unpaired" && problem !== "refused";
  $("code").hidden = problem !== "pairing";
  const asked = now.asked && ["opening", "camera", "webcam", "out_of_service"].includes(problem);
  set($("trouble-say"), say(asked ? "prompt.asked_unable" : `trouble.${problem}`));
  if (asked) return set($("trouble-do"), askedCase());
  const next = problem === "no_sitting" ? now.state?.next : null;
  set($("trouble-do"), next ? say("trouble.no_sitting.next", { exam: next.exam_code, date: date(next.opens_at) }) : say(`trouble.${problem}.do`));
}
