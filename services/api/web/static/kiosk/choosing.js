// What to show of what is known: what is wrong, or the one thing that is asked.

import { now, OPENING_MS } from "./now.js";
import { say } from "./speech.js";

const SLOW_MS = 3000;
const TOO_SLOW_MS = 8000;
const LIVENESS_GONE_MS = 10000; // prompts are repeated each second or two

export function trouble() {
  if (now.link !== "ok") return now.link === "starting" ? null : now.link === "lost" ? "link" : now.link;
  if (!now.state) return null;
  if (now.prompt?.code === "out_of_service") return "out_of_service";
  if (!now.state.known || (!now.state.sitting && (!now.prompt || now.prompt.code === "no_sitting"))) return "no_sitting";
  if (now.state.source === "browser" && now.webcam) return now.webcam;
  const nobody = !now.prompt || now.prompt.code === "waiting";
  if (["lost", "frozen", "black"].includes(now.state.camera) && nobody) return noPicture();
  if (now.state.camera === "silent" && !now.prompt) return noPicture();
  if (performance.now() - now.promptAt > LIVENESS_GONE_MS) return "out_of_service";
  return null;
}

// A browser's own camera takes a moment when the page begins, and longer where the browser asks somebody first.
function noPicture() {
  const since = now.openingAt ?? performance.now();
  return now.state.source === "browser" && performance.now() - since < OPENING_MS ? "opening" : "camera";
}

export function asking() {
  const prompt = now.prompt;
  const waited = now.checking ? performance.now() - now.checking.since : 0;
  if (now.checking && waited > TOO_SLOW_MS) return { text: say("prompt.see_invigilator"), hint: say("prompt.slow") };
  if (now.checking && waited > SLOW_MS) return { text: say("prompt.one_moment") };
  if (now.asked?.unable || now.asked?.number) return { text: say("prompt.asked_unable"), hint: askedCase() };
  if (!now.state) return { text: say("prompt.starting") };
  if (!prompt || prompt.code === "waiting") return { text: say(now.asked ? "prompt.asked_number" : "prompt.waiting"), drawing: "look" };
  const hint = prompt.hint ? say(`hint.${prompt.hint}`) : "";
  if (prompt.code === "do") return { text: say(`prompt.do.${prompt.action}`), hint, drawing: prompt.action, dots: prompt };
  if (prompt.code === "checking" || (prompt.code === "done" && now.checking)) return { text: say("prompt.checking"), dots: prompt };
  if (prompt.code === "position") return hint ? { text: hint, drawing: "look" } : { text: say("prompt.position"), drawing: "look" };
  if (prompt.code === "try_again" && prompt.action)
    return { text: say(`prompt.do.${prompt.action}`), hint: say("prompt.try_again"), drawing: prompt.action, dots: prompt };
  const text = say(`prompt.${prompt.code}`);
  return { text, hint: hint === text ? "" : hint };
}

export const askedCase = () => (now.asked?.number ? say("verdict.case", { number: now.asked.number }) : "");
