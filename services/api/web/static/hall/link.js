// The link to the office: requests as the signed-in user, and the stream of what happens in the hall.

import { learnClock } from "./times.js";

const SILENT_MS = 8000; // a beat comes every 3 s: after this the link is gone, whatever the browser believes
const RETRY_MS = 1000;
let csrf = sessionStorage.getItem("nero-csrf") ?? "";

export class Lost extends Error {}

/**
 * Ask the office: `{ ok, status, data }`; `data` is what went wrong where it is not ok. Throws `Lost` without a link.
 * `keepalive`: it goes out even if the page is left meanwhile (browsers take at most 64 KiB so).
 */
export async function ask(method, path, body, { keepalive = false } = {}) {
  const headers = { "X-CSRF-Token": csrf };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const sent = Date.now();
  let answer;
  try {
    const signal = AbortSignal.timeout(15000);
    answer = await fetch(`/api/v1${path}`, { method, headers, body: body && JSON.stringify(body), signal, keepalive });
  } catch {
    throw new Lost();
  }
  learnClock(answer, sent);
  const data = await answer.json().catch(() => ({}));
  return { ok: answer.ok, status: answer.status, data };
}

/** Who is signed in; null: nobody. Remembered for a reload without the link. */
export async function whoAmI() {
  try {
    const { ok, status, data } = await ask("GET", "/me");
    if (status === 401) return null;
    if (!ok) throw new Lost();
    csrf = data.csrf_token ?? "";
    sessionStorage.setItem("nero-csrf", csrf);
    sessionStorage.setItem("nero-me", JSON.stringify(data));
    return data;
  } catch (error) {
    const kept = sessionStorage.getItem("nero-me");
    if (kept) return JSON.parse(kept);
    throw error;
  }
}

/** Follow a stream of server-sent events until `stop()`; it comes back by itself and takes up where it was. */
export function follow(path, { onEvent, onUp, onDown, onRefused }) {
  let last = "";
  let current = null;
  let stopped = false;

  async function once() {
    const silence = new AbortController();
    current = silence;
    let timer = setTimeout(() => silence.abort(), SILENT_MS);
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENT_MS);
    };
    try {
      const headers = last ? { "Last-Event-ID": last } : {};
      const sent = Date.now();
      const answer = await fetch(`/api/v1${path}`, { headers, signal: silence.signal });
      learnClock(answer, sent);
      if ([401, 403, 404].includes(answer.status)) return onRefused(answer.status, await answer.json().catch(() => ({})));
      if (!answer.ok) return undefined;
      for await (const event of events(answer.body, alive, onUp)) {
        last = event.id ?? last;
        onEvent(event.name, JSON.parse(event.data));
      }
    } catch {
      // lost: said by onDown, and tried again
    } finally {
      clearTimeout(timer);
    }
    return undefined;
  }

  (async () => {
    while (!stopped) {
      await once();
      if (stopped) return;
      onDown();
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  })();
  addEventListener("offline", () => current?.abort());
  return () => {
    stopped = true;
    current?.abort();
  };
}

async function* events(body, alive, onUp) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    alive();
    onUp();
    text += value;
    const blocks = text.split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const event = parse(block);
      if (event) yield event;
    }
  }
}

function parse(block) {
  const fields = {};
  for (const line of block.split("\n")) {
    const at = line.indexOf(": ");
    if (at > 0) fields[line.slice(0, at)] = line.slice(at + 2);
  }
  return fields.event ? { name: fields.event, data: fields.data, id: fields.id } : null;
}
