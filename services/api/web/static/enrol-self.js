// A student enrols: consent or not, photos with what was found of them, handing in. Everything shown is the office's word.

import { $, asker, begin, pause, sayWho, tokenOf } from "/static/own.js";
import { CameraRefused, shots } from "/static/shots.js";

const LOOK_AGAIN_MS = 1000;
const token = tokenOf("nero.enrol");
const words = await begin("own.title");
const { say, has } = words;
const ask = asker(token, words);
const pictures = new Map(); // photo id -> address of the picture in this page
let page = null;
let shown = "";
let reading = false; // consent again, after having said no

const camera = shots({
  onHint: ({ code }) => {
    $("hint").textContent = say(code);
  },
  judge: async (jpeg) => {
    const form = new FormData();
    form.append("photo", jpeg, "still.jpg");
    const answer = await ask("POST", "/self/stills", { form });
    return answer.ok ? answer.body.finding : null;
  },
});

// ---------------------------------------------------------------- what is shown

function show(next) {
  page = next;
  sayWho(page, say);
  const step = reading && page.step === "by_number" ? "consent" : page.step;
  $("consent").hidden = step !== "consent";
  $("photos").hidden = step !== "photos";
  $("after").hidden = ["consent", "photos"].includes(step);
  showSteps(step);
  if (step === "consent") showText();
  if (step === "photos") showPhotos();
  else closeCamera();
  if (!$("after").hidden) showAfter(step);
  if (shown && shown !== step) document.querySelector("section:not([hidden]) h2")?.focus();
  shown = step;
}

function showSteps(step) {
  const order = ["consent", "photos", "submitted"];
  const at = step === "approved" || step === "refused" ? 3 : order.indexOf(step);
  $("steps").hidden = at < 0;
  for (const item of $("steps").children) {
    const place = order.indexOf(item.dataset.step);
    item.classList.toggle("done", place < at);
    if (place === at) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  }
}

function showText() {
  const code = `consent.text.v${page.text_version}`;
  const paragraphs = has(code) ? say(code).split("\n\n") : [say("own.consent.no_text", { version: page.text_version })];
  $("consent-text").replaceChildren(...paragraphs.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
  $("already").hidden = page.enrolment !== "enrolled";
  $("agree").disabled = !has(code); // nobody agrees to words that were not shown
}

function showPhotos() {
  const kept = new Map([...$("list").children].map((item) => [item.dataset.id, item]));
  $("list").replaceChildren(...page.photos.map((photo, at) => told(kept.get(photo.id) ?? item(photo), photo, at + 1)));
  $("submit").disabled = !page.can_submit;
  const full = page.photos.length >= page.max_photos;
  $("shoot").disabled = $("file").disabled = full;
  $("why-not").textContent = page.can_submit ? say("own.photos.ready") : whyNot();
}

function whyNot() {
  if (!page.photos.length) return say("own.photos.none");
  if (page.photos.some((photo) => photo.state === "pending")) return say("own.photos.checking");
  return say("own.photos.remove_refused");
}

function item(photo) {
  const one = document.createElement("li");
  one.dataset.id = photo.id;
  const picture = document.createElement("img");
  const box = document.createElement("div");
  const remove = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: say("own.photos.remove") });
  remove.onclick = () => act("DELETE", `/self/photos/${photo.id}`);
  box.append(document.createElement("p"), remove);
  one.append(picture, box);
  showPicture(picture, photo.id);
  return one;
}

function told(one, photo, number) {
  const words = one.querySelector("p");
  const refusal = photo.refusal ? say(`refusal.${photo.refusal}`) : "";
  const text = { pending: `… ${say("own.photo.pending")}`, good: `✓ ${say("own.photo.good")}`, refused: `✗ ${refusal}` }[photo.state];
  if (words.textContent !== text) words.textContent = text;
  words.className = photo.state;
  one.querySelector("img").alt = say("own.photo.alt", { number });
  one.querySelector("button").setAttribute("aria-label", say("own.photos.remove_one", { number }));
  return one;
}

async function showPicture(picture, id) {
  if (!pictures.has(id)) {
    const answer = await fetch(`/api/v1/self/photos/${id}`, { headers: { Authorization: `Bearer ${token}` } }).catch(() => null);
    if (!answer?.ok) return;
    pictures.set(id, URL.createObjectURL(await answer.blob()));
  }
  picture.src = pictures.get(id);
}

function showAfter(step) {
  $("after-title").textContent = say(`own.after.${step}`);
  $("after-text").textContent = say(`own.after.${step}.text`);
  $("after-next").textContent = say(`own.after.${step}.next`);
  $("withdraw").hidden = !page.can_withdraw;
  $("anew").hidden = step !== "by_number" || page.used;
}

// ---------------------------------------------------------------- what is done

async function act(method, path, options) {
  $("problem").textContent = "";
  const answer = await ask(method, path, options);
  if (answer.ok) show(answer.body);
  else await refused(answer);
  follow();
  return answer.ok;
}

async function refused(answer) {
  $("problem").textContent = answer.why;
  if (answer.code === "link_over") return over();
  if (["consent_first", "link_used", "text_changed"].includes(answer.code)) {
    const now = await ask("GET", "/self");
    if (now.ok) show(now.body);
  }
}

function over() {
  closeCamera();
  for (const id of ["consent", "photos", "after", "steps", "who"]) $(id).hidden = true;
}

async function send(files, source) {
  if (!files.length) return;
  const form = new FormData();
  for (const file of files) form.append("photo", file, file.name ?? "shot.jpg");
  form.append("source", source);
  $("why-not").textContent = say("own.photos.sending");
  if (!(await act("POST", "/self/photos", { form }))) showPhotos();
}

// While photos are being checked, look again and again; one look at a time.
let following = false;
async function follow() {
  if (following) return;
  following = true;
  while (page?.step === "photos" && page.photos.some((photo) => photo.state === "pending")) {
    await pause(LOOK_AGAIN_MS);
    const answer = await ask("GET", "/self");
    if (answer.ok) show(answer.body);
    else if (answer.code === "link_over") break;
  }
  following = false;
}

async function openCamera() {
  $("problem").textContent = "";
  $("camera").hidden = false;
  try {
    await camera.start($("video"), $("overlay"));
    $("shoot").hidden = false;
    $("camera-on").hidden = true;
    $("shoot").focus();
  } catch (error) {
    closeCamera();
    $("problem").textContent = say(error instanceof CameraRefused ? error.code : "camera.failed");
  }
}

function closeCamera() {
  camera.stop();
  $("camera").hidden = $("shoot").hidden = true;
  $("camera-on").hidden = false;
}

async function decline() {
  reading = false;
  await act("POST", "/self/decline");
}

async function withdraw() {
  $("sure").returnValue = "no";
  $("sure").showModal();
  await new Promise((closed) => ($("sure").onclose = closed));
  if ($("sure").returnValue === "yes") await decline();
}

$("agree").onclick = () => {
  reading = false;
  act("POST", "/self/consent", { json: { text_version: page.text_version } });
};
$("opt-out").onclick = () => (page.enrolment === "none" ? decline() : withdraw()); // asked again only where something goes
$("rather-number").onclick = () => (page.photos.length || page.enrolment !== "none" ? withdraw() : decline());
$("withdraw").onclick = withdraw;
$("anew").onclick = () => {
  reading = true;
  show(page);
};
$("camera-on").onclick = openCamera;
$("shoot").onclick = async () => {
  const picture = await camera.shot();
  if (picture) await send([picture], "webcam");
};
$("file").onchange = async () => {
  await send([...$("file").files], "upload");
  $("file").value = "";
};
$("submit").onclick = () => act("POST", "/self/submit");

if (token) await act("GET", "/self");
else $("problem").textContent = say("own.no_token");
