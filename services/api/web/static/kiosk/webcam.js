// The browser's own camera, where it is this door's: shown here and sent to capture, at the pace that capture asks for.

import { $, now, OPENING_MS, pause } from "./now.js";
import { hello, tokenNow } from "./token.js";

const WIDTH = 640;
const REPLACED = 4409; // capture's close code: the same door was opened on another screen

export async function showWebcam() {
  while (now.webcam !== "elsewhere") {
    if (!tokenNow() || now.state?.source !== "browser") {
      now.openingAt = null;
      await pause(200);
      continue;
    }
    now.openingAt ??= performance.now();
    try {
      await sendWebcam();
    } catch {
      now.webcam = "webcam";
    }
    $("webcam").hidden = true;
    await pause(2000);
  }
}

async function sendWebcam() {
  const video = $("webcam");
  const unanswered = setTimeout(() => (now.webcam = "webcam"), OPENING_MS); // the browser asks, and nobody allows it
  const asked = { video: { width: { ideal: 1280 }, facingMode: "user" }, audio: false };
  const camera = await navigator.mediaDevices.getUserMedia(asked).finally(() => clearTimeout(unanswered));
  now.webcam = "";
  video.srcObject = camera;
  video.hidden = false;
  try {
    await video.play();
    const code = await sendPictures(video, camera.getVideoTracks()[0], now.screen.webcam, hello());
    if (code === REPLACED) now.webcam = "elsewhere"; // two pages would push each other out for ever
  } finally {
    camera.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
  }
}

// Sends what `video` shows to capture until one of the two ends; returns the code that the socket closed with.
export async function sendPictures(video, track, address, greeting, onWelcome = () => {}) {
  const socket = new WebSocket(address);
  const canvas = document.createElement("canvas");
  const pace = { fps: 15, welcome: false, width: WIDTH, open: true };
  socket.onopen = () => socket.send(greeting);
  socket.onmessage = ({ data }) => {
    hear(JSON.parse(data), socket, pace);
    if (pace.welcome) onWelcome();
  };
  const closed = new Promise((over) => {
    socket.onclose = ({ code }) => {
      pace.open = false;
      over(code);
    };
  });
  while (pace.open && track.readyState === "live") {
    const ready = pace.welcome && socket.readyState === WebSocket.OPEN && socket.bufferedAmount === 0;
    if (ready && video.videoWidth) await sendPicture(video, canvas, socket, pace.width);
    await Promise.race([pause(1000 / Math.max(1, pace.fps)), closed]);
  }
  socket.close();
  return closed;
}

function hear(message, socket, pace) {
  if (message.type === "welcome") Object.assign(pace, { welcome: true, width: message.max_width ?? pace.width });
  if (message.type === "ping") socket.send(JSON.stringify({ type: "pong", id: message.id, at_ms: Date.now() }));
  if (message.type === "pace") pace.fps = message.fps;
}

async function sendPicture(video, canvas, socket, width) {
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
