// Sends files from a page of imports: dropped, chosen or pasted, straight to the API, and says how far the sending is.

import { reason, upload } from "/static/api.js";
import { loadWords } from "/static/words.js";

const { say } = await loadWords();
const $ = (id) => document.getElementById(id);

// The form of a table: one file, or pasted cells; then on to its preview.
export function tableForm() {
  const form = $("import-form");
  if (form === null || form.dataset.ready) return;
  form.dataset.ready = "yes";
  const waiting = sessionStorage.getItem("nero.paste");
  if (waiting) {
    sessionStorage.removeItem("nero.paste");
    $("import-paste").value = waiting;
    $("import-paste").focus();
  }
  dropZone($("import-drop"), $("import-file"), (files) => preview(files[0], files[0].name));
  form.onsubmit = (event) => {
    event.preventDefault();
    const text = $("import-paste").value;
    if (text.trim() === "") return tell(say("imports.paste.empty"));
    preview(new Blob([text], { type: "text/tab-separated-values" }), "", text);
  };
  $("import-example").onclick = putInAnExample;
  for (const choice of form.querySelectorAll("[name=kind]")) choice.onchange = showKind;
  showKind();
  for (const button of form.querySelectorAll("button")) button.disabled = false; // rendered so: pressed before, they would do nothing
}

function showKind() {
  const roster = kind() === "roster";
  for (const part of document.querySelectorAll("[data-only]")) part.hidden = (part.dataset.only === "roster") !== roster;
}

// A table to begin with, to be edited where it stands; what is typed already is not written over.
async function putInAnExample() {
  const box = $("import-paste");
  if (box.value.trim() !== "" && !confirm(say("imports.example.sure"))) return;
  const answer = await fetch(`/api/v1/imports/example?kind=${kind()}`).catch(() => null);
  if (!answer?.ok) return tell(say("problem.no_link"));
  box.value = await answer.text();
  box.focus();
}

const kind = () => document.querySelector("[name=kind]:checked").value;

async function preview(body, name, pasted = "") {
  const query = new URLSearchParams({ kind: kind(), file_name: name });
  for (const box of document.querySelectorAll("#import-form input[type=checkbox]")) {
    if (!box.closest("[hidden]")) query.set(box.name, box.checked);
  }
  if (kind() === "roster") query.set("sitting_id", $("import-sitting").value);
  else query.set("time_zone", $("import-zone").value);
  const answer = await send("POST", `/api/v1/imports?${query}`, body);
  if (answer === null) return;
  keepToCorrect(pasted);
  location.assign(`/office/import?preview=${answer.id}`);
}

// What was pasted waits in this tab, to be corrected when the preview finds a line wrong.
function keepToCorrect(text) {
  try {
    if (text) sessionStorage.setItem("nero.paste", text);
  } catch {
    // too large to keep: it is pasted again
  }
}

// The form of a bulk enrolment: an archive of photos and, beside it, a list of the students.
export function archiveForm() {
  const form = $("archive-form");
  if (form === null || form.dataset.ready) return;
  form.dataset.ready = "yes";
  dropZone($("archive-drop"), $("archive-file"), (files) => {
    $("archive-name").textContent = files[0].name;
    form.archive = files[0];
  });
  form.onsubmit = async (event) => {
    event.preventDefault();
    const archive = form.archive;
    if (!archive) return tell(say("bulk.no_file"));
    if ($("archive-basis").value === "") return tell(say("bulk.no_basis"));
    $("archive-go").disabled = true;
    await enrol(archive, $("archive-list").files[0]);
    $("archive-go").disabled = false;
  };
}

async function enrol(archive, list) {
  const asked = {
    basis: $("archive-basis").value,
    text_version: $("archive-version").value,
    file_name: archive.name,
    update: $("archive-update").checked,
  };
  const made = await send("POST", "/api/v1/enrolment-imports", JSON.stringify(asked), "application/json");
  if (made === null) return;
  const path = `/api/v1/enrolment-imports/${made.id}`;
  if (list && (await send("PUT", `${path}/students`, list)) === null) return;
  if ((await send("PUT", `${path}/archive`, archive)) === null) return;
  if ((await send("POST", `${path}/start`, "")) === null) return;
  location.assign(`/office/students/import?job=${made.id}`);
}

function dropZone(zone, input, take) {
  input.onchange = () => input.files.length && take(input.files);
  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) take(event.dataTransfer.files);
  });
}

/** Send something; gives the answer, or says what is wrong and gives null. */
async function send(method, path, body, type = "application/octet-stream") {
  tell("");
  try {
    return await upload(method, path, body, { type, onSent: show });
  } catch (problem) {
    tell(reason(problem, say));
    return null;
  } finally {
    show(null);
  }
}

function tell(text) {
  $("import-problem").textContent = text;
}

function show(share) {
  const bar = $("import-sending");
  bar.hidden = share === null;
  bar.value = share ?? 0;
}
