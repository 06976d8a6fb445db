// Keeps the phone's page usable without a network: shell, scripts, words and forms of one version together. Of what the
// server answers only today's list is given again, where the server cannot be reached and until its time is over; the
// page keeps it, and the map pack.

const VERSION = "dev"; // the server writes the hash of all files here
const SHELL = `eradication-shell-${VERSION}`;
const LIST = "eradication-today";
const TODAY = "/api/phone/today";
const PATIENCE = 8000;
const OWN = [
  "app.js", "boundary.js", "bundle.js", "dom.js", "field.js", "form.js", "map.js", "phone.css", "place_field.js",
  "queue.js", "queue_screen.js", "sealing.js", "style.json", "today.js", "today_screen.js", "track.js", "track_screen.js", "upload.js",
  "visit_screen.js", "words.js", "icon.svg", "icon-192.png", "icon-512.png",
];
const VENDOR = ["age.js", "client-zip.js", "geodesic.js", "maplibre-gl.css", "maplibre-gl.mjs", "maplibre-gl-worker.mjs", "pmtiles.js"];
const FILES = [
  "/phone", "/phone/manifest.webmanifest", "/phone/words.json", "/phone/forms.json",
  ...OWN.map((name) => `/static/phone/${name}`), ...VENDOR.map((name) => `/vendor/${name}`),
];

self.addEventListener("install", (event) => event.waitUntil(keepShell()));
self.addEventListener("activate", (event) => event.waitUntil(dropOldShells()));
self.addEventListener("message", (event) => { if (event.data === "take over") self.skipWaiting(); });
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname === TODAY) event.respondWith(today(request));
  else if (FILES.includes(url.pathname)) event.respondWith(fromShell(request, url));
});

async function keepShell() {
  const cache = await caches.open(SHELL);
  await Promise.all(FILES.map(async (path) => {
    const answer = await fetch(path, { cache: "no-cache", credentials: "same-origin" });
    // A page that asks to sign in must not be kept as the shell.
    if (!answer.ok || answer.redirected) throw new Error(`${path}: ${answer.status}`);
    await cache.put(path, answer);
  }));
}

async function dropOldShells() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("eradication-shell-") && name !== SHELL).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function fromShell(request, url) {
  const kept = await (await caches.open(SHELL)).match(url.pathname);
  return kept || fetch(request);
}

async function today(request) {
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) });
    if (answer.status < 500) return answer;
  } catch {
    // No network, or none that answers in time: what is kept has to do.
  }
  return keptToday();
}

async function keptToday() {
  const kept = await caches.match(TODAY, { cacheName: LIST }); // the page put it there; to look makes no list
  if (!kept) return said(504, "no_network");
  const list = await kept.json();
  if (!(Date.parse(list.expires_at) > Date.now())) {
    await caches.delete(LIST);
    return said(410, "expired");
  }
  return new Response(JSON.stringify(list), { headers: { "Content-Type": "application/json", "X-From-Phone": "1" } });
}

function said(status, kind) {
  const body = JSON.stringify({ error: { kind, message: kind, where: "", hint: "" } });
  return new Response(body, { status, headers: { "Content-Type": "application/json", "X-From-Phone": "1" } });
}
