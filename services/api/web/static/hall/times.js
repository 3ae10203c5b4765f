// Times as the hall's clocks show them. The device's own clock may be wrong: the server's is what counts.

import { day } from "../words.js";

let ahead_ms = Number(sessionStorage.getItem("nero-clock") ?? 0);

/** Learn how far this device's clock is from the server's, from an answer's Date header (whole seconds). */
export function learnClock(answer, sent_ms) {
  const told = Date.parse(answer.headers.get("Date") ?? "");
  if (!told) return;
  const between = (sent_ms + Date.now()) / 2;
  const off = told + 500 - between;
  if (Math.abs(off - ahead_ms) > 1500) {
    ahead_ms = off;
    sessionStorage.setItem("nero-clock", String(off));
  }
}

export const now = () => new Date(Date.now() + ahead_ms);

export function clockOf(zone) {
  const short = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return { time: (at) => short.format(new Date(at)), day: (at) => day(new Date(at), zone) };
}

/** `1:07` of seconds; never below zero. */
export function span(since, until = now()) {
  const seconds = Math.max(0, Math.floor((until - new Date(since)) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export const minutesSince = (at) => Math.max(0, Math.floor((now() - new Date(at)) / 60000));

/** The moment at which the hall's clock shows `hh:mm`, on the day that it shows at `day`; null: no such time. */
export function atClock(text, day, zone) {
  const found = /^\s*(\d{1,2})[:.]?(\d{2})\s*$/.exec(text);
  if (!found || Number(found[1]) > 23 || Number(found[2]) > 59) return null;
  const [year, month, date] = numbers(new Date(day), zone);
  const wished = Date.UTC(year, month - 1, date, Number(found[1]), Number(found[2]));
  let at = wished;
  for (let turn = 0; turn < 2; turn += 1) at += wished - Date.UTC(...asUtc(numbers(new Date(at), zone)));
  return new Date(at);
}

function numbers(at, zone) {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", hourCycle: "h23",
  });
  const parts = Object.fromEntries(format.formatToParts(at).map((part) => [part.type, Number(part.value)]));
  return [parts.year, parts.month, parts.day, parts.hour, parts.minute];
}

const asUtc = ([year, month, ...rest]) => [year, month - 1, ...rest];
