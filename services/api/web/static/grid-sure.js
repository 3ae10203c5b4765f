// Asks before rows of the master grid go for good, and says exactly what goes.

/** `removed` are the rows that one save takes away; gives whether to go on. */
export function sure(removed, say) {
  if (!removed.length) return true;
  const off = removed.filter((row) => row.entry_version !== null);
  const deleted = removed.filter((row) => row.entry_version === null);
  const dialog = made("dialog", { className: "nero-sure" });
  if (off.length) dialog.append(made("p", { textContent: say("attendance.sure.off", { count: off.length, who: some(off) }) }));
  if (deleted.length) dialog.append(made("p", { textContent: say("attendance.sure.delete", { count: deleted.length, who: some(deleted) }) }));
  const form = made("form", { method: "dialog" });
  form.append(
    made("button", { value: "", textContent: say("common.cancel"), autofocus: true }),
    made("button", { value: "go", textContent: say("attendance.sure.go"), className: "bad" }),
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
  const named = rows.slice(0, 8).map((row) => `${row.student_id} ${row.name}${row.exam ? ` (${row.exam})` : ""}`);
  return named.join(", ") + (rows.length > named.length ? " …" : "");
}
