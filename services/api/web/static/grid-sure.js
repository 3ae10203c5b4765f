// Asks before rows or edits of the master grid go for good, and says exactly what goes.

const NAMED_MOST = 8;

/** `removed` are the rows that one save takes away; gives whether to go on. */
export function sure(removed, say) {
  if (!removed.length) return true;
  const off = removed.filter((row) => row.entry_version !== null);
  const deleted = removed.filter((row) => row.entry_version === null);
  const said = [];
  if (off.length) said.push(say("attendance.sure.off", { count: off.length, who: some(off) }));
  if (deleted.length) said.push(say("attendance.sure.delete", { count: deleted.length, who: some(deleted) }));
  return asked(said, say("attendance.sure.go"), say("common.cancel"));
}

/** `names` are the rows whose edits were not saved; gives whether those may go. */
export function sureToDiscard(count, names, say) {
  const who = names.slice(0, NAMED_MOST).join(", ") + (names.length > NAMED_MOST ? " …" : "");
  return asked([say("attendance.sure.discard", { count, who })], say("attendance.sure.discard.go"), say("attendance.sure.discard.keep"));
}

function asked(said, go, keep) {
  const dialog = made("dialog", { className: "nero-sure" });
  dialog.setAttribute("role", "alertdialog");
  dialog.append(...said.map((textContent) => made("p", { textContent })));
  const form = made("form", { method: "dialog" });
  form.append(
    made("button", { value: "", textContent: keep, autofocus: true }),
    made("button", { value: "go", textContent: go, className: "bad" }),
  );
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((answered) => {
    dialog.onclose = () => {
      answered(dialog.returnValue === "go");
      dialog.remove();
    };
  });
}

function made(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}

function some(rows) {
  const named = rows.slice(0, NAMED_MOST).map((row) => `${row.student_id} ${row.name}${row.exam ? ` (${row.exam})` : ""}`);
  return named.join(", ") + (rows.length > named.length ? " …" : "");
}
