// The totals above the master grid: how many stand how in what is filtered; a status is also a button that filters by it.

import { getJson } from "/static/api.js";

const STATUSES = ["expected", "present", "late", "out", "absent", "cancelled"];

export class Totals {
  constructor(rows, config) {
    Object.assign(this, { rows, config, counted: null });
  }

  get strip() {
    return document.getElementById(this.config.totals);
  }

  /** Ask for them while the grid is still being drawn. */
  ahead() {
    const query = String(this.rows.query(this.rows.firstFilters()));
    this.asked = { query, counted: this.fetch(query) };
    this.asked.counted.catch(() => {}); // told when they are shown
  }

  /** Count again; tells whether anything changed since the last time. */
  async count() {
    const query = String(this.rows.query());
    const { asked, counted: before } = this;
    this.asked = null;
    try {
      const counted = await (asked?.query === query ? asked.counted : this.fetch(query));
      if (query === String(this.rows.query())) this.show(counted);
    } catch {
      this.strip?.classList.add("stale");
    }
    return before !== null && JSON.stringify(before) !== JSON.stringify(this.counted);
  }

  fetch(query) {
    return getJson(`/api/v1/grid/totals?${query}`);
  }

  show(counted) {
    this.counted = counted;
    if (!this.strip) return;
    this.strip.classList.remove("stale");
    const shown = STATUSES.filter((status) => status !== "cancelled" || counted.cancelled);
    this.strip.replaceChildren(
      ...["students", "rows"].map((name) => this.part("span", name, this.rows.say(`attendance.total.${name}`), counted[name])),
      ...shown.map((status) => this.choice(status, counted[status])),
    );
  }

  choice(status, count) {
    const label = this.config.statuses[status];
    const part = this.part("button", status, label, count);
    part.type = "button";
    part.title = this.rows.say("attendance.total.show", { status: label });
    part.onclick = () => this.rows.filter("status", status);
    return part;
  }

  part(tag, name, label, count) {
    const part = Object.assign(document.createElement(tag), { className: `nero-total ${name}` });
    part.dataset.total = name;
    part.append(Object.assign(document.createElement("b"), { textContent: count.toLocaleString(this.config.language) }), ` ${label}`);
    return part;
  }
}
