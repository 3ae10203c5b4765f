// The cells of a grid as people read them: words, days, moments in their zone, links.

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
  return Number.isNaN(at.getTime()) ? iso : parts(at, "UTC").day;
}

/** A moment in a zone: Mon 23 Nov 2026, 09:05. */
function moment(iso, zone = "UTC") {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const { day: date, clock } = parts(at, zone);
  return `${date}, ${clock}`;
}

function parts(at, timeZone) {
  const options = { timeZone, weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const found = Object.fromEntries(new Intl.DateTimeFormat("en-US", options).formatToParts(at).map((part) => [part.type, part.value]));
  return { day: `${found.weekday} ${found.day} ${found.month} ${found.year}`, clock: `${found.hour}:${found.minute}` };
}

/** A cell that leads somewhere. */
export function link(column, cell, zone) {
  const text = shown(column, cell, zone);
  if (!cell.data || !text) return text;
  const href = column.link.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(cell.data[name] ?? ""));
  return Object.assign(document.createElement("a"), { textContent: text, href });
}
