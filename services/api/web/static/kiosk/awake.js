// The screen stays awake. The browser takes the lock away with the page's visibility: it is asked for again.

const AGAIN_MS = 30000;
let lock = null;

export function stayAwake() {
  document.addEventListener("visibilitychange", hold);
  setInterval(hold, AGAIN_MS);
  hold();
}

async function hold() {
  if (document.visibilityState !== "visible" || (lock && !lock.released)) return;
  lock = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
}
