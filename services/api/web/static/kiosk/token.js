// The door's token: kept by this browser, sent with every request, with an id of this very page beside it.

import { kiosk } from "./now.js";

const LAST = "nero.kiosk";
const kept = (id) => `${LAST}.${id}`;
const shown = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

let token = null;

export const tokenNow = () => token;

// The id tells the office when one token is used on two screens at once.
export const authorised = () => ({ Authorization: `Bearer ${token}`, "X-Screen": shown });
export const hello = () => JSON.stringify({ type: "hello", token });

export function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) keepToken(given);
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  token = localStorage.getItem(kept(kiosk));
}

export function keepToken(given, id = kiosk) {
  token = given;
  localStorage.setItem(kept(id), given);
  localStorage.setItem(LAST, id);
}

// The door that this browser showed last, if it still has its token.
export function lastKiosk() {
  const id = localStorage.getItem(LAST);
  return id && localStorage.getItem(kept(id)) ? id : null;
}
