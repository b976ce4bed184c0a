// Keeps the checking page, its styles and the newest keys and status lists for use with no network.
const KEPT = {{ kept|safe }}.map((path) => new URL(path, self.location).pathname);
const [PAGE] = KEPT;
const CACHE = "paper";
const HOW = { ignoreSearch: true, ignoreVary: true };

// Without cookies: what is kept on a shared computer shows nobody's name.
const anonymous = (path) => new Request(path, { credentials: "omit", cache: "reload" });

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(KEPT.map(anonymous))).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// The network first, so that a status list is never older than it must be; else what is kept.
self.addEventListener("fetch", (event) => {
  const path = new URL(event.request.url).pathname;
  if (event.request.method !== "GET" || !KEPT.includes(path)) return;
  event.respondWith(
    fetch(event.request)
      .then(async (answer) => {
        if (answer.ok && path !== PAGE) await (await caches.open(CACHE)).put(event.request, answer.clone());
        return answer;
      })
      .catch(() => caches.match(path, HOW)),
  );
});
