// Keeps the hall's page (never what is in it) in the browser, so that it opens again while the link is lost.

const KEPT = "nero-hall-page";
const SHELL = "/hall";
const FILES = [
  SHELL, "/static/office.css", "/static/hall.css", "/static/hall.js", "/static/words.js",
  ...["alarm", "cases", "deeds", "dom", "lane", "link", "outbox", "overview", "paper", "person", "seats", "store", "times", "tools"].map((name) => `/static/hall/${name}.js`),
  "/static/languages.json",
];

addEventListener("install", (event) => event.waitUntil(keep().then(() => skipWaiting())));
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== location.origin) return;
  if (event.request.mode === "navigate") event.respondWith(first(event.request, SHELL));
  else if (pathname.startsWith("/static/")) event.respondWith(first(event.request, pathname));
});

async function keep() {
  const cache = await caches.open(KEPT);
  const languages = await (await fetch("/static/languages.json")).json();
  await cache.addAll([...FILES, ...Object.keys(languages).map((language) => `/static/messages/${language}.json`)]);
}

/** The office's own answer, kept anew; without the link, what was kept. */
async function first(request, name) {
  const cache = await caches.open(KEPT);
  try {
    const answer = await fetch(request);
    if (answer.ok && answer.type === "basic" && !answer.redirected) await cache.put(name, answer.clone());
    return answer;
  } catch (error) {
    const kept = await cache.match(name, { ignoreVary: true });
    if (kept) return kept;
    throw error;
  }
}
