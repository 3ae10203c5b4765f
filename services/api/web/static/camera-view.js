// A kiosk's camera as the office sees it: its newest picture, asked for again and again, with the face framed.

export function watchCamera(box, { address, everyMs, empty }) {
  const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
  const nothing = Object.assign(document.createElement("p"), { className: "nero-no-picture", textContent: empty });
  canvas.hidden = true;
  box.replaceChildren(canvas, nothing);
  follow(box, canvas, nothing, address, everyMs);
}

async function follow(box, canvas, nothing, address, everyMs) {
  while (box.isConnected) {
    if (!document.hidden) await show(box, canvas, nothing, address);
    await new Promise((done) => setTimeout(done, everyMs));
  }
}

async function show(box, canvas, nothing, address) {
  const answer = await fetch(address).catch(() => null);
  const picture = answer?.ok ? await createImageBitmap(await answer.blob()).catch(() => null) : null;
  canvas.hidden = !picture;
  nothing.hidden = Boolean(picture);
  if (!picture) return;
  if (canvas.width !== picture.width || canvas.height !== picture.height) Object.assign(canvas, { width: picture.width, height: picture.height });
  const pen = canvas.getContext("2d");
  pen.drawImage(picture, 0, 0);
  picture.close();
  if (box.face) frame(pen, canvas, box.face);
}

export function frameFace(box, face) {
  if (box) box.face = face;
}

function frame(pen, canvas, { x, y, width, height, state }) {
  const place = [x * canvas.width, y * canvas.height, width * canvas.width, height * canvas.height];
  for (const [colour, width_px, dash] of [["#0b1a33", 7, []], state === "poor" ? ["#ffd166", 3, [12, 8]] : ["#8ab4ff", 3, []]]) {
    Object.assign(pen, { strokeStyle: colour, lineWidth: width_px });
    pen.setLineDash(dash);
    pen.strokeRect(...place);
  }
}
