// Decisions on their way. Each is written down before it is sent and crossed out when the office has answered:
// a lost link, a reload, a closed tab lose none, and its key lets the office apply it once.
// It holds the line that the page shows for each, names too, until it is sent.

import { ask, Lost, whoAmI } from "./link.js";
import { newKey } from "./dom.js";
import { now } from "./times.js";

const LATE_MS = 4000;
const KNOWN_MS = 15000; // for want of its word
const listeners = [];
let entries = [];
let answered = []; // the office has them, and its own word of it has not come yet
let sending = false;
let again = false;

export const onOutbox = (listener) => listeners.push(listener);
/** What the page shows as on its way; what was taken back meanwhile is on its way too, and undone when it arrives. */
export const waiting = () => toSend().filter((entry) => !entry.dropped);
const toSend = () => entries.filter((entry) => !entry.problem);
export const unsent = () => toSend().length > 0;
/** What the page shows in advance of the office: what waits, and what was answered just now. */
export const ahead = () => [...answered, ...waiting()];
export const refused = () => entries.filter((entry) => entry.problem);

export async function openOutbox(user) {
  const kept = (await all()).filter((entry) => entry.user === user);
  entries = kept.map((entry) => ({ ...entry, tried: true })).sort((a, b) => a.number - b.number);
  tell();
}

/** Take a decision: `{ done, answer }` when the office has it, `{ queued }` while there is no link, `{ problem }` if refused. */
export async function decide(user, path, body, about) {
  const entry = { key: newKey(), number: Date.now(), user, path, body, about, made_at: now().toISOString() };
  entries.push(entry);
  await put(entry);
  tell();
  await flush();
  if (entry.answer) return { done: true, answer: entry.answer, entry };
  if (entry.problem) {
    const problem = entry.problem;
    await drop(entry); // it was said where it was typed
    return { problem };
  }
  return { queued: true, entry };
}

/** Send what waits, in order, until the link fails. */
export async function flush() {
  if (sending) {
    again = true;
    while (sending) await new Promise((resolve) => setTimeout(resolve, 20));
    return;
  }
  sending = true;
  try {
    do {
      again = false;
      for (const entry of toSend()) if (entries.includes(entry) && !(await send(entry))) return;
    } while (again);
  } finally {
    sending = false;
    tell();
  }
}

/** Cross an entry out. */
export async function drop(entry) {
  entries = entries.filter((one) => one !== entry);
  await erase(entry.key);
  tell();
}

/** Take back what waits. What was never tried, nobody will know of; the office may have had the rest: it is undone. */
export async function takeBack(entry) {
  if (!entry.tried) return drop(entry);
  entry.dropped = true;
  await put(entry);
  tell();
  return flush();
}

/**
 * The office has told of these students (null: of all): from now on they are shown as its `roster` says; but for a line
 * that is from before what it answered since, which its next word brings.
 */
export function told(students, roster) {
  const older = ({ answer, about }) => (roster[about.student]?.attempt_id ?? Infinity) < (answer.attempt ?? answer).id;
  answered = students === null ? [] : answered.filter((one) => !students.includes(one.about.student) || older(one));
}

/** Between the answer and the change on the stream a seat must not fall back. */
function lingers(entry) {
  answered.push(entry);
  setTimeout(() => {
    answered = answered.filter((one) => one !== entry);
    tell();
  }, KNOWN_MS);
}

/** Taken back while it was on its way: the undo goes after it. */
async function undo(entry) {
  const attempt = entry.answer.attempt ?? entry.answer;
  const back = { key: newKey(), number: Date.now(), user: entry.user, path: `/attempts/${attempt.id}/undo`, body: { reason: entry.about.slip }, about: { text: entry.about.text }, made_at: now().toISOString() };
  entries.push(back);
  await put(back);
  await drop(entry);
  again = true;
}

async function send(entry) {
  const late = now() - new Date(entry.made_at) > LATE_MS;
  const body = { ...entry.body, key: entry.key, ...(late ? { made_at: entry.made_at } : {}) };
  let answer;
  entry.tried = true;
  try {
    answer = await ask("POST", entry.path, body, { keepalive: true });
  } catch (error) {
    if (error instanceof Lost) return false;
    throw error;
  }
  if (answer.ok) {
    entry.answer = answer.data;
    if (entry.dropped) await undo(entry);
    else await drop(entry);
    return true;
  }
  if (answer.data.code === "csrf") {
    await whoAmI(); // signed in anew in another tab
    return false;
  }
  if (answer.status >= 500 || [401, 408, 429].includes(answer.status)) return false;
  if (entry.dropped) await drop(entry); // refused, and taken back: nothing is left of it
  else await put(Object.assign(entry, { problem: answer.data }));
  return true;
}

const tell = () => listeners.forEach((listener) => listener());

let opened = null;
function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("nero-hall", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("outbox", { keyPath: "key" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function run(mode, act) {
  const store = (await database()).transaction("outbox", mode).objectStore("outbox");
  return new Promise((resolve, reject) => {
    const request = act(store);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

const all = () => run("readonly", (store) => store.getAll());
const put = ({ answer, ...entry }) => run("readwrite", (store) => store.put(entry));
const erase = (key) => run("readwrite", (store) => store.delete(key));
