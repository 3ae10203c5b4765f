// The cells of a grid as people read them: words, days, moments in their zone, links.

import { day as dayOf } from "/static/words.js";

/** The text of a cell, as people read it. */
export function shown(column, { value, data }, zone) {
  if (value === null || value === undefined || value === "") return "";
  if (column.choices) return column.choices[value] ?? String(value);
  if (column.kind === "date") return day(value);
  if (column.kind === "time") return moment(value, data?.zone ?? zone);
  return String(value);
}

/** `2026-11-23` as Mon 23 Nov 2026. */
function day(iso) {
  const at = new Date(`${iso}T00:00:00Z`);
  return Number.isNaN(at.getTime()) ? iso : dayOf(at, "UTC");
}

/** A moment in a zone: Mon 23 Nov 2026, 09:05. */
function moment(iso, zone = "UTC") {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return `${dayOf(at, zone)}, ${clock.format(at)}`;
}

/** A cell that leads somewhere. */
export function link(column, cell, zone) {
  const text = shown(column, cell, zone);
  if (!cell.data || !text) return text;
  const href = column.link.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(cell.data[name] ?? ""));
  return Object.assign(document.createElement("a"), { textContent: text, href });
}
