// What the screen knows now. Nothing is kept: a page that begins anew knows nobody.

export const now = {
  link: "starting", // starting, pairing, ok, lost, unpaired, refused
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
  openingAt: null, // since when this page opens, or has open, the browser's own camera
  asked: null, // { id, at, unable, track, number }: a student number was typed; `number` is of the case it became
  numbered: null, // the last outcome of a typed number that no face came with
};

export const OPENING_MS = 10000; // a browser opens its camera sooner, unless it asks somebody first

export const kiosk = decodeURIComponent(location.pathname.split("/").filter(Boolean)[1] ?? "");
export const api = `/api/v1/kiosks/${encodeURIComponent(kiosk)}`;

export const $ = (id) => document.getElementById(id);
export const set = (element, text) => element.textContent !== text && (element.textContent = text);
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));
