// Today's list: what the server gives the unit of whoever is signed in. It is dropped when its time is over, when
// somebody else signs in, and when the server says that this phone may not read any more. Who uses the phone, and to
// whom it seals, is kept longer: a patrol that is out for four days must be able to write on the third.

import { readSetting, writeSetting } from "./queue.js";

const LIST_CACHE = "eradication-today";
export const MAP_CACHE = "eradication-map";
const LEAVING = "eradication-leaving"; // who signed out here without the server having heard it yet
const PATH = "/api/phone/today";
const OVER = ["person_disabled", "device_revoked"];

/** Everything that tells where plots are leaves the phone. */
export async function dropPlaces() {
  await caches.delete(LIST_CACHE);
  await caches.delete(MAP_CACHE);
}

/** Sign somebody out; without a network the wish is kept. Returns whether the server has heard it. */
export async function signOut(database, person) {
  await alone(async () => {
    await writeSetting(database, "left", crypto.randomUUID());
    await (await caches.open(LEAVING)).put("/person", new Response(person));
    await dropPlaces();
  });
  return heardLeaving();
}

/** Whether somebody signed out here whose session the server may still hold for open: it is told first of all. */
export async function stillLeaving() {
  if (!(await caches.has(LEAVING))) return false;
  await dropPlaces(); // a map that was still on its way in another tab has come since
  return !(await heardLeaving());
}

/** Tabs take turns: a list that was asked for before somebody signed out must not be kept after it. */
function alone(work) {
  return navigator.locks ? navigator.locks.request("eradication-today", work) : work();
}

async function keepList(database, today, left) {
  if ((await caches.has(LEAVING)) || (await readSetting(database, "left")) !== left) return;
  await (await caches.open(LIST_CACHE)).put(PATH, new Response(JSON.stringify(today), { headers: { "Content-Type": "application/json" } }));
}

async function heardLeaving() {
  const kept = await (await caches.open(LEAVING)).match("/person");
  const me = await fetch("/api/me", { credentials: "same-origin", redirect: "manual" }).catch(() => null);
  const now = me?.ok ? (await me.json().catch(() => ({}))).person_id : "";
  if (!now || now === (await kept?.text())) {
    const answer = me && (await fetch("/signout", { method: "POST", credentials: "same-origin", redirect: "manual" }).catch(() => null));
    if (!answer || answer.status >= 500) return false;
  } // else somebody else has signed in since, who stays
  await caches.delete(LEAVING);
  return true;
}

/**
 * Ask for today's list; without a network the service worker answers with the kept one.
 *
 * @returns {Promise<{today: object|null, identity: object|null, online: boolean, trouble: string}>} trouble:
 *   "" | "sign_in" | "rests" | "disabled" | "revoked" | "expired" | "none"
 */
export async function loadToday(database) {
  const known = (await readSetting(database, "identity")) || null;
  const left = await readSetting(database, "left"); // changes with every signing out
  let answer;
  try {
    answer = await fetch(PATH, { credentials: "same-origin", redirect: "manual", headers: { Accept: "application/json" } });
  } catch {
    return { today: null, identity: known, online: false, trouble: known ? "none" : "sign_in" };
  }
  const online = answer.headers.get("X-From-Phone") === null;
  if (answer.status === 403) {
    await dropPlaces();
    return { today: null, identity: known, online, trouble: "revoked" };
  }
  if (answer.type === "opaqueredirect") return keptList(known, "sign_in");
  if (answer.status === 401) {
    const { error } = await answer.json().catch(() => ({}));
    if (!OVER.includes(error?.kind)) return keptList(known, error?.kind === "session_rests" ? "rests" : "sign_in");
    await dropPlaces();
    return { today: null, identity: known, online, trouble: "disabled" };
  }
  if (!answer.ok) return { today: null, identity: known, online, trouble: answer.status === 410 ? "expired" : "none" };
  const today = await answer.json();
  if (expired(today)) {
    await dropPlaces();
    return { today: null, identity: known, online, trouble: "expired" };
  }
  if (known && known.person !== today.person) await caches.delete(MAP_CACHE);
  // The page keeps the list, for on its first visit no service worker stands between it and the server yet.
  if (online) await alone(() => keepList(database, today, left));
  const identity = identityOf(today, known);
  if (online && !identity.login) identity.login = await loginOf(today.person);
  await writeSetting(database, "identity", identity);
  if (identity.login) await writeSetting(database, "names", { ...(await namesOf(database)), [identity.person]: identity.login });
  return { today, identity, online, trouble: "" };
}

/** The session is over, or rests: what is on the phone is used until its own time is over. */
async function keptList(known, trouble) {
  const kept = await caches.match(PATH, { cacheName: LIST_CACHE });
  const today = kept ? await kept.json() : null;
  if (today && expired(today)) await dropPlaces();
  const usable = today && !expired(today) && known && known.person === today.person;
  return { today: usable ? today : null, identity: known, online: true, trouble };
}

export function expired(today, now = Date.now()) {
  return !(Date.parse(today.expires_at) > now);
}

/** The name somebody signs in with: the number of a person says nothing to that person. */
async function loginOf(person) {
  const answer = await fetch("/api/me", { credentials: "same-origin", redirect: "manual" }).catch(() => null);
  const me = answer?.ok ? await answer.json().catch(() => ({})) : {};
  return me.person_id === person ? me.login || "" : "";
}

/** Under which names those who used this handset sign in: person → name. */
export async function namesOf(database) {
  return (await readSetting(database, "names")) || {};
}

/** What of the list is no secret and outlives it. */
function identityOf(today, known) {
  const device = today.device || (known?.person === today.person && known.device) || crypto.randomUUID();
  const { person, unit, recipient, season, simulated } = today;
  const login = (known?.person === person && known.login) || "";
  return { person, login, unit, recipient, season, simulated: Boolean(simulated), device, officers: today.officers || today.officer || "" };
}
