// Taking pictures of a face with the browser's camera: a live mirror with the kiosk's oval, one hint at a time, shots.
//
//   const camera = shots({ onHint: ({ code, good }) => …, judge: async (jpeg) => "good" | "no_face" … | null });
//   await camera.start(video, overlay);  // throws CameraRefused; its `code` is a sentence: camera.denied …
//   const jpeg = await camera.shot();    // a Blob as the camera saw it, not mirrored; null before the first picture:
//                                        // what was just judged good, if anything was, so that a blink spoils nothing
//   camera.stop();                       // lets the camera go
//
// `video` is a <video playsinline muted>, `overlay` an empty element laid over it (class `shots-overlay`); both stand in
// one box (class `shots`, in /static/shots.css). `onHint` is given { code, good }: `code` is the word to show
// (hint.too_dark, refusal.eyes_closed …), and `good` says whether a shot is worth taking now. Light and sharpness inside
// the oval are measured here, several times a second. Whether there is a face, near enough, facing, alone and with open
// eyes is `judge`'s word, the enrolment worker's, about once a second: the oval takes the accent colour on nothing else.

const WIDTH_PX = 1280;
const JPEG_QUALITY = 0.92;
const LOOK_EVERY_MS = 250;
const SIDE = 96; // the oval is measured on a picture of this many pixels each way
const DARK = 45; // mean luma, 0 to 255
const BRIGHT = 205;
const DARKER_THAN_ROUND = 55; // luma of the surroundings above the oval's: the light is behind
const FLAT = 12; // variance of the Laplacian below which nothing in the oval is sharp
const STEADY = 2; // looks that must agree before the hint changes
const JUDGE_EVERY_MS = 700; // after the judgement before
const JUDGED_FOR_MS = 4000; // a judgement is of a face that has moved on since
const JUDGED_QUALITY = 0.8;
const TAKEN_FOR_MS = 2000; // a still that was judged good is what "take" means for so long
// What the worker finds, in the kiosk's shorter words where there are some.
const HINTS = { no_face: "hint.centre", several_faces: "hint.one_at_a_time", face_too_small: "hint.too_far", not_frontal: "hint.look_here", too_dark: "hint.too_dark", too_bright: "hint.too_bright", blurred: "hint.blurred", good: "hint.good" };

const OVAL = `<svg viewBox="0 0 100 100" preserveAspectRatio="xMidYMid meet" aria-hidden="true">
  <defs><mask id="shots-hole"><rect x="-150" y="-150" width="400" height="400" fill="#fff"/><ellipse cx="50" cy="50" rx="28" ry="37" fill="#000"/></mask></defs>
  <rect class="veil" x="-150" y="-150" width="400" height="400" mask="url(#shots-hole)"/>
  <ellipse class="oval" cx="50" cy="50" rx="28" ry="37"/></svg>`;

export class CameraRefused extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

export function shots({ onHint = () => {}, judge = async () => null } = {}) {
  let stream = null;
  let video = null;
  let overlay = null;
  let timer = 0;
  let said = { code: undefined, times: 0 };
  let shown = undefined;
  let judged = { finding: null, at: 0 };
  let best = null; // { frame, at }: the newest that was judged good and not taken yet

  async function start(intoVideo, intoOverlay) {
    stop();
    stream = await openCamera();
    [video, overlay] = [intoVideo, intoOverlay];
    overlay.innerHTML = OVAL;
    video.srcObject = stream;
    await video.play();
    timer = setInterval(look, LOOK_EVERY_MS);
    judgeOn(stream);
  }

  function stop() {
    clearInterval(timer);
    stream?.getTracks().forEach((track) => track.stop());
    if (video) video.srcObject = null;
    [stream, shown, said] = [null, undefined, { code: undefined, times: 0 }];
    [judged, best] = [{ finding: null, at: 0 }, null];
    if (overlay) overlay.dataset.good = "no";
  }

  function look() {
    if (!video.videoWidth) return;
    const code = hintNow(hintOf(measure(video)), performance.now() - judged.at < JUDGED_FOR_MS ? judged.finding : null);
    said = { code, times: said.code === code ? said.times + 1 : 1 };
    if (said.times < STEADY || code === shown) return;
    shown = code;
    overlay.dataset.good = code === "hint.good" ? "yes" : "no";
    onHint({ code, good: code === "hint.good" });
  }

  // One still after another, as long as this camera is the one that is open.
  async function judgeOn(own) {
    while (stream === own) {
      const frame = document.hidden ? null : drawn();
      const at = performance.now();
      const finding = frame ? await judge(await encoded(frame, JUDGED_QUALITY)).catch(() => null) : null;
      if (stream === own) {
        judged = { finding, at: performance.now() };
        if (finding === "good") best = { frame, at };
      }
      await new Promise((done) => setTimeout(done, JUDGE_EVERY_MS));
    }
  }

  async function shot() {
    const frame = best && performance.now() - best.at < TAKEN_FOR_MS ? best.frame : drawn();
    best = null; // the next picture is another one
    return frame && encoded(frame, JPEG_QUALITY);
  }

  function drawn() {
    if (!video?.videoWidth) return null;
    const canvas = document.createElement("canvas");
    canvas.width = Math.min(WIDTH_PX, video.videoWidth);
    canvas.height = Math.round((canvas.width * video.videoHeight) / video.videoWidth);
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    return canvas;
  }

  return { start, stop, shot };
}

const encoded = (canvas, quality) => new Promise((made) => canvas.toBlob(made, "image/jpeg", quality));

// The browser gives its camera over HTTPS or on this machine itself, to who allows it, while no other program has it.
export async function openCamera() {
  if (!navigator.mediaDevices?.getUserMedia) throw new CameraRefused("camera.insecure");
  try {
    return await navigator.mediaDevices.getUserMedia({
      video: { width: { ideal: WIDTH_PX }, height: { ideal: 960 }, facingMode: "user" },
      audio: false,
    });
  } catch (error) {
    const codes = { NotAllowedError: "camera.denied", NotFoundError: "camera.none", NotReadableError: "camera.busy" };
    throw new CameraRefused(codes[error.name] ?? "camera.failed");
  }
}

// ---------------------------------------------------------------- simple measures

/** The one word to show: what is plain here and now, else what the last still's judgement says, else how to stand. */
export function hintNow(measured, finding) {
  if (measured) return `hint.${measured}`;
  if (finding === null) return "hint.into_the_oval";
  return HINTS[finding] ?? `refusal.${finding}`;
}

export function hintOf({ inside, around, sharpness }) {
  if (around - inside > DARKER_THAN_ROUND) return "backlit";
  if (inside < DARK) return "too_dark";
  if (inside > BRIGHT) return "too_bright";
  return sharpness < FLAT ? "blurred" : null;
}

// Mean luma inside the oval and around it, and how sharp the oval is.
function measure(video) {
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const side = Math.min(video.videoWidth, video.videoHeight);
  const [left, top] = [(video.videoWidth - side) / 2, (video.videoHeight - side) / 2];
  context.drawImage(video, left, top, side, side, 0, 0, SIDE, SIDE);
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  const luma = Float32Array.from({ length: SIDE * SIDE }, (_, at) => 0.299 * data[4 * at] + 0.587 * data[4 * at + 1] + 0.114 * data[4 * at + 2]);
  return { ...means(luma), sharpness: variance(laplacian(luma)) };
}

const inOval = (x, y) => ((x / SIDE - 0.5) / 0.28) ** 2 + ((y / SIDE - 0.5) / 0.37) ** 2 < 1;

function means(luma) {
  const sums = { inside: 0, around: 0 };
  const counts = { inside: 0, around: 0 };
  luma.forEach((value, at) => {
    const where = inOval(at % SIDE, Math.floor(at / SIDE)) ? "inside" : "around";
    sums[where] += value;
    counts[where] += 1;
  });
  return { inside: sums.inside / counts.inside, around: sums.around / counts.around };
}

function laplacian(luma) {
  const found = [];
  for (let y = 1; y < SIDE - 1; y++) {
    for (let x = 1; x < SIDE - 1; x++) {
      const at = y * SIDE + x;
      if (inOval(x, y)) found.push(luma[at - 1] + luma[at + 1] + luma[at - SIDE] + luma[at + SIDE] - 4 * luma[at]);
    }
  }
  return found;
}

function variance(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}
