// A student's photos on the office's page: the camera with its oval or files, the legal basis, and what became of each.
//
//   enrol(root, kept, { student, bases, basis, textVersion, mayChange, mayEnrol, maxPhotos })
//
// It fills `root` with the form, and `kept` with the photos there are. The page's socket carries no picture: photos go
// to REST with the page's cookie, and their results are asked for until enrolment has judged them. Each judgement is
// told to the page with the event `nero-enrolment`.

import { getJson, reason, sendForm, sendJson, upload } from "/static/api.js";
import { CameraRefused, shots } from "/static/shots.js";
import { loadWords } from "/static/words.js";

const LOOK_EVERY_MS = 700;
const SLOW_AFTER_MS = 15000;
const SHAPES = { pending: "◌", enrolled: "●", refused: "▲" };
const TONES = { pending: "warn", enrolled: "good", refused: "bad" };

export async function enrol(root, kept, config) {
  const { say } = await loadWords(new DocumentFragment());
  const photos = new KeptPhotos(kept, config, say);
  if (config.mayEnrol) new EnrolmentForm(root, config, say, photos);
  await photos.follow();
}

const made = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
const button = (text, onclick, className = "nero-button") => made("button", { type: "button", textContent: text, className, onclick });
const judge = async (jpeg) => {
  const form = new FormData();
  form.set("photo", jpeg, "still.jpg");
  return (await sendForm("POST", "/api/v1/enrolment/stills", form)).finding;
};
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// ---------------------------------------------------------------- what there is

class KeptPhotos {
  constructor(root, config, say) {
    Object.assign(this, { config, say, address: `/api/v1/students/${encodeURIComponent(config.student)}` });
    this.list = made("ul", { className: "shots-thumbs" });
    this.empty = made("p", { className: "nero-empty", textContent: say("enrol.none"), hidden: true });
    root.replaceChildren(this.list, this.empty);
  }

  /** Show them, and look again until none waits; gives the state of enrolment. */
  async follow(onSlow = () => {}) {
    const began = performance.now();
    for (;;) {
      const status = await getJson(`${this.address}/enrolment`);
      this.draw(status.photos);
      if (!status.photos.some((photo) => photo.state === "pending")) return status;
      if (performance.now() - began > SLOW_AFTER_MS) onSlow();
      await pause(LOOK_EVERY_MS);
    }
  }

  draw(photos) {
    const shown = JSON.stringify(photos.map(({ id, state, refusal }) => [id, state, refusal]));
    if (shown === this.shown) return;
    this.shown = shown;
    this.list.replaceChildren(...photos.map((photo) => this.item(photo)));
    this.empty.hidden = photos.length > 0;
  }

  item(photo) {
    const { say } = this;
    const state = made("span", { className: `nero-state ${TONES[photo.state]}`, textContent: `${SHAPES[photo.state]} ${say(`enrol.state.${photo.state}`)}` });
    const picture = made("img", { src: `${this.address}/photos/${photo.id}`, alt: say("enrol.photo"), loading: "lazy" });
    const item = made("li", {}, picture, state);
    if (photo.refusal) item.append(made("span", { textContent: say(`refusal.${photo.refusal}`), title: photo.detail }));
    item.append(made("span", { className: "nero-soft", textContent: say(`enrol.source.${photo.source}`) }));
    if (this.config.mayChange && photo.state !== "enrolled") item.append(button(say("enrol.photo.delete"), () => this.remove(photo)));
    return item;
  }

  async remove(photo) {
    try {
      await sendJson("DELETE", `${this.address}/photos/${photo.id}`);
    } catch (problem) {
      window.alert(reason(problem, this.say));
    }
    emitEvent("nero-enrolment", await this.follow());
  }
}

/** What became of the newest pictures: the sentence for it, its numbers, and why some were not used. */
export function becameOf(status) {
  const newest = status.photos.filter((photo) => photo.uploaded_at === status.photos[0]?.uploaded_at);
  const refused = newest.filter((photo) => photo.state === "refused");
  const numbers = { good: newest.length - refused.length, number: newest.length };
  const refusals = [...new Set(refused.map((photo) => photo.refusal))];
  const none = status.state === "enrolled" ? "enrol.kept" : "enrol.refused";
  return { code: refused.length === 0 ? "enrol.enrolled" : numbers.good > 0 ? "enrol.partly" : none, numbers, refusals };
}

// ---------------------------------------------------------------- new ones

class EnrolmentForm {
  constructor(root, config, say, photos) {
    Object.assign(this, { config, say, photos, taken: [] });
    this.camera = shots({ onHint: ({ code }) => this.hint(code), judge });
    this.bases = made("select", { className: "nero-choice" }, new Option(say("bulk.basis.choose"), ""), ...config.bases.map(([value, text]) => new Option(text, value)));
    this.bases.value = config.basis ?? ""; // what stands already is stated again; what nobody chose is not
    this.live = this.liveView();
    this.thumbs = made("ul", { className: "shots-thumbs" });
    this.status = made("p", { className: "nero-enrol-status" });
    this.status.setAttribute("role", "status");
    this.go = button("", () => this.send(), "nero-button strong");
    root.replaceChildren(this.basis(), this.ways(), this.live, this.thumbs, this.go, this.status, this.drop());
    this.draw();
    addEventListener("pagehide", () => this.camera.stop());
  }

  basis() {
    const label = made("label", { className: "nero-field" }, made("span", { textContent: this.say("enrol.basis") }), this.bases);
    return made("div", {}, label, made("p", { className: "nero-soft", textContent: this.say("enrol.basis.version", { version: this.config.textVersion }) }));
  }

  ways() {
    this.files = made("input", { type: "file", accept: "image/jpeg,image/png,image/webp", multiple: true, hidden: true });
    this.files.onchange = () => {
      this.add([...this.files.files], "upload");
      this.files.value = "";
    };
    this.open = button(this.say("enrol.camera"), () => this.toggle());
    return made("div", { className: "nero-bar" }, this.open, button(this.say("enrol.files"), () => this.files.click()), this.files);
  }

  liveView() {
    this.video = made("video", { playsInline: true, muted: true });
    this.overlay = made("div", { className: "shots-overlay" });
    this.hintLine = made("p", { className: "shots-hint" });
    this.hintLine.setAttribute("aria-live", "polite");
    const view = made("div", { className: "shots" }, this.video, this.overlay);
    return made("div", { className: "nero-live", hidden: true }, view, this.hintLine, button(this.say("enrol.take"), () => this.take(), "nero-button strong"));
  }

  drop() {
    const zone = made("div", { className: "shots-drop", textContent: this.say("enrol.drop", { number: this.config.maxPhotos }) });
    const over = (on) => (event) => {
      event.preventDefault();
      zone.dataset.over = on ? "yes" : "no";
    };
    [zone.ondragover, zone.ondragleave] = [over(true), over(false)];
    zone.ondrop = (event) => {
      over(false)(event);
      this.add([...event.dataTransfer.files], "upload");
    };
    return zone;
  }

  async toggle() {
    if (!this.live.hidden) return this.close();
    this.tell("");
    try {
      this.live.hidden = false;
      await this.camera.start(this.video, this.overlay);
      this.open.textContent = this.say("enrol.camera.stop");
    } catch (error) {
      this.close();
      this.tell(this.say(error instanceof CameraRefused ? error.code : "camera.failed"), true);
    }
  }

  close() {
    this.camera.stop();
    this.live.hidden = true;
    this.open.textContent = this.say("enrol.camera");
  }

  hint(code) {
    this.hintLine.textContent = this.say(code);
  }

  async take() {
    const jpeg = await this.camera.shot();
    if (jpeg) this.add([jpeg], "webcam");
  }

  add(images, source) {
    const room = this.config.maxPhotos - this.taken.length;
    const pictures = images.filter((image) => image.type.startsWith("image/"));
    if (pictures.length < images.length) this.tell(this.say("refusal.not_an_image"), true);
    if (pictures.length > room) this.tell(this.say("enrol.too_many", { number: this.config.maxPhotos }), true);
    this.taken.push(...pictures.slice(0, room).map((image) => ({ image, source, url: URL.createObjectURL(image) })));
    this.draw();
  }

  remove(shot) {
    URL.revokeObjectURL(shot.url);
    this.taken = this.taken.filter((one) => one !== shot);
    this.draw();
  }

  draw() {
    this.thumbs.replaceChildren(
      ...this.taken.map((shot, at) =>
        made("li", {}, made("img", { src: shot.url, alt: this.say("enrol.shot", { number: at + 1 }) }), button(this.say("enrol.again"), () => this.remove(shot))),
      ),
    );
    this.go.textContent = this.say(this.taken.length === 1 ? "enrol.send.one" : "enrol.send", { number: this.taken.length });
    this.go.hidden = this.taken.length === 0;
  }

  /** Send what was taken; it stays where it is until it has arrived. */
  async send() {
    if (!this.bases.value) {
      this.bases.focus();
      return this.tell(this.say("enrol.no_basis"), true);
    }
    const form = new FormData();
    const fromCamera = this.taken.every((shot) => shot.source === "webcam");
    form.set("source", fromCamera ? "webcam" : "upload");
    form.set("basis", this.bases.value);
    form.set("text_version", this.config.textVersion);
    this.taken.forEach((shot, at) => form.append("photo", shot.image, `${at + 1}.jpg`));
    this.go.disabled = true;
    const sent = (share) => this.tell(this.say("enrol.sending", { percent: Math.round(100 * share) }));
    sent(0);
    try {
      await upload("POST", `${this.photos.address}/photos`, form, { onSent: sent });
      this.taken.slice().forEach((shot) => this.remove(shot));
      this.close();
      this.tell(this.say("enrol.checking"));
      this.result(await this.photos.follow(() => this.tell(this.say("enrol.slow"))));
    } catch (problem) {
      this.tell(reason(problem, this.say), true);
    } finally {
      this.go.disabled = false;
    }
  }

  result(status) {
    const { code, numbers, refusals } = becameOf(status);
    const sentences = [this.say(code, numbers), ...refusals.map((refusal) => this.say(`refusal.${refusal}`))];
    this.tell(sentences.join(" "), numbers.good === 0);
    emitEvent("nero-enrolment", status);
  }

  tell(text, wrong = false) {
    this.status.textContent = text;
    this.status.classList.toggle("bad", wrong);
  }
}
