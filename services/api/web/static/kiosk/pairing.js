// A screen that is no door's yet: it shows a short code, and has its token once the office has typed that code.

import { $, now, pause, set } from "./now.js";
import { keepToken, lastKiosk } from "./token.js";

const PAIRINGS = "/api/v1/kiosk-pairings";
const asked = new URLSearchParams(location.search);

export async function becomeADoor(draw) {
  const known = asked.has("new") ? null : lastKiosk();
  if (known) return goTo(known);
  for (;;) {
    const pairing = await newCode();
    now.link = pairing ? "pairing" : "lost";
    set($("code"), pairing ? spaced(pairing.code) : "");
    draw();
    const kiosk = pairing ? await confirmed(pairing.secret, draw) : await pause(3000);
    if (!kiosk) continue;
    keepToken(pairing.secret, kiosk);
    return goTo(kiosk);
  }
}

function goTo(kiosk) {
  const language = asked.has("lang") ? `?lang=${encodeURIComponent(asked.get("lang"))}` : "";
  location.replace(`/kiosk/${encodeURIComponent(kiosk)}${language}`);
}

const spaced = (code) => `${code.slice(0, 3)} ${code.slice(3)}`;

async function newCode() {
  const answer = await fetch(PAIRINGS, { method: "POST" }).catch(() => null);
  return answer?.ok ? answer.json() : null;
}

// Ask until the office has said which door this is; null when the code is over.
async function confirmed(secret, draw) {
  for (;;) {
    const answer = await fetch(`${PAIRINGS}/mine`, { headers: { "X-Pairing-Secret": secret } }).catch(() => null);
    if (answer?.status === 404) return null;
    const kiosk = answer?.ok ? (await answer.json()).kiosk_id : null;
    if (kiosk) return kiosk;
    now.link = answer?.ok ? "pairing" : "lost";
    draw();
    await pause(answer?.ok ? 500 : 2000);
  }
}
