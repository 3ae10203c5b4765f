// The edits of a grid that are not saved yet, and what was bad about them when they were tried. Knows no page.

const EMPTY = { name: "", exam: "", date: "", time: "", hall: "", table: "", note: "" };
const CELLS = Object.keys(EMPTY);

export class Edits {
  constructor() {
    this.made = 0;
    this.clear();
  }

  clear() {
    this.edited = new Map(); // key → { row, cells, seen }
    this.names = new Map(); // student → { key, row, name, seen }: one name, in however many rows
    this.added = new Map(); // key → row
    this.removed = new Map(); // key → row
    this.problems = new Map(); // "key, field" → { key, field, code, message, now }
  }

  /** How many cells and rows wait to be saved. */
  get count() {
    const cells = [...this.edited.values()].reduce((sum, { cells }) => sum + Object.keys(cells).length, 0);
    return cells + this.names.size + this.added.size + this.removed.size;
  }

  /** A cell was typed into. What it held at first is kept: typed back, it is no edit. */
  put(row, field, before, after) {
    this.problems.delete(`${row.key}, ${field}`);
    if (this.added.has(row.key)) return;
    if (field === "name") return this.putName(row, before, after);
    const edit = this.edited.get(row.key) ?? { row, cells: {}, seen: {} };
    edit.seen[field] ??= before;
    edit.cells[field] = after;
    if (after === edit.seen[field]) {
      delete edit.cells[field];
      delete edit.seen[field];
    }
    if (Object.keys(edit.cells).length) this.edited.set(row.key, edit);
    else this.edited.delete(row.key);
  }

  putName(row, before, name) {
    const edit = this.names.get(row.student_id) ?? { key: row.key, row, seen: before };
    if (name === edit.seen) this.names.delete(row.student_id);
    else this.names.set(row.student_id, { ...edit, name });
    if (name === edit.seen) row.name = name;
  }

  holds(row, field) {
    if (this.added.has(row.key)) return Boolean(row[field]);
    return field === "name" ? this.names.has(row.student_id) : field in (this.edited.get(row.key)?.cells ?? {});
  }

  /** Lay what is edited over a row as it came from the server. */
  lay(row) {
    Object.assign(row, this.edited.get(row.key)?.cells);
    const name = this.names.get(row.student_id);
    if (name) row.name = name.name;
  }

  add() {
    const key = `new${++this.made}`;
    const row = { key, student_id: "", ...EMPTY, status: null, sealed: false, entry_version: null };
    this.added = new Map([[key, row], ...this.added]);
    return row;
  }

  /** Mark a row to go, or not to go after all; a new one goes at once. */
  remove(row) {
    for (const where of [...this.problems.keys()]) if (where.startsWith(`${row.key}, `)) this.problems.delete(where);
    if (this.added.delete(row.key)) return;
    if (!this.removed.delete(row.key)) this.removed.set(row.key, { ...row });
  }

  /** What one save sends. */
  body() {
    const edits = new Map([...this.edited].map(([key, edit]) => [key, { ...edit, cells: { ...edit.cells }, seen: { ...edit.seen } }]));
    for (const { key, row, name, seen } of this.names.values()) {
      const edit = edits.get(key) ?? { row, cells: {}, seen: {} };
      edit.cells.name = name;
      edit.seen.name = seen;
      edits.set(key, edit);
    }
    return {
      edits: [...edits].map(([key, { row, cells, seen }]) => ({ key, ...versions(row), cells, seen })),
      add: [...this.added.values()].map((row) => ({ key: row.key, student_id: row.student_id, cells: filled(row) })),
      remove: [...this.removed.values()].map((row) => ({ key: row.key, ...versions(row) })),
    };
  }

  refused(problems, say) {
    this.problems = new Map(
      problems.map(({ where, code, message, values }) => {
        const [key, field] = split(where);
        const said = say(`cell.${code}`, values);
        return [where, { key, field, code, message: said === `cell.${code}` ? message : said, now: values?.now }];
      }),
    );
  }

  problem(key, field) {
    return this.problems.get(`${key}, ${field}`);
  }

  /** Of a cell that somebody else changed: mine shall stand, in the knowledge of theirs. */
  keepMine(key, field, now) {
    this.problems.delete(`${key}, ${field}`);
    const named = [...this.names.values()].find((name) => name.key === key);
    if (field === "name" && named) named.seen = now;
    else if (this.edited.has(key)) this.edited.get(key).seen[field] = now;
    else if (this.removed.has(key)) this.removed.get(key).anyway = true;
  }

  /** Theirs shall stand: the edit goes. */
  drop(key, field) {
    this.problems.delete(`${key}, ${field}`);
    this.removed.delete(key);
    const edit = this.edited.get(key);
    if (edit) delete edit.cells[field];
    if (edit && !Object.keys(edit.cells).length) this.edited.delete(key);
    for (const [student, name] of this.names) if (field === "name" && name.key === key) this.names.delete(student);
  }

  /** The row is gone: whatever was edited of it goes, too. */
  forget(key) {
    for (const [where, problem] of this.problems) if (problem.key === key) this.problems.delete(where);
    this.edited.delete(key);
    for (const [student, name] of this.names) if (name.key === key) this.names.delete(student);
  }

  /** The students whose rows hold edits. */
  touched() {
    const keys = [...this.edited.keys(), ...this.added.keys(), ...this.removed.keys(), ...[...this.names.values()].map((name) => name.key)];
    return [...new Set(keys.map((key) => this.name(key)))];
  }

  /** What a row is called in a list. */
  name(key) {
    const row = this.added.get(key) ?? this.edited.get(key)?.row ?? this.removed.get(key) ?? [...this.names.values()].find((one) => one.key === key)?.row;
    return row?.student_id || "+";
  }
}

function versions({ student_version, entry_version, anyway }) {
  return anyway ? {} : { student_version, entry_version };
}

function filled(row) {
  return Object.fromEntries(CELLS.filter((cell) => row[cell]).map((cell) => [cell, row[cell]]));
}

function split(where) {
  const at = where.lastIndexOf(", ");
  return [where.slice(0, at), where.slice(at + 2)];
}
