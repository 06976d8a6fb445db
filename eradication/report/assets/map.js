// Puts the data block on the map. Every text arrives as data and is shown with textContent: nothing here parses HTML.
"use strict";

function eradicationMap(map, data) {
  const SVG = "http://www.w3.org/2000/svg";
  const narrow = window.matchMedia("(max-width: 640px)").matches;

  function el(tag, className, text) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  }

  function svg(tag, attributes) {
    const node = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  }

  const states = Object.fromEntries(data.states.map((state) => [state.key, state]));
  const pixels = Object.fromEntries(data.classes.map((c) => [c.key, c.pixels]));

  // Stripes for candidates that lie outside of what their model has learned.
  function stripes(id, fill) {
    const pattern = svg("pattern", { id, width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
    pattern.append(svg("rect", { width: 2.2, height: 5, fill }));
    return pattern;
  }
  const shared = svg("svg", { width: 0, height: 0, "aria-hidden": "true", class: "shared" });
  shared.append(stripes("light-stripes", "#fff"), stripes("dark-stripes", "#8a8a8a"));
  document.body.append(shared);

  function symbol(state, size, letter, outside) {
    const picture = svg("svg", { viewBox: "-1 -1 26 26", width: size, height: size, "aria-hidden": "true" });
    picture.append(
      svg("path", { d: data.paths[state.shape], fill: "none", stroke: "#fff", "stroke-width": 5, "stroke-linejoin": "round" }),
      svg("path", {
        d: data.paths[state.shape],
        fill: state.filled ? state.colour : "#fff",
        stroke: state.filled ? "#222" : state.colour,
        "stroke-width": state.filled ? 1.3 : 2.6,
        "stroke-linejoin": "round",
      })
    );
    if (outside) {
      const fill = state.filled ? "url(#light-stripes)" : "url(#dark-stripes)";
      picture.append(svg("path", { d: data.paths[state.shape], fill, class: "stripes" }));
    }
    if (letter) {
      const low = state.shape === "triangle" ? 19 : state.shape === "inverted" ? 13.5 : 16.2;
      const text = svg("text", { x: 12, y: low, "text-anchor": "middle", class: "letter" });
      text.classList.add(state.filled && !LIGHT.has(state.colour) ? "on-dark" : "on-light");
      text.textContent = letter;
      picture.append(text);
    }
    return picture;
  }
  const UNVISITED = new Set(["candidate", "assigned", "not_reached", "dismissed", "expired"]);
  const LIGHT = new Set(["#e69f00", "#56b4e9", "#cc79a7", "#f0e442"]);

  // A picture of the ground, its pixels as they are, with outline, north and a bar of scale drawn over it.
  function picture(side) {
    const box = el("figure");
    box.append(el("figcaption", "what", side.heading));
    if (side.png) {
      const drawing = svg("svg", { viewBox: "0 0 100 100", class: "chip", role: "img", "aria-label": side.heading + ", " + side.caption });
      drawing.append(svg("image", { href: side.png, width: 100, height: 100 }));
      const d = side.rings.map((ring) => "M" + ring.map((point) => point.join(" ")).join("L") + "z").join("");
      drawing.append(svg("path", { d, class: "halo" }), svg("path", { d, class: "outline" }));
      drawing.append(svg("path", { d: "M92 3L96 13L92 10.5L88 13z", class: "arrow" }));
      const [length, text] = side.bar;
      drawing.append(svg("path", { d: "M4 93V96H" + (4 + length) + "V93", class: "halo" }), svg("path", { d: "M4 93V96H" + (4 + length) + "V93", class: "bar" }));
      for (const [x, y, said] of [[4, 90, text], [92, 21, data.labels.north]]) {
        const letters = svg("text", { x, y, class: "said", "text-anchor": y > 50 ? "start" : "middle" });
        letters.textContent = said;
        drawing.append(letters);
      }
      box.append(drawing);
    }
    box.append(el("figcaption", side.png ? "" : "none", side.caption));
    return box;
  }

  function pictures(chips) {
    if (!chips) return [];
    if (chips.why) return [el("p", "chips-why", chips.why)];
    const pair = el("div", "chips");
    pair.append(...chips.sides.map(picture));
    return [pair];
  }

  function popup(told, chips) {
    const box = el("div", "told");
    box.append(el("h2", "", told.title), ...pictures(chips));
    const table = el("table");
    for (const [name, value] of told.lines) {
      const row = el("tr");
      row.append(el("th", "", name), el("td", "", value));
      table.append(row);
    }
    box.append(table);
    if (told.foot) box.append(el("p", "foot", told.foot));
    return box;
  }

  // A popup lies under the controls of the map, so the map is moved until it stands between them. Where they leave no
  // room for it, as on a phone, they stay away while it is open. What is on the map is measured at each opening: the
  // legend may have been folded, or the window turned, since.
  const WIDEST = 330, FRAME = 28, TIP = 20, GAP = 12;
  const corner = (side) => map.getContainer().querySelector(".leaflet-top.leaflet-" + side).getBoundingClientRect();
  function room() {
    const whole = map.getContainer().getBoundingClientRect();
    const left = corner("left").right - whole.left, right = whole.right - corner("right").left;
    const cramped = whole.width - left - right < WIDEST + FRAME + 2 * GAP;
    return {
      cramped,
      maxWidth: Math.min(WIDEST, whole.width - FRAME - 2 * GAP),
      maxHeight: Math.min(620, whole.height - FRAME - TIP - 2 * GAP),
      autoPanPaddingTopLeft: [cramped ? GAP : left + GAP, GAP],
      autoPanPaddingBottomRight: [cramped ? GAP : right + GAP, GAP],
    };
  }
  const Told = L.Popup.extend({
    update() {
      if (this._map && !document.body.classList.contains("printing")) {
        const { cramped, ...bounds } = room();
        map.getContainer().classList.toggle("cramped", cramped);
        L.setOptions(this, bounds);
      }
      L.Popup.prototype.update.call(this);
    },
  });
  const telling = (told, chips) => new Told({ minWidth: 200 }).setContent(() => popup(told, chips));
  let open = null;
  map.on("popupopen", (event) => { open = event.popup; });
  map.on("popupclose", () => { open = null; map.getContainer().classList.remove("cramped"); });
  const moved = () => { if (open && !document.body.classList.contains("printing")) open.update(); };
  map.on("resize", moved);

  // --- heading -------------------------------------------------------------------------------------------------
  const head = el("header");
  if (data.heading.banner) head.append(el("div", "banner", data.heading.banner));
  const line = el("div", "line");
  const heading = el("h1");
  line.append(heading, el("span", "as-of", data.heading.as_of));
  head.append(line, el("p", "notes", data.heading.notes.join(" ")));
  document.body.prepend(head);

  // --- layers --------------------------------------------------------------------------------------------------
  for (const [name, order] of [["communes", 350], ["grid", 360], ["tracks", 420], ["labels", 430]]) {
    map.createPane(name).style.zIndex = order;
  }

  // Under the outlines' names, over their filling: what was not seen must not look like clean ground.
  const seen = L.layerGroup();
  if (data.seen) {
    map.createPane("seen").style.zIndex = 355;
    L.imageOverlay(data.seen.png, data.seen.bounds, { pane: "seen", interactive: false, className: "seen" }).addTo(seen);
    L.rectangle(data.seen.bounds, { pane: "seen", interactive: false, fill: false, color: data.seen.steps[0].colour, weight: 2, dashArray: "2 6" }).addTo(seen);
  }

  // Pictures of the ground, each with its own legend; those listed later lie on top, outlines and names over all.
  document.body.classList.toggle("painted", data.overlays.length > 0);
  const overlays = data.overlays.map((told, order) => {
    const pane = "overlay" + order;
    map.createPane(pane).style.zIndex = 340 + order;
    return L.layerGroup([L.imageOverlay(told.png, told.bounds, { pane, interactive: false, className: "overlay" })]);
  });

  const outlines = L.layerGroup();
  const communes = data.communes.map((commune) => {
    const outline = L.polygon(commune.rings, {
      pane: "communes", interactive: false, color: "#6d6a60", weight: 1.4, fillColor: "#fdfcf8", fillOpacity: data.overlays.length ? 0 : 1,
      dashArray: commune.approximate ? "6 5" : null,
    }).addTo(outlines);
    const name = el("span", "", commune.name);
    const left = el("b");
    name.append(left);
    L.marker(commune.at, {
      pane: "communes", interactive: false, keyboard: false, icon: L.divIcon({ className: "commune-name", html: name, iconSize: [0, 0] }),
    }).addTo(outlines);
    return { code: commune.code, outline, left };
  });

  // Communes by what remains in the chosen season; the number stands beside the name, for copies without colours.
  let shaded = Boolean(data.shading);
  function shade() {
    if (!data.shading) return;
    const rows = (shaded && data.shading.seasons[data.seasons.labels[chosen]]) || {};
    for (const { code, outline, left } of communes) {
      const [step, text] = Object.hasOwn(rows, code) ? rows[code] : [null, ""];
      outline.setStyle({ fillColor: step === null ? data.shading.plain.colour : data.shading.steps[step].colour });
      left.textContent = text;
    }
  }

  const tracks = data.units.map(() => L.layerGroup());
  for (const track of data.tracks) {
    const style = { pane: "tracks", lineJoin: "round", lineCap: "round" };
    L.polyline(track.line, { ...style, color: "#fff", weight: 5, opacity: 0.85, interactive: false }).addTo(tracks[track.unit]);
    L.polyline(track.line, { ...style, color: data.units[track.unit].colour, weight: 2.4 })
      .bindPopup(telling(track.popup))
      .addTo(tracks[track.unit]);
  }

  const waypoints = L.layerGroup();
  for (const mark of data.waypoints) {
    L.circleMarker(mark.at, { pane: "tracks", radius: 4, color: "#222", weight: 1, fillColor: data.units[mark.unit].colour, fillOpacity: 1 })
      .bindPopup(telling(mark.popup))
      .addTo(waypoints);
  }

  // Outlines and the crowd of small symbols go on one canvas: thousands of them must not slow a phone down.
  const canvas = L.canvas({ padding: 0.3, tolerance: 4 });

  function smallMarker(plot, state) {
    const look = { color: state.filled ? "#222" : state.colour, weight: state.filled ? 0.8 : 1.6, fillColor: state.filled ? state.colour : "#fff" };
    const dashed = plot.outside ? { dashArray: "2 2", fillOpacity: 0.25 } : { fillOpacity: 0.9 };
    return L.circleMarker(plot.at, { ...look, ...dashed, renderer: canvas, radius: 3.2 });
  }

  function fullMarker(plot, state, faded) {
    const size = pixels[plot.class];
    const icon = L.divIcon({ className: faded ? "plot faded" : "plot", html: symbol(state, size, plot.letter, plot.outside), iconSize: [size, size] });
    const above = UNVISITED.has(plot.state) ? 0 : 10000;
    return L.marker(plot.at, { icon, title: plot.popup.title, alt: plot.popup.title, riseOnHover: true, riseOffset: 20000, zIndexOffset: above });
  }

  function place(plot, faded) {
    const state = states[plot.state];
    const marker = plot.small ? smallMarker(plot, state) : fullMarker(plot, state, faded);
    const style = { renderer: canvas, color: state.colour, weight: 1.6, fillColor: state.colour, fillOpacity: 0.25, dashArray: faded ? "3 3" : plot.outside ? "2 4" : null };
    return L.featureGroup([L.polygon(plot.rings, style), marker]).bindPopup(telling(plot.popup, plot.chips));
  }

  // Each place is drawn when it is first to be seen: plainly in its own season, faded where a later one is chosen.
  const plots = [...data.past, ...data.plots].map((plot) => ({ plot, drawn: {}, shown: null }));
  const newest = data.seasons.labels.length - 1;
  let chosen = newest;
  let withPast = false;

  // --- panel: legend and switches in one -----------------------------------------------------------------------
  const hidden = { state: new Set(), class: new Set() };
  const counts = { state: new Map(), class: new Map() };
  function look(plot) {
    if (plot.season === chosen) return hidden.state.has(plot.state) || hidden.class.has(plot.class) ? null : "plain";
    return withPast && plot.season < chosen ? "faded" : null;
  }
  function showPlots() {
    for (const one of plots) {
      const wanted = look(one.plot);
      if (wanted === one.shown) continue;
      if (one.shown) one.drawn[one.shown].remove();
      if (wanted) (one.drawn[wanted] ||= place(one.plot, wanted === "faded")).addTo(map);
      one.shown = wanted;
    }
  }
  function count() {
    for (const kind of ["state", "class"]) {
      for (const [key, node] of counts[kind]) {
        node.textContent = String(plots.filter(({ plot }) => plot.season === chosen && plot[kind] === key).length);
      }
    }
  }

  function row(picture, label, n, on, change) {
    const line = el("label", "row");
    const box = el("input");
    box.type = "checkbox";
    box.checked = on;
    box.addEventListener("change", () => change(box.checked));
    const key = el("span", "key");
    if (picture) key.append(picture);
    line.append(box, key, el("span", "text", label));
    if (n !== null) line.append(el("span", "count", String(n)));
    if (on) change(true);
    return line;
  }

  function counted(kind, key, picture, label, n) {
    const line = row(picture, label, n, true, toggled(hidden[kind], key));
    counts[kind].set(key, line.querySelector(".count"));
    return line;
  }

  function swatch(attributes) {
    const picture = svg("svg", { viewBox: "0 0 24 12", width: 24, height: 12, "aria-hidden": "true" });
    picture.append(svg("path", { d: "M2 6H22", fill: "none", ...attributes }));
    return picture;
  }

  function dot() {
    const picture = svg("svg", { viewBox: "0 0 12 12", width: 12, height: 12, "aria-hidden": "true" });
    picture.append(svg("circle", { cx: 6, cy: 6, r: 4, fill: data.units[0].colour, stroke: "#222" }));
    return picture;
  }

  function outsideKey() {
    const line = el("p", "small outside");
    line.append(symbol(states.candidate, 16, "", true), " ", data.labels.outside);
    return line;
  }

  function pastKey() {
    const picture = symbol(states[data.past[0].state], 20);
    picture.classList.add("faded");
    return picture;
  }

  function patch(colour, label) {
    const line = el("div", "row"), key = el("span", "key");
    const square = svg("svg", { viewBox: "0 0 24 12", width: 24, height: 12, "aria-hidden": "true" });
    square.append(svg("rect", { x: 0.5, y: 0.5, width: 23, height: 11, fill: colour, stroke: "#6d6a60" }));
    key.append(square);
    line.append(key, el("span", "text", label));
    return line;
  }

  function shades() {
    if (!data.shading) return [];
    const told = data.shading, steps = el("div", "steps");
    steps.append(patch(told.plain.colour, told.plain.label), ...told.steps.map((step) => patch(step.colour, step.label)));
    const change = (on) => { shaded = on; steps.hidden = !on; shade(); };
    return [row(swatch({ stroke: told.steps[2].colour, "stroke-width": 10 }), told.title, null, true, change), steps];
  }

  function letterKey(c) {
    const key = el("span", "class-key", c.key);
    key.style.width = key.style.height = key.style.lineHeight = c.pixels - 8 + "px";
    return key;
  }

  const shown = (layer) => (on) => (on ? layer.addTo(map) : layer.remove());
  const toggled = (set, key) => (on) => { on ? set.delete(key) : set.add(key); showPlots(); };

  function section(title, rows) {
    if (!rows.length) return [];
    return [el("h3", "", title), ...rows];
  }

  function legendOf(steps) {
    const box = el("div", "steps");
    for (const step of steps) {
      const line = el("div", "row"), key = el("span", "key");
      key.append(swatch({ stroke: step.colour, "stroke-width": 10, "stroke-opacity": step.alpha }));
      line.append(key, el("span", "text", step.label));
      box.append(line);
    }
    return box;
  }

  function overlayRows() {
    return data.overlays.flatMap((told, order) => {
      const steps = legendOf(told.steps);
      steps.hidden = !told.on;
      const picture = swatch({ stroke: told.steps[0].colour, "stroke-width": 10 });
      return [row(picture, told.label, null, told.on, (on) => { shown(overlays[order])(on); steps.hidden = !on; }), steps];
    });
  }

  function others() {
    const approximate = data.communes.some((commune) => commune.approximate);
    const label = data.labels.communes + (approximate ? " – " + data.labels.approximate : "");
    const rows = overlayRows();
    if (data.communes.length) {
      rows.push(row(swatch({ stroke: "#6d6a60", "stroke-width": 2, ...(approximate ? { "stroke-dasharray": "5 3" } : {}) }), label, null, true, shown(outlines)));
      rows.push(...shades());
    }
    if (data.waypoints.length) rows.push(row(dot(), data.labels.waypoints, data.waypoints.length, true, shown(waypoints)));
    if (data.past.length) rows.push(row(pastKey(), data.seasons.faded, data.past.length, false, (on) => { withPast = on; showPlots(); }));
    if (data.seen) {
      const steps = el("div", "steps");
      steps.hidden = true;
      for (const step of data.seen.steps) {
        const line = el("div", "row");
        const key = el("span", "key");
        key.append(swatch({ stroke: step.alpha ? step.colour : "#fff", "stroke-width": 10, "stroke-opacity": step.alpha || 1 }));
        line.append(key, el("span", "text", step.label));
        steps.append(line);
      }
      const beyond = el("div", "row"), frame = el("span", "key");
      frame.append(swatch({ stroke: data.seen.steps[0].colour, "stroke-width": 2, "stroke-dasharray": "2 6" }));
      beyond.append(frame, el("span", "text", data.labels.beyond));
      steps.append(beyond);
      const picture = swatch({ stroke: data.seen.steps[0].colour, "stroke-width": 10, "stroke-opacity": 0.6 });
      rows.push(row(picture, data.labels.seen, null, false, (on) => { shown(seen)(on); steps.hidden = !on; }), steps);
    }
    rows.push(row(swatch({ stroke: "#a9c2cf", "stroke-width": 1.5 }), data.labels.grid, null, true, shown(grid)));
    return rows;
  }

  function trackRow(unit, i) {
    return unit.count && row(swatch({ stroke: unit.colour, "stroke-width": 4 }), unit.label, unit.count, true, shown(tracks[i]));
  }

  const grid = L.layerGroup();
  const panel = el("details", "panel");
  panel.open = !narrow;
  panel.append(el("summary", "", data.labels.legend));
  const content = el("div", "content"), empty = el("p", "empty", data.labels.empty);
  content.append(
    empty,
    ...section(data.labels.states, data.states.map((s) => counted("state", s.key, symbol(s, 20), s.label, s.count))),
    ...(plots.some(({ plot }) => plot.small) ? [el("p", "small", data.labels.small)] : []),
    ...(plots.some(({ plot }) => plot.outside) ? [outsideKey()] : []),
    ...section(data.labels.classes, data.classes.map((c) => counted("class", c.key, letterKey(c), c.label, c.count))),
    ...section(data.labels.tracks, data.units.map(trackRow).filter(Boolean)),
    ...section(data.labels.other, others()),
    ...(data.labels.pictures ? [el("p", "small", data.labels.pictures)] : [])
  );
  panel.append(content);
  panel.addEventListener("toggle", () => { if (panel.open && room().cramped) map.closePopup(); else moved(); });
  const control = L.control({ position: "topright" });
  control.onAdd = () => {
    L.DomEvent.disableClickPropagation(panel);
    L.DomEvent.disableScrollPropagation(panel);
    return panel;
  };
  control.addTo(map);

  // --- seasons: a slider, for keys and fingers --------------------------------------------------------------------
  function nameSeason() {
    heading.textContent = data.seasons.headings[chosen];
    document.title = data.seasons.titles[chosen];
    empty.hidden = !data.labels.empty || plots.some(({ plot }) => plot.season === chosen);
  }
  nameSeason();
  function choose(number) {
    chosen = number;
    nameSeason();
    document.body.classList.toggle("earlier", chosen !== newest);
    map.closePopup();
    showPlots();
    count();
    shade();
  }
  if (newest > 0) {
    const bar = el("div", "seasons"), label = el("label", "", data.seasons.title), slider = el("input"), said = el("output");
    label.htmlFor = slider.id = "season";
    Object.assign(slider, { type: "range", min: 0, max: newest, step: 1, value: newest });
    said.htmlFor = "season";
    said.setAttribute("aria-live", "polite");
    const stops = el("span", "stops");
    stops.append(...data.seasons.labels.map((name) => el("span", "", name)));
    const tell = () => {
      const name = data.seasons.labels[chosen], n = plots.filter(({ plot }) => plot.season === chosen).length;
      slider.setAttribute("aria-valuetext", name);
      said.replaceChildren(el("strong", "", name), " · " + data.seasons.said.replace("#", n));
      if (chosen !== newest) said.append(el("span", "only", data.seasons.only));
    };
    slider.addEventListener("input", () => { choose(Number(slider.value)); tell(); map.invalidateSize({ pan: false }); });
    const scale = el("span", "scale");
    scale.append(slider, stops);
    bar.append(label, scale, said);
    head.after(bar);
    tell();
  }

  // --- north, scale, grid --------------------------------------------------------------------------------------
  L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
  const north = L.control({ position: "topleft" });
  north.onAdd = () => {
    const box = el("div", "north");
    const arrow = svg("svg", { viewBox: "0 0 24 30", width: 24, height: 30, "aria-hidden": "true" });
    arrow.append(svg("path", { d: "M12 1L20 28L12 22L4 28z", fill: "#222" }), svg("path", { d: "M12 1L12 22L4 28z", fill: "#fff", stroke: "#222" }));
    box.append(arrow, el("span", "", data.labels.north));
    return box;
  };
  north.addTo(map);

  const STEPS = [1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];
  function drawGrid() {
    grid.clearLayers();
    const view = map.getBounds();
    const [west, east, south, north] = [view.getWest(), view.getEast(), view.getSouth(), view.getNorth()];
    const step = STEPS.find((s) => (east - west) / s >= (narrow ? 2 : 4)) || 0.001;
    const digits = Math.max(0, Math.ceil(-Math.log10(step)));
    const draw = (ends, at, text, side) => {
      L.polyline(ends, { pane: "grid", color: "#a9c2cf", weight: 1, interactive: false }).addTo(grid);
      const pixel = map.latLngToContainerPoint(at);
      if (side === "left" ? pixel.y < 150 : pixel.x < 150) return; // under the zoom buttons or the scale bar
      const icon = L.divIcon({ className: "grid-label " + side, html: el("span", "", text), iconSize: [0, 0] });
      L.marker(at, { pane: "labels", icon, interactive: false, keyboard: false }).addTo(grid);
    };
    for (let i = Math.ceil(west / step); i * step < east; i++) {
      const lon = i * step;
      draw([[south, lon], [north, lon]], [south, lon], lon.toFixed(digits) + "°", "bottom");
    }
    for (let i = Math.ceil(south / step); i * step < north; i++) {
      const lat = i * step;
      draw([[lat, west], [lat, east]], [lat, west], lat.toFixed(digits) + "°", "left");
    }
  }
  map.on("moveend", drawGrid);
  const nameZoom = () => map.getContainer().classList.toggle("names", map.getZoom() >= 10);
  map.on("zoomend", nameZoom);

  // --- first view, print ---------------------------------------------------------------------------------------
  function fit() {
    map.invalidateSize({ animate: false });
    const right = !narrow && panel.open ? panel.offsetWidth + 30 : 20;
    map.fitBounds(data.bounds, { paddingTopLeft: [narrow ? 20 : 50, 25], paddingBottomRight: [right, 35], maxZoom: 16, animate: false });
  }
  fit();
  nameZoom();
  let onScreen = null;
  function redraw(view) {
    map.invalidateSize({ animate: false });
    map.fitBounds(view, { animate: false });
  }
  window.addEventListener("beforeprint", () => {
    onScreen = { view: map.getBounds(), centre: map.getCenter(), zoom: map.getZoom(), open: panel.open };
    panel.open = true;
    document.body.classList.add("printing");
    redraw(onScreen.view);
  });
  window.addEventListener("afterprint", () => {
    document.body.classList.remove("printing");
    panel.open = onScreen.open;
    map.invalidateSize({ animate: false });
    map.setView(onScreen.centre, onScreen.zoom, { animate: false });
  });
}
