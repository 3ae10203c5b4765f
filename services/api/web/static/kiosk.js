// The kiosk's screen: one thing at a time. What is shown follows from what the stream says; nothing is kept.
//
// An outcome belongs to one track. It is shown only while that track is the one being served, at most
// for its hold time, and not when nothing was heard of the track for five seconds. A page that begins
// anew knows no track, so it shows nobody.

const SLOW_MS = 3000;
const TOO_SLOW_MS = 8000;
const UNSEEN_MS = 5000;
const SILENCE_MS = 8000; // the server says something each three seconds
const PICTURE_OLD_MS = 3000;
const LIVENESS_GONE_MS = 10000; // prompts are repeated each second or two
const ASKED_MS = 20000;
const KEYPAD_IDLE_MS = 45000;
const WEBCAM_WIDTH = 640;
const REPLACED = 4409; // capture's close code: the same door was opened on another screen

const kiosk = decodeURIComponent(location.pathname.split("/").filter(Boolean)[1] ?? "");
const api = `/api/v1/kiosks/${encodeURIComponent(kiosk)}`;
const $ = (id) => document.getElementById(id);

const now = {
  link: "starting", // starting, ok, lost, unpaired, refused
  state: null, // what the server says of camera and timetable
  screen: null,
  prompt: null,
  track: null, // the track being served
  seenAt: 0, // when the track was heard of last
  outcome: null,
  outcomeAt: 0,
  met: null, // the last track that was asked something
  answered: null, // the track whose outcome was shown
  promptAt: 0,
  checking: null, // { track, since }
  pictureAt: 0,
  webcam: "", // why the browser's own camera does not work: webcam, elsewhere
  asked: null, // { id, at, unable, track, number }: a student number was typed; `number` is of the case it became
  numbered: null, // the last outcome of a typed number that no face came with
};

// ---------------------------------------------------------------- words

let words = {};

async function loadWords() {
  const language = document.documentElement.lang || "en";
  const answer = await fetch(`/static/messages/${language}.json`);
  words = await answer.json();
  for (const element of document.querySelectorAll("[data-message]")) element.textContent = say(element.dataset.message);
  $("number").setAttribute("aria-label", say("number.label"));
}

function say(code, values = {}) {
  return (words[code] ?? "").replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

const inHall = (options) => new Intl.DateTimeFormat("en-GB", { ...options, timeZone: now.screen?.time_zone || undefined });
const time = (at) => inHall({ hour: "2-digit", minute: "2-digit" }).format(new Date(at));
const date = (at) =>
  `${inHall({ weekday: "short", day: "numeric", month: "short", year: "numeric" }).format(new Date(at))}, ${time(at)}`;

// ---------------------------------------------------------------- the token

const KEPT = `nero.kiosk.${kiosk}`;

function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) localStorage.setItem(KEPT, given);
  if (location.hash) history.replaceState(null, "", location.pathname);
  return localStorage.getItem(KEPT);
}

let token = null;
const authorised = () => ({ Authorization: `Bearer ${token}` });
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// ---------------------------------------------------------------- the stream

async function follow() {
  let lastId = null;
  for (;;) {
    if (!token) {
      now.link = "unpaired";
      await paired();
    }
    try {
      lastId = await listen(lastId);
    } catch (error) {
      if (error.refused) {
        now.link = "refused";
        await Promise.race([paired(), pause(5000)]); // it may be valid again by itself
      } else {
        now.link = now.link === "starting" ? "starting" : "lost";
      }
    }
    if (now.link === "ok") now.link = "lost";
    await pause(1000);
  }
}

function paired() {
  return new Promise((done) => {
    $("pairing").onsubmit = (event) => {
      event.preventDefault();
      token = $("token").value.trim();
      localStorage.setItem(KEPT, token);
      $("token").value = "";
      done();
    };
  });
}

async function listen(lastId) {
  const stop = new AbortController();
  let heardAt = performance.now();
  const watch = setInterval(() => performance.now() - heardAt > SILENCE_MS && stop.abort(), 1000);
  try {
    const screen = await fetch(`${api}/screen`, { headers: authorised(), signal: stop.signal });
    if (screen.status === 401 || screen.status === 403) throw Object.assign(new Error(), { refused: true });
    if (!screen.ok) throw new Error(`screen: ${screen.status}`);
    setScreen(await screen.json());
    const headers = lastId ? { ...authorised(), "Last-Event-ID": lastId } : authorised();
    const answer = await fetch(`${api}/events`, { headers, signal: stop.signal });
    if (!answer.ok) throw new Error(`events: ${answer.status}`);
    now.link = "ok";
    now.promptAt = performance.now();
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return lastId;
      heardAt = performance.now();
      const parts = (text + value).split("\n\n");
      text = parts.pop();
      for (const part of parts) lastId = take(part) ?? lastId;
    }
  } finally {
    clearInterval(watch);
    stop.abort();
  }
}

function take(block) {
  const field = {};
  for (const line of block.split("\n")) {
    const at = line.indexOf(": ");
    if (at > 0) field[line.slice(0, at)] = line.slice(at + 2);
  }
  if (!field.event) return field.id;
  const data = JSON.parse(field.data);
  if (field.event === "state") now.state = data;
  if (field.event === "prompt") onPrompt(data);
  if (field.event === "outcome") onOutcome(data);
  now.link = field.event === "trouble" ? "lost" : "ok";
  draw();
  return field.id;
}

function onPrompt(prompt) {
  const serving = prompt.boxes.find((box) => box.serving)?.track_id ?? prompt.track_id ?? null;
  if (now.outcome && now.outcome.track_id !== serving) dropOutcome();
  if (serving !== now.track) now.checking = null;
  followAsked(serving);
  now.prompt = prompt;
  now.track = serving;
  now.seenAt = now.promptAt = performance.now();
  if (prompt.code !== "done") now.met = serving;
  // "done" comes with the last action, before the verdict. A page that begins now has not met the person.
  const waits = ["checking", "done"].includes(prompt.code) && serving !== null && serving === now.met;
  if (waits && now.answered !== serving && now.checking === null) now.checking = { track: serving, since: performance.now() };
}

// What was typed concerns whoever is served then, or steps in next; a case's number, only until somebody does.
function followAsked(serving) {
  if (!now.asked) return;
  const another = now.asked.track !== null && serving !== now.asked.track;
  const taken = serving !== null && (now.answered === serving || now.asked.number !== null);
  if (another || taken) now.asked = null;
  else now.asked.track = serving;
}

function onNumbered(outcome) {
  now.numbered = outcome;
  if (now.asked?.id === outcome.track_id) Object.assign(now.asked, { number: outcome.case_number, at: performance.now() });
}

function onOutcome(outcome) {
  if (outcome.track_id.startsWith("number-")) return onNumbered(outcome);
  if (outcome.track_id !== now.track || performance.now() - now.seenAt > UNSEEN_MS) return;
  dropOutcome();
  now.outcome = outcome;
  now.outcomeAt = performance.now();
  now.answered = outcome.track_id;
  now.checking = null;
  now.asked = null;
  showPhoto(outcome);
}

function dropOutcome() {
  now.outcome = null;
  const photo = $("photo");
  if (photo.src) URL.revokeObjectURL(photo.src);
  photo.removeAttribute("src");
  photo.hidden = true;
  photo.alt = "";
}

async function showPhoto(outcome) {
  if (!outcome.photo_url) return;
  const answer = await fetch(outcome.photo_url, { headers: authorised() }).catch(() => null);
  if (!answer?.ok) return;
  const picture = URL.createObjectURL(await answer.blob());
  if (now.outcome !== outcome) return URL.revokeObjectURL(picture); // they left meanwhile
  $("photo").src = picture;
  $("photo").alt = say("photo.of", { name: outcome.name ?? "" });
  $("photo").hidden = false;
}

// ---------------------------------------------------------------- what to show

function tick() {
  const at = performance.now();
  const held = now.outcome && at - now.outcomeAt > now.outcome.hold_s * 1000;
  const unseen = at - now.seenAt > UNSEEN_MS;
  if (now.outcome && (held || unseen || now.link !== "ok")) dropOutcome();
  if (unseen) Object.assign(now, { track: null, prompt: null, checking: null });
  if (now.asked && at - now.asked.at > ASKED_MS) now.asked = null;
  draw();
}

function trouble() {
  if (now.link !== "ok") return now.link === "starting" ? null : now.link === "lost" ? "link" : now.link;
  if (!now.state) return null;
  if (now.prompt?.code === "out_of_service") return "out_of_service";
  if (!now.state.known || (!now.state.sitting && (!now.prompt || now.prompt.code === "no_sitting"))) return "no_sitting";
  if (now.state.source === "browser" && now.webcam) return now.webcam;
  const nobody = !now.prompt || now.prompt.code === "waiting";
  if (["lost", "frozen", "black"].includes(now.state.camera) && nobody) return "camera";
  if (now.state.camera === "silent" && !now.prompt) return "camera";
  if (performance.now() - now.promptAt > LIVENESS_GONE_MS) return "out_of_service";
  return null;
}

function asking() {
  const prompt = now.prompt;
  const waited = now.checking ? performance.now() - now.checking.since : 0;
  if (now.checking && waited > TOO_SLOW_MS) return { text: say("prompt.see_invigilator"), hint: say("prompt.slow") };
  if (now.checking && waited > SLOW_MS) return { text: say("prompt.one_moment") };
  if (now.asked?.unable || now.asked?.number) return { text: say("prompt.asked_unable"), hint: askedCase() };
  if (!now.state) return { text: say("prompt.starting") };
  if (!prompt || prompt.code === "waiting") return { text: say(now.asked ? "prompt.asked_number" : "prompt.waiting"), drawing: "look" };
  const hint = prompt.hint ? say(`hint.${prompt.hint}`) : "";
  if (prompt.code === "do") return { text: say(`prompt.do.${prompt.action}`), hint, drawing: prompt.action, dots: prompt };
  if (prompt.code === "checking" || (prompt.code === "done" && now.checking)) return { text: say("prompt.checking"), dots: prompt };
  if (prompt.code === "position") return hint ? { text: hint, drawing: "look" } : { text: say("prompt.position"), drawing: "look" };
  if (prompt.code === "try_again" && prompt.action)
    return { text: say(`prompt.do.${prompt.action}`), hint: say("prompt.try_again"), drawing: prompt.action, dots: prompt };
  const text = say(`prompt.${prompt.code}`);
  return { text, hint: hint === text ? "" : hint };
}

// ---------------------------------------------------------------- drawing it

const set = (element, text) => element.textContent !== text && (element.textContent = text);

function draw() {
  const problem = trouble();
  const outcome = problem ? null : now.outcome;
  document.body.dataset.view = problem ? "trouble" : outcome ? "verdict" : (now.prompt?.code ?? "waiting");
  document.body.dataset.usable = now.prompt?.usable ? "yes" : "no";
  $("trouble").hidden = !problem;
  $("verdict").hidden = !outcome;
  $("asking").hidden = Boolean(problem || outcome);
  document.querySelector("footer").hidden = ["link", "unpaired", "refused", "no_sitting", "elsewhere"].includes(problem);
  $("picture").style.visibility = performance.now() - now.pictureAt > PICTURE_OLD_MS ? "hidden" : "visible";
  if (problem) drawTrouble(problem);
  if (outcome) drawVerdict(outcome);
  drawAsking(problem || outcome ? { text: "" } : asking());
  if (!outcome) drawNobody();
}

function drawAsking({ text, hint = "", drawing = "", dots = null }) {
  set($("say"), text);
  set($("hint"), hint);
  const sitting = now.state?.sitting;
  const values = { exam: sitting?.exam_code ?? "", hall: now.screen?.hall_name ?? "" };
  set($("where"), sitting && text ? say(now.state.direction === "out" ? "where.exit" : "where.sitting", values) : "");
  if ($("drawing").dataset.shows !== drawing) {
    $("drawing").dataset.shows = drawing;
    $("drawing").innerHTML = DRAWINGS[drawing] ?? "";
  }
  const wanted = Array.from({ length: dots?.total ?? 0 }, (_, at) => (at < dots.done ? "done" : "")).join();
  if ($("progress").dataset.shows !== wanted) {
    $("progress").dataset.shows = wanted;
    $("progress").replaceChildren(
      ...Array.from({ length: dots?.total ?? 0 }, (_, at) => Object.assign(document.createElement("li"), { className: at < dots.done ? "done" : "" })),
    );
  }
}

const askedCase = () => (now.asked?.number ? say("verdict.case", { number: now.asked.number }) : "");

function drawTrouble(problem) {
  $("pairing").hidden = problem !== "unpaired" && problem !== "refused";
  const asked = now.asked && ["camera", "webcam", "out_of_service"].includes(problem);
  set($("trouble-say"), say(asked ? "prompt.asked_unable" : `trouble.${problem}`));
  if (asked) return set($("trouble-do"), askedCase());
  const next = problem === "no_sitting" ? now.state?.next : null;
  set($("trouble-do"), next ? say("trouble.no_sitting.next", { exam: next.exam_code, date: date(next.opens_at) }) : say(`trouble.${problem}.do`));
}

const ADMITTED = ["present", "late", "already_in", "returned", "out"];
const ANOTHER_WAY = ["wrong_hall", "wrong_sitting", "too_early"];
let drawn = null;

function drawNobody() {
  if (drawn === null) return;
  drawn = null;
  for (const id of ["headline", "person", "advice", "badge", "facts"]) $(id).replaceChildren();
}

function drawVerdict(outcome) {
  if (drawn === outcome) return;
  drawn = outcome;
  const kind = ADMITTED.includes(outcome.verdict) ? "admitted" : ANOTHER_WAY.includes(outcome.verdict) ? "way" : "person";
  $("verdict").dataset.kind = kind;
  $("badge").innerHTML = BADGES[outcome.verdict] ?? BADGES[kind];
  const hall = outcome.hall_name || outcome.hall || "";
  const at = outcome.at;
  const values = { hall, exam: outcome.exam_code ?? "", time: at ? time(at) : "", date: at ? date(at) : "", number: outcome.case_number };
  set($("headline"), kind === "person" ? say("verdict.see_invigilator") : say(`verdict.${outcome.verdict}`, values));
  set($("person"), kind === "person" ? (outcome.case_number ? say("verdict.case", values) : "") : (outcome.name ?? ""));
  set($("advice"), advice(outcome, kind, values));
  const facts = [];
  if (kind === "admitted" && outcome.verdict !== "out") {
    if (outcome.table) facts.push(["fact.table", outcome.table, "chief"]);
    if (outcome.exam_code) facts.push(["fact.exam", outcome.exam_code]);
    if (hall) facts.push(["fact.hall", hall]);
  }
  if (outcome.verdict === "wrong_hall" && outcome.table) facts.push(["fact.table", outcome.table], ["fact.exam", outcome.exam_code ?? ""]);
  $("facts").replaceChildren(...facts.map(([code, value, chief]) => fact(say(code), value, chief)));
}

function advice(outcome, kind, values) {
  if (outcome.verdict === "wrong_hall") return outcome.directions ?? "";
  if (outcome.verdict === "out") return outcome.at ? say("verdict.out.until", values) : "";
  if (kind === "way") return say(`verdict.${outcome.verdict}.advice`, values);
  if (kind === "admitted") return "";
  return say(`verdict.${outcome.verdict}.advice`) || say("verdict.see_invigilator.advice");
}

function fact(label, value, chief) {
  const box = Object.assign(document.createElement("div"), { className: chief ?? "" });
  box.append(Object.assign(document.createElement("dt"), { textContent: label }), Object.assign(document.createElement("dd"), { textContent: value }));
  return box;
}

const face = (inside) => `<svg viewBox="0 0 100 100"><ellipse class="ground" cx="50" cy="52" rx="30" ry="38"/>${inside}</svg>`;
const eyes = '<circle class="solid" cx="38" cy="46" r="3.5" stroke="none"/><circle class="solid" cx="62" cy="46" r="3.5" stroke="none"/>';
const mouth = '<path d="M40 70h20"/>';
const DRAWINGS = {
  look: face(`${eyes}${mouth}<path d="M50 52v8"/>`),
  blink: face(`<path class="shuts" d="M30 46q8-8 16 0q-8 8-16 0"/><path class="shuts" d="M54 46q8-8 16 0q-8 8-16 0"/>${mouth}`),
  // The picture is a mirror, so the person's left is the screen's left.
  turn_left: face(`<g class="moves leftward"><g transform="translate(-6 0)">${eyes}<path d="M46 52l-4 8h4"/>${mouth}</g></g><path d="M22 12q-14 8-14 24"/><path d="M2 30l6 8 8-6"/>`),
  turn_right: face(`<g class="moves"><g transform="translate(6 0)">${eyes}<path d="M54 52l4 8h-4"/>${mouth}</g></g><path d="M78 12q14 8 14 24"/><path d="M98 30l-6 8-8-6"/>`),
  mouth_open: face(`${eyes}<ellipse class="shuts" cx="50" cy="71" rx="9" ry="10"/>`),
  smile: face(`${eyes}<path d="M35 64q15 17 30 0"/>`),
};

const disc = (inside) => `<svg viewBox="0 0 100 100"><circle class="disc" cx="50" cy="50" r="46"/>${inside}</svg>`;
const BADGES = {
  admitted: disc('<path class="cut" d="M28 52l15 15 30-32"/>'),
  late: '<svg viewBox="0 0 100 100"><circle cx="50" cy="50" r="43"/><path class="half" stroke="none" d="M50 7a43 43 0 0 1 0 86z"/></svg>',
  out: disc('<path class="cut" d="M30 50h38M54 34l16 16-16 16"/>'),
  way: '<svg viewBox="0 0 100 100"><circle cx="50" cy="50" r="43"/><path d="M28 50h42M54 33l17 17-17 17"/></svg>',
  too_early: '<svg viewBox="0 0 100 100"><circle cx="50" cy="50" r="43"/><path d="M50 24v27l17 11"/></svg>',
  wrong_sitting: '<svg viewBox="0 0 100 100"><circle cx="50" cy="50" r="43"/><path d="M50 24v27l17 11"/></svg>',
  person: '<svg viewBox="0 0 100 100"><circle cx="50" cy="34" r="17"/><path d="M18 88q4-30 32-30t32 30"/></svg>',
};

// ---------------------------------------------------------------- the picture

async function showServerCamera() {
  for (;;) {
    if (token && now.state?.source === "server" && now.link === "ok") await relay().catch(() => {});
    await pause(1000);
  }
}

function relay() {
  return new Promise((over) => {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${api}/picture`);
    socket.onopen = () => socket.send(JSON.stringify({ type: "hello", token }));
    socket.onclose = socket.onerror = over;
    socket.onmessage = async ({ data }) => {
      if (typeof data === "string") return;
      const picture = await createImageBitmap(data).catch(() => null);
      if (!picture) return;
      const canvas = $("picture");
      if (canvas.width !== picture.width || canvas.height !== picture.height) Object.assign(canvas, { width: picture.width, height: picture.height });
      canvas.getContext("2d").drawImage(picture, 0, 0);
      picture.close();
      now.pictureAt = performance.now();
    };
  });
}

async function showWebcam() {
  while (now.webcam !== "elsewhere") {
    if (token && now.state?.source === "browser" && now.screen) {
      try {
        await sendWebcam();
      } catch {
        now.webcam = "webcam";
      }
    }
    $("webcam").hidden = true;
    await pause(2000);
  }
}

async function sendWebcam() {
  const video = $("webcam");
  const camera = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 }, facingMode: "user" }, audio: false });
  now.webcam = "";
  video.srcObject = camera;
  video.hidden = false;
  try {
    await video.play();
    await stream(video, camera.getVideoTracks()[0]);
  } finally {
    camera.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
  }
}

async function stream(video, track) {
  const socket = new WebSocket(now.screen.webcam);
  const canvas = document.createElement("canvas");
  let fps = 15;
  let welcome = false;
  let width = WEBCAM_WIDTH;
  socket.onopen = () => socket.send(JSON.stringify({ type: "hello", token }));
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.type === "welcome") [welcome, width] = [true, message.max_width ?? width];
    if (message.type === "ping") socket.send(JSON.stringify({ type: "pong", id: message.id, at_ms: Date.now() }));
    if (message.type === "pace") fps = message.fps;
  };
  let open = true;
  const closed = new Promise((over) => {
    socket.onclose = ({ code }) => {
      open = false;
      if (code === REPLACED) now.webcam = "elsewhere"; // two pages would push each other out for ever
      over();
    };
  });
  while (open && track.readyState === "live") {
    if (welcome && socket.readyState === WebSocket.OPEN && socket.bufferedAmount === 0 && video.videoWidth) {
      const takenAt = Date.now();
      canvas.width = Math.min(width, video.videoWidth);
      canvas.height = Math.round((canvas.width * video.videoHeight) / video.videoWidth);
      canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
      const jpeg = await new Promise((made) => canvas.toBlob(made, "image/jpeg", 0.85));
      const head = new DataView(new ArrayBuffer(9));
      head.setUint8(0, 1);
      head.setFloat64(1, takenAt);
      if (jpeg && socket.readyState === WebSocket.OPEN) socket.send(new Blob([head, jpeg]));
    }
    await Promise.race([pause(1000 / Math.max(1, fps)), closed]);
  }
  socket.close();
}

function setScreen(screen) {
  now.screen = screen;
  now.state = screen;
  document.title = say("page.title", { hall: screen.hall_name });
}

// ---------------------------------------------------------------- another way

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "letters", "0", "erase"];
const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ-/", "digits", "erase"];
let keypadTouched = 0;

function drawKeys(keys) {
  $("keys").className = keys === LETTERS ? "letters" : "";
  $("keys").replaceChildren(
    ...keys.map((key) => {
      const named = { erase: "⌫", letters: say("number.letters"), digits: say("number.digits") };
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: named[key] ?? key });
      if (key === "erase") button.setAttribute("aria-label", say("number.erase"));
      if (key in named) button.classList.add("wide");
      button.onclick = () => press(key);
      return button;
    }),
  );
}

function press(key) {
  keypadTouched = performance.now();
  if (key === "letters") return drawKeys(LETTERS);
  if (key === "digits") return drawKeys(DIGITS);
  const field = $("number");
  field.value = key === "erase" ? field.value.slice(0, -1) : (field.value + key).slice(0, field.maxLength);
  set($("number-problem"), "");
}

function openKeypad() {
  keypadTouched = performance.now();
  drawKeys(DIGITS);
  clearKeypad();
  $("keypad").showModal();
  $("number").focus();
}

function clearKeypad() {
  $("number").value = "";
  $("unable").checked = false;
  set($("number-problem"), "");
}

async function sendNumber(event) {
  event.preventDefault();
  const number = $("number").value.trim();
  const unable = $("unable").checked;
  if (!number) return set($("number-problem"), say("number.empty"));
  now.numbered = null;
  const answer = await fetch(`${api}/number`, {
    method: "POST",
    headers: { ...authorised(), "Content-Type": "application/json" },
    body: JSON.stringify({ student_id: number, unable }),
  }).catch(() => null);
  if (!answer?.ok) return set($("number-problem"), say(answer?.status === 429 ? "number.too_many" : "number.failed"));
  const { track_id: id } = await answer.json();
  now.asked = { id, at: performance.now(), unable, track: now.track, number: null };
  if (now.numbered?.track_id === id) onNumbered(now.numbered); // its outcome was faster
  $("keypad").close();
  draw();
}

function watchKeypad() {
  if ($("keypad").open && performance.now() - keypadTouched > KEYPAD_IDLE_MS) $("keypad").close();
}

// ---------------------------------------------------------------- the screen stays awake

async function stayAwake() {
  if (document.visibilityState === "visible") await navigator.wakeLock?.request("screen").catch(() => {});
}

// ---------------------------------------------------------------- begin

await loadWords();
token = takeToken();
$("other-way").onclick = openKeypad;
$("number-cancel").onclick = () => $("keypad").close();
$("keypad").addEventListener("close", clearKeypad);
$("keypad").addEventListener("input", () => (keypadTouched = performance.now()));
$("keypad").querySelector("form").addEventListener("submit", sendNumber);
document.addEventListener("visibilitychange", stayAwake);
stayAwake();
setInterval(tick, 200);
setInterval(watchKeypad, 1000);
draw();
follow();
showServerCamera();
showWebcam();
