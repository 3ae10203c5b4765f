// The picture of a camera that the server reads, as it is.

import { $, api, now, pause } from "./now.js";
import { hello, tokenNow } from "./token.js";

export async function showServerCamera() {
  for (;;) {
    if (tokenNow() && now.state?.source === "server" && now.link === "ok") await relay().catch(() => {});
    await pause(1000);
  }
}

function relay() {
  return new Promise((over) => {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${api}/picture`);
    socket.onopen = () => socket.send(hello());
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
