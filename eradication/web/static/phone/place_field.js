// Where: a position from the receiver or from a tap on the map, and an outline that is walked.

import { error95 } from "./boundary.js";
import { button, el } from "./dom.js";
import { frame } from "./field.js";
import { number, say } from "./words.js";

const GOOD_M = 10;
const LONGEST_MS = 120_000;

/** A position as ODK writes it. */
export function odkPoint(lon, lat, altitude = 0, accuracy = 0) {
  return `${lat.toFixed(7)} ${lon.toFixed(7)} ${(altitude || 0).toFixed(1)} ${(accuracy || 0).toFixed(1)}`;
}

/** A closed ring as ODK writes it; points are [lon, lat], the first not repeated. */
export function odkShape(ring) {
  return [...ring, ring[0]].map(([lon, lat]) => odkPoint(lon, lat)).join(";");
}

export function geopoint(question, { value, desk, set }) {
  const told = question.appearance === "placement-map"; // a place that was told, not where one stands
  const state = el("p", { class: "said", "aria-live": "polite" });
  const gps = button(say("place.gps"), () => listen(), { class: "wide-button" });
  const tap = button(say("place.tap"), () => pick(), { class: told ? "wide-button" : "quiet" });
  const control = el("div", { class: "place" }, told ? [tap, gps] : [gps, tap], state);
  const framed = frame(question, control, { group: true });
  let watch = null;
  let best = Infinity;

  function stop() {
    if (watch !== null) navigator.geolocation.clearWatch(watch);
    watch = null;
    gps.classList.remove("busy");
  }

  function take({ coords, timestamp }) {
    if (watch === null || coords.accuracy > best || Date.now() - timestamp > LONGEST_MS) return;
    best = coords.accuracy;
    set(odkPoint(coords.longitude, coords.latitude, coords.altitude, coords.accuracy));
    const good = best <= GOOD_M;
    state.textContent = say(good ? "place.good" : "place.waiting", { metres: number(best) });
    state.className = good ? "said good" : "said";
    if (good) stop();
  }

  function listen() {
    stop();
    best = Infinity;
    state.textContent = say("place.listening");
    gps.classList.add("busy");
    watch = navigator.geolocation.watchPosition(take, (error) => {
      state.textContent = say(error.code === 1 ? "place.forbidden" : "place.none");
      if (error.code === 1) stop();
    }, { enableHighAccuracy: true, maximumAge: 2000, timeout: 30_000 });
  }

  async function pick() {
    const point = await desk.pickOnMap();
    if (!point) return;
    stop();
    set(odkPoint(point[0], point[1]));
    state.textContent = say("place.tapped");
    state.className = "said good";
  }

  if (!told && !value) listen();
  return { ...framed, show: () => {}, focus: () => (told ? tap : gps).focus(), brief: () => "", close: stop };
}

/** Walking round gives the outline, and with it the area and how it was measured. */
export function geoshape(question, { desk, set, setOther }) {
  const state = el("p", { class: "said", "aria-live": "polite" });
  const walk = button(say("boundary.walk"), go, { class: "wide-button" });
  async function go() {
    const walked = await desk.walkBoundary();
    if (!walked) return;
    set(odkShape(walked.ring));
    setOther("area_m2", walked.area_m2.toFixed(1));
    setOther("area_method", "gps_track");
    state.textContent = say("boundary.area", { area: number(walked.area_m2), error: number(error95(walked)) });
    state.className = "said good";
  }
  return { ...frame(question, el("div", { class: "place" }, walk, state), { group: true }), show: () => {}, focus: () => walk.focus(), brief: () => "" };
}
