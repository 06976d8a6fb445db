// The map of the office: communes, plots as counts or one by one, and a picture over them. Everything comes from our own
// server, and what is written on the map is text.

import * as maplibre from "/vendor/maplibre-gl.mjs";

const node = document.getElementById("map");
const STATES = JSON.parse(node.dataset.states);
const FONT = ["Arial", "sans-serif"]; // drawn by the browser itself
const field = (id) => document.getElementById(id);
const plotTiles = () => [`${location.origin}/tiles/plots/{z}/{x}/{y}.mvt?season=${encodeURIComponent(field("season").value)}`];

maplibre.setWorkerUrl("/vendor/maplibre-gl-worker.mjs");

async function asked(address) {
  const answer = await fetch(address, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}

function bounds(features) {
  const box = new maplibre.LngLatBounds();
  const walk = (part) => (typeof part[0] === "number" ? box.extend(part) : part.forEach(walk));
  for (const one of features) walk(one.geometry.coordinates);
  return box;
}

// A shape as well as a colour for each state, the same as on the maps of reports.
function symbol(one) {
  const pen = Object.assign(document.createElement("canvas"), { width: 52, height: 52 }).getContext("2d");
  const path = new Path2D(one.path);
  pen.scale(2, 2);
  pen.translate(1, 1);
  pen.fillStyle = one.filled ? one.colour : "#ffffff";
  pen.strokeStyle = one.filled ? "#17231b" : one.colour;
  pen.lineWidth = one.filled ? 2 : 3.5;
  pen.fill(path);
  pen.stroke(path);
  return pen.getImageData(0, 0, 52, 52);
}

function drawPlots(map) {
  map.addSource("plots", { type: "vector", tiles: plotTiles(), maxzoom: 16 });
  map.addLayer({ id: "outlines", type: "line", source: "plots", "source-layer": "outlines", paint: { "line-color": "#17231b", "line-width": 2 } });
  map.addLayer({
    id: "squares", type: "circle", source: "plots", "source-layer": "plots", filter: ["has", "count"],
    paint: { "circle-radius": ["interpolate", ["linear"], ["get", "count"], 1, 9, 100, 20], "circle-color": "#ffffff", "circle-stroke-color": "#17231b", "circle-stroke-width": 2 },
  });
  map.addLayer({
    id: "counts", type: "symbol", source: "plots", "source-layer": "plots", filter: ["has", "count"],
    layout: { "text-field": ["to-string", ["get", "count"]], "text-font": FONT, "text-size": 13, "text-allow-overlap": true },
  });
  for (const [state, one] of Object.entries(STATES)) map.addImage(state, symbol(one), { pixelRatio: 2 });
  map.addLayer({
    id: "places", type: "symbol", source: "plots", "source-layer": "plots", filter: ["has", "plot_id"],
    layout: { "icon-image": ["get", "state"], "icon-size": 0.75, "icon-allow-overlap": true, "icon-ignore-placement": true },
  });
  map.addLayer({
    id: "codes", type: "symbol", source: "plots", "source-layer": "plots", minzoom: 13, filter: ["has", "code"],
    layout: { "text-field": ["get", "code"], "text-font": FONT, "text-size": 12, "text-variable-anchor": ["top", "bottom", "left", "right"], "text-radial-offset": 0.8 },
    paint: { "text-halo-color": "#ffffff", "text-halo-width": 2 },
  });
}

function picture(map) {
  if (map.getLayer("picture")) map.removeLayer("picture");
  if (map.getSource("picture")) map.removeSource("picture");
  const chosen = field("layer").value;
  if (!chosen) return;
  map.addSource("picture", { type: "raster", tiles: [`${location.origin}/tiles/${chosen}/{z}/{x}/{y}.png`], tileSize: 256, minzoom: 7, maxzoom: 20 });
  map.addLayer({ id: "picture", type: "raster", source: "picture", paint: { "raster-opacity": field("strength").value / 100, "raster-fade-duration": 0 } }, "communes");
}

function popup(map, feature, at) {
  const box = document.createElement("div");
  const state = STATES[feature.properties.state];
  box.append(Object.assign(document.createElement("p"), { textContent: `${feature.properties.code || feature.properties.plot_id} · ${state ? state.words : feature.properties.state}` }));
  const link = Object.assign(document.createElement("a"), { textContent: node.dataset.open });
  link.href = `/review/${encodeURIComponent(feature.properties.plot_id)}?of=any&season=${encodeURIComponent(field("season").value)}`;
  box.append(link);
  new maplibre.Popup({ closeButton: true }).setLngLat(at).setDOMContent(box).addTo(map);
}

// What was chosen stands in the address, so that it can be sent and gone back to; a place never does.
function keepChoices() {
  const address = new URL(location.href);
  for (const name of ["season", "layer"]) {
    if (field(name).value) address.searchParams.set(name, field(name).value);
    else address.searchParams.delete(name);
  }
  history.replaceState(null, "", address);
}

async function open() {
  const communes = await asked("/ogc/collections/communes/items?limit=500");
  const map = new maplibre.Map({
    container: node, style: { version: 8, sources: {}, layers: [{ id: "ground", type: "background", paint: { "background-color": "#eef2ee" } }] },
    bounds: bounds(communes.features), fitBoundsOptions: { padding: 20 }, attributionControl: false, locale: { "NavigationControl.ZoomIn": node.dataset.nearer, "NavigationControl.ZoomOut": node.dataset.farther, "Map.Title": node.dataset.named }, canvasContextAttributes: { preserveDrawingBuffer: true }, dragRotate: false, pitchWithRotate: false, fadeDuration: 0, maxZoom: 20,
  });
  map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new maplibre.ScaleControl({ unit: "metric" }), "bottom-left");
  await map.once("load");
  map.addSource("communes", { type: "geojson", data: communes });
  map.addLayer({ id: "communes", type: "line", source: "communes", paint: { "line-color": "#55705e", "line-width": 1.2 } });
  map.addLayer({
    id: "commune-names", type: "symbol", source: "communes", maxzoom: 13,
    layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 12 }, paint: { "text-color": "#3c4f42", "text-halo-color": "#ffffff", "text-halo-width": 1.5 },
  });
  drawPlots(map);
  picture(map);
  map.on("click", "places", (event) => popup(map, event.features[0], event.features[0].geometry.coordinates));
  map.on("click", "squares", (event) => map.easeTo({ center: event.lngLat, zoom: Math.min(map.getZoom() + 2, 14), duration: 0 }));
  field("season").addEventListener("change", () => { map.getSource("plots").setTiles(plotTiles()); keepChoices(); });
  field("layer").addEventListener("change", () => { picture(map); keepChoices(); });
  field("strength").addEventListener("input", () => map.getLayer("picture") && map.setPaintProperty("picture", "raster-opacity", field("strength").value / 100));
  if (node.dataset.plot) {
    const found = await asked(`/ogc/collections/plots/items?plot_id=${encodeURIComponent(node.dataset.plot)}&limit=1`);
    if (found.features.length) map.jumpTo({ center: bounds(found.features).getCenter(), zoom: 16 });
  }
  await map.once("idle");
  node.dataset.ready = "yes";
}

open().catch((error) => { node.textContent = node.dataset.failed; node.dataset.ready = "failed"; console.warn(String(error)); });
