// A fine image that is drawn on: a corner where one clicks, or at the cross in the middle, so that it can be done by keys
// and on a telephone alike. What is drawn stays here until it is recorded.

import * as maplibre from "/vendor/maplibre-gl.mjs";
import { areaOf, crossings } from "/static/phone/boundary.js";

const node = document.getElementById("map");
const field = (id) => document.getElementById(id);
const outlines = []; // {ring, verdict}
let corners = [];
let map = null;

maplibre.setWorkerUrl("/vendor/maplibre-gl-worker.mjs");

const collection = (features) => ({ type: "FeatureCollection", features });
const polygon = (ring) => ({ type: "Polygon", coordinates: [[...ring, ring[0]]] });
const chosen = () => document.querySelector("input[name=verdict]:checked")?.value ?? "";

function drawn() {
  const features = outlines.map((one) => ({ type: "Feature", properties: { verdict: one.verdict }, geometry: polygon(one.ring) }));
  if (corners.length) features.push({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: corners.length > 1 ? corners : [corners[0], corners[0]] } });
  for (const at of corners) features.push({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: at } });
  return collection(features);
}

function show() {
  map?.getSource("drawn")?.setData(drawn());
  field("told").textContent = corners.length ? `${node.dataset.corners}: ${corners.length}` : "";
  const kept = outlines.map((one) => ({ type: "Feature", properties: { verdict: one.verdict }, geometry: polygon(one.ring) }));
  field("drawing").value = kept.length ? JSON.stringify(collection(kept)) : "";
  field("outlines").replaceChildren(...outlines.map((one, index) => line(one, index)));
}

function line(one, index) {
  const row = document.createElement("li");
  const words = document.querySelector(`input[name=verdict][value="${one.verdict}"]`)?.parentElement.textContent.trim() ?? "";
  row.append(`${Math.round(areaOf(one.ring).area_m2).toLocaleString(document.documentElement.lang)} m² ${words} `);
  const remove = Object.assign(document.createElement("button"), { type: "button", className: "plain", textContent: node.dataset.remove });
  remove.addEventListener("click", () => { outlines.splice(index, 1); show(); });
  row.append(remove);
  return row;
}

function corner(at) {
  const last = corners.at(-1);
  const point = [Number(at.lng.toFixed(8)), Number(at.lat.toFixed(8))];
  if (last && last[0] === point[0] && last[1] === point[1]) return;
  corners.push(point);
  show();
}

function close() {
  if (corners.length < 3) return;
  if (crossings(corners)) { field("told").textContent = node.dataset.crossed; return; }
  if (outlines.length >= Number(node.dataset.most)) outlines.pop();
  outlines.push({ ring: corners, verdict: chosen() });
  corners = [];
  show();
}

function picture() {
  map.addSource("picture", { type: "raster", tiles: [`${location.origin}/tiles/${node.dataset.layer}/{z}/{x}/{y}.png`], tileSize: 256, minzoom: 10, maxzoom: 22 });
  map.addLayer({ id: "picture", type: "raster", source: "picture", paint: { "raster-fade-duration": 0 } });
  map.addSource("own", { type: "geojson", data: JSON.parse(node.dataset.own) });
  map.addLayer({ id: "own", type: "line", source: "own", paint: { "line-color": "#ffffff", "line-width": 2, "line-dasharray": [2, 2] } });
  map.addSource("drawn", { type: "geojson", data: drawn() });
  map.addLayer({ id: "casing", type: "line", source: "drawn", paint: { "line-color": "#000000", "line-width": 5 } });
  map.addLayer({ id: "lines", type: "line", source: "drawn", paint: { "line-color": "#f0e442", "line-width": 2.5 } });
  map.addLayer({ id: "corners", type: "circle", source: "drawn", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 5, "circle-color": "#f0e442", "circle-stroke-color": "#000000", "circle-stroke-width": 1.5 } });
}

async function open() {
  const [west, south, east, north] = JSON.parse(node.dataset.bounds);
  const aside = [2 * (east - west), 2 * (north - south)]; // room to move on a wide screen
  map = new maplibre.Map({
    container: node, style: { version: 8, sources: {}, layers: [{ id: "ground", type: "background", paint: { "background-color": "#eef2ee" } }] },
    bounds: [west, south, east, north], fitBoundsOptions: { padding: 10 }, maxBounds: [west - aside[0], south - aside[1], east + aside[0], north + aside[1]],
    attributionControl: false, locale: { "NavigationControl.ZoomIn": node.dataset.nearer, "NavigationControl.ZoomOut": node.dataset.farther, "Map.Title": node.dataset.named }, dragRotate: false, pitchWithRotate: false, doubleClickZoom: false, fadeDuration: 0, maxZoom: 23,
  });
  map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new maplibre.ScaleControl({ unit: "metric" }), "bottom-left");
  await map.once("load");
  picture();
  map.on("click", (event) => corner(event.lngLat));
  field("corner").addEventListener("click", () => corner(map.getCenter()));
  await map.once("idle");
  node.dataset.ready = "yes";
}

field("back").addEventListener("click", () => { corners.pop(); show(); });
field("close").addEventListener("click", close);
field("reading").addEventListener("submit", close); // one that was left open counts as closed
open().catch((error) => { node.textContent = node.dataset.failed; node.dataset.ready = "failed"; console.warn(String(error)); });
