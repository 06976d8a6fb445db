// The map: tiles from the pack that was fetched while there was a network, stops and the own position on top. Nothing is
// asked of any server but our own, and nothing at all in the field. Loaded only when a map is shown.

import * as maplibre from "/vendor/maplibre-gl.mjs";
import { PMTiles, Protocol } from "/vendor/pmtiles.js";
import { el } from "./dom.js";
import { MAP_CACHE } from "./today.js";

const FIRST_SEEN = 8; // places that the first view holds; the others are a pinch away
const FINGER_PX = 24;
const OUTLINES_FROM = 15; // before, an outline is a crumb under its disc
const MAGENTA = "#a30067";
const LONE = ["!", ["has", "point_count"]];
const LAYERS = ["hillshade", "imagery", "vector"];
const ROUNDS = 3;
const LONGEST_MS = 10 * 60_000;
const ABOUT = "/api/phone/map.json";
const FONT = ["Arial", "sans-serif"]; // drawn by the phone itself
const CODES = {
  "text-field": ["get", "code"], "text-font": FONT, "text-size": ["interpolate", ["linear"], ["zoom"], 12, 13, 16, 15],
  "text-variable-anchor": ["top", "bottom", "left", "right"], "text-radial-offset": 0.8, "text-justify": "auto", "text-padding": 3,
  "symbol-sort-key": ["get", "at"],
};
const featureOf = (geometry, properties) => ({ type: "Feature", properties, geometry });
const collectionOf = (features) => ({ type: "FeatureCollection", features });
const pathOf = (layer) => `/api/phone/map/${layer}.pmtiles`;
const protocol = new Protocol();

maplibre.setWorkerUrl("/vendor/maplibre-gl-worker.mjs");
maplibre.addProtocol("pmtiles", protocol.tile);

/** Reads pieces of a kept file; the browser keeps it on disk and gives slices of it. */
class KeptFile {
  constructor(key, blob) {
    this.key = key;
    this.blob = blob;
  }

  getKey() {
    return this.key;
  }

  async getBytes(offset, length) {
    return { data: await this.blob.slice(offset, offset + length).arrayBuffer() };
  }
}

/** The places changed meanwhile, and with them the map. */
class Changed extends Error {}

/** The server says why there is no map. */
export class NoMap extends Error {}

/**
 * Fetch what the server says of the pack, and the layers that it has; while the office makes it, wait.
 *
 * @param {string} language in which the server says what is wrong.
 * @param {({bytes: number}|{making: object}) => void} progress
 * @returns {Promise<number>} bytes kept.
 */
export async function fetchPack(language, progress) {
  for (let round = 0; round < ROUNDS; round += 1) {
    try {
      return await fetchOnce(language, progress);
    } catch (error) {
      if (!(error instanceof Changed)) throw error;
    }
  }
  throw new Error("map: it changes all the time");
}

async function fetchOnce(language, progress) {
  const cache = await caches.open(MAP_CACHE);
  const about = {};
  for (const one of [language, language === "vi" ? "en" : "vi"]) about[one] = await told(one, progress);
  let total = 0;
  for (const layer of LAYERS) {
    if (layer in about.vi.files) total += await fetchLayer(cache, layer, (bytes) => progress?.({ bytes: total + bytes }));
    else await cache.delete(pathOf(layer));
  }
  await cache.put(ABOUT, new Response(JSON.stringify(about), { headers: { "Content-Type": "application/json" } }));
  return total;
}

/** What the map is made of, and in sentences what it lacks; the language is changed without a network, so both are kept. */
async function told(language, progress) {
  const until = Date.now() + LONGEST_MS;
  while (Date.now() < until) {
    const answer = await fetch(`${ABOUT}?lang=${language}`, { credentials: "same-origin" });
    if (!answer.ok) throw await saidOf(answer);
    const body = await answer.json();
    if (answer.status !== 202) return body;
    progress?.(body);
    const pause = 1000 * Number(answer.headers.get("Retry-After") || 2);
    await new Promise((resume) => { setTimeout(resume, pause); });
  }
  throw new Error("map: it is still being made");
}

async function saidOf(answer) {
  const { error } = await answer.json().catch(() => ({}));
  return error?.message ? new NoMap([error.message, error.hint].filter(Boolean).join(" ")) : new Error(`map: ${answer.status}`);
}

async function fetchLayer(cache, layer, progress) {
  const kept = await cache.match(pathOf(layer));
  const etag = kept?.headers.get("ETag");
  const answer = await fetch(pathOf(layer), { credentials: "same-origin", headers: etag ? { "If-None-Match": etag } : {} });
  if (answer.status === 304) return (await kept.blob()).size;
  if (answer.status === 202) throw new Changed(layer);
  if (!answer.ok) throw new Error(`${layer}: ${answer.status}`);
  const blob = await withProgress(answer, progress);
  await cache.put(pathOf(layer), new Response(blob, { headers: { ETag: answer.headers.get("ETag") || "" } }));
  return blob.size;
}

async function withProgress(answer, progress) {
  const parts = [];
  let bytes = 0;
  for await (const part of answer.body) {
    parts.push(part);
    progress((bytes += part.length));
  }
  return new Blob(parts);
}

/** What is kept of the pack at an address. To look makes no pack: one that was dropped stays away. */
function inPack(path) {
  return caches.match(path, { cacheName: MAP_CACHE });
}

/** Bytes of the pack that are kept; 0 if none is. */
export async function keptPack() {
  const kept = await Promise.all(LAYERS.map(async (layer) => (await (await inPack(pathOf(layer)))?.blob())?.size || 0));
  return kept.reduce((sum, size) => sum + size, 0);
}

/** Who the map is owed to and what it lacks, of the pack that is kept. */
export async function keptAbout(language) {
  const kept = await inPack(ABOUT);
  const about = kept ? (await kept.json())[language] : null;
  return { attribution: about?.attribution || "", remarks: about?.remarks || [] };
}

/** The style with the layers whose tiles are here. */
async function styleOf(language) {
  const style = await (await fetch("/static/phone/style.json", { credentials: "same-origin" })).json();
  for (const layer of LAYERS) {
    const kept = await inPack(pathOf(layer));
    if (kept) protocol.add(new PMTiles(new KeptFile(`${layer}.pmtiles`, await kept.blob())));
    else delete style.sources[layer];
  }
  style.layers = style.layers.filter((layer) => !layer.source || layer.source in style.sources);
  const names = style.layers.find((layer) => layer.id === "hazard-names");
  if (names) names.layout["text-field"] = ["get", `label_${language}`];
  return style;
}

export class FieldMap {
  /** @param {HTMLElement} node where it is drawn; @param {(stop) => void} chosen called when a stop is tapped. */
  constructor(node, chosen) {
    this.node = node;
    this.chosen = chosen;
  }

  async open(stops, language, at = null) {
    this.map = new maplibre.Map({
      container: this.node, style: await styleOf(language), center: at || (stops[0] ? [stops[0].lon, stops[0].lat] : [103.9, 21.3]),
      zoom: at ? 15 : 12, attributionControl: false, dragRotate: false, pitchWithRotate: false, fadeDuration: 0, maxZoom: 19,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new maplibre.ScaleControl({ unit: "metric" }), "bottom-left");
    await this.map.once("load");
    const { attribution } = await keptAbout(language);
    if (attribution) this.node.append(el("p", { class: "credit" }, attribution));
    this.drawStops(stops);
    if (!at) this.showFirst(stops);
    return this;
  }

  /** Places that would lie on one another are one disc with their number; a code is written only where it fits. */
  drawStops(stops) {
    this.stops = stops;
    this.leaveToStops(stops.map((stop) => stop.code));
    const outlines = stops.filter((stop) => stop.outline).map((stop) => featureOf(stop.outline, {}));
    const places = stops.map((stop, at) => featureOf({ type: "Point", coordinates: [stop.lon, stop.lat] }, { at, code: stop.code }));
    this.map.addSource("stops", { type: "geojson", data: collectionOf(outlines) });
    this.map.addSource("places", { type: "geojson", data: collectionOf(places), cluster: true, clusterRadius: 38, clusterMaxZoom: 15 });
    this.map.addLayer({ id: "stops-halo", type: "line", source: "stops", minzoom: OUTLINES_FROM, paint: { "line-color": "#ffffff", "line-width": 6 } });
    this.map.addLayer({ id: "stops", type: "line", source: "stops", minzoom: OUTLINES_FROM, paint: { "line-color": "#c2007a", "line-width": 3 } });
    this.map.addLayer({
      id: "groups", type: "circle", source: "places", filter: ["has", "point_count"],
      paint: { "circle-radius": ["step", ["get", "point_count"], 14, 10, 17, 50, 20], "circle-color": "#ffffff", "circle-stroke-color": MAGENTA, "circle-stroke-width": 3 },
    });
    this.map.addLayer({
      id: "places", type: "circle", source: "places", filter: LONE,
      paint: { "circle-radius": ["interpolate", ["linear"], ["zoom"], 9, 4, 15, 8], "circle-color": MAGENTA, "circle-stroke-color": "#ffffff", "circle-stroke-width": 2 },
    });
    // What is added last is placed first: a code gives way to the number of a group.
    this.map.addLayer({ id: "place-codes", type: "symbol", source: "places", minzoom: 12, filter: LONE, layout: CODES, paint: { "text-color": MAGENTA, "text-halo-color": "#ffffff", "text-halo-width": 2 } });
    this.map.addLayer({
      id: "group-counts", type: "symbol", source: "places", filter: ["has", "point_count"],
      layout: { "text-field": ["to-string", ["get", "point_count"]], "text-font": FONT, "text-size": 14, "text-padding": 12, "text-allow-overlap": true },
      paint: { "text-color": MAGENTA, "text-halo-color": MAGENTA, "text-halo-width": 0.4 },
    });
    this.map.on("click", (event) => this.tapped(event.point));
  }

  /** The pack draws places too; those of the list are drawn once. */
  leaveToStops(codes) {
    const others = ["!", ["in", ["get", "code"], ["literal", codes]]];
    for (const id of ["candidate-points", "candidate-codes"]) if (this.map.getLayer(id)) this.map.setFilter(id, others);
    for (const id of ["candidates", "candidates-halo"]) if (this.map.getLayer(id)) this.map.setLayerZoomRange(id, OUTLINES_FROM, 24);
  }

  /** A finger is wider than a disc: what is nearest under it counts. A group comes apart. */
  async tapped({ x, y }) {
    const under = this.map.queryRenderedFeatures([[x - FINGER_PX, y - FINGER_PX], [x + FINGER_PX, y + FINGER_PX]], { layers: ["groups", "places"] });
    const away = ({ geometry }) => { const at = this.map.project(geometry.coordinates); return Math.hypot(at.x - x, at.y - y); };
    const [nearest] = under.sort((one, other) => away(one) - away(other));
    if (!nearest) return;
    const { cluster_id: group, at } = nearest.properties;
    if (group === undefined) this.chosen?.(this.stops[at]);
    else this.map.easeTo({ center: nearest.geometry.coordinates, zoom: await this.map.getSource("places").getClusterExpansionZoom(group) });
  }

  /** Show the first places of a list, and where the phone is if that is known. */
  showFirst(stops, here = null) {
    if (!stops.length) return;
    const bounds = new maplibre.LngLatBounds();
    for (const stop of stops.slice(0, FIRST_SEEN)) bounds.extend([stop.lon, stop.lat]);
    if (here) bounds.extend(here);
    this.map.fitBounds(bounds, { padding: { top: 40, right: 48, bottom: 44, left: 48 }, maxZoom: 15.5, animate: false });
  }

  /** Show where the phone is. */
  here([lon, lat], follow = false) {
    this.dot ||= new maplibre.Marker({ element: el("div", { class: "here" }) }).setLngLat([lon, lat]).addTo(this.map);
    this.dot.setLngLat([lon, lat]);
    if (follow) this.map.jumpTo({ center: [lon, lat] });
  }

  /** Draw what was walked; the ring of a boundary is closed by its last edge. */
  walked(points, closed = false) {
    const coordinates = closed && points.length > 2 ? [...points, points[0]] : points;
    const data = { type: "Feature", properties: {}, geometry: { type: "LineString", coordinates } };
    if (this.map.getSource("walked")) this.map.getSource("walked").setData(data);
    else {
      this.map.addSource("walked", { type: "geojson", data });
      this.map.addLayer({ id: "walked-halo", type: "line", source: "walked", paint: { "line-color": "#ffffff", "line-width": 7 } });
      this.map.addLayer({ id: "walked", type: "line", source: "walked", paint: { "line-color": "#0b4f9e", "line-width": 4 } });
    }
  }

  /** The point in the middle, where the cross is. */
  middle() {
    const { lng, lat } = this.map.getCenter();
    return [lng, lat];
  }

  close() {
    this.map?.remove();
    this.map = null;
  }
}
