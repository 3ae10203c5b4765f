// What the page knows of the hall. Names stay in this tab: they outlive a reload, and go with the tab or the sign-out.

const KEPT = "nero-hall";
const listeners = [];
export const store = { state: null, place: null, me: null, waiting: new Map() };

export const onChange = (listener) => listeners.push(listener);

/** Take in an event of the stream; tell everybody which students changed (null: all). */
export function apply(name, data) {
  if (name === "snapshot") {
    store.state = data;
    return tell(null);
  }
  if (!store.state) return undefined;
  for (const part of ["halls", "roster", "reviews", "doors"]) Object.assign(store.state[part], data[part] ?? {});
  for (const key of data.gone ?? []) {
    const [part, ...rest] = key.split(":");
    delete store.state[part][rest.join(":")];
  }
  if (data.sitting) store.state.sitting = data.sitting;
  if (data.counts) store.state.counts = { ...store.state.counts, ...zeroed(data.counts) };
  const gone = (data.gone ?? []).some((key) => key.startsWith("roster:"));
  return tell(gone || data.halls || data.sitting ? null : Object.keys(data.roster ?? {}), data);
}

/** A change leaves out what is nothing. */
const zeroed = (counts) => ({ expected: 0, present: 0, late: 0, out: 0, absent: 0, waiting: 0, ...counts });

export function tell(students, change = {}) {
  for (const listener of listeners) listener(students, change);
}

export function keep() {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ place: store.place, at: Date.now(), state: store.state }));
  } catch {
    sessionStorage.removeItem(KEPT); // too large to keep: the page then needs the link after a reload
  }
}

export function restore() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  if (!kept?.state || kept.place !== store.place) return null;
  store.state = kept.state;
  return kept.at;
}

export const forget = () => sessionStorage.clear();

/** The open cases of this hall that need an answer, the oldest first; or those that are only listed. */
export function cases({ listed = false } = {}) {
  return Object.values(store.state.reviews)
    .filter((one) => one.state === "open" && one.listed === listed)
    .sort((a, b) => a.opened_at.localeCompare(b.opened_at) || a.id - b.id);
}

export const hall = () => Object.values(store.state.halls)[0];
export const roster = () => Object.values(store.state.roster);
export const mayDecide = () => store.me.role !== "auditor" && !hall().sealed_at && !["sealed", "cancelled"].includes(store.state.sitting.state);

/** How somebody stands for this page, and since when: what waits for the link counts as done when it was decided, and
 * a case is shown on the seat. */
export function shown(student, doubted = doubtedStudents()) {
  const waiting = store.waiting.get(student.student_id);
  if (waiting) return { ...waiting, waiting: true };
  if (["expected", "absent"].includes(student.status) && doubted.has(student.student_id)) return { status: "review" };
  return { status: student.status, at: student.at };
}

export function doubtedStudents() {
  return new Set(cases().map((one) => one.candidates.find(({ student_id }) => student_id !== one.like_other)?.student_id).filter(Boolean));
}

export const byTable = (a, b) =>
  a.table.localeCompare(b.table, undefined, { numeric: true }) || a.student_id.localeCompare(b.student_id);
