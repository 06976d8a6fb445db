// First screen: where the patrol is to go today, as a map and as a list.

import { distanceOf } from "./boundary.js";
import { button, el, fill } from "./dom.js";
import { far, megabytes, moment, number, say, sayCode } from "./words.js";

const FEW = 40;
const HERE_M = 15;
const WINDS = ["n", "ne", "e", "se", "s", "sw", "w", "nw"];

export class TodayScreen {
  constructor(app) {
    this.app = app;
    this.node = el("section", { "aria-labelledby": "today-title" });
  }

  async open() {
    this.all = false;
    this.at = null;
    const { today } = this.app;
    this.list = el("ul", { class: "stops" });
    this.mapNode = el("div", { class: "map", role: "region", "aria-label": say("map.title") });
    this.pack = el("div", { class: "pack" });
    fill(
      this.node,
      el("h1", { id: "today-title" }, say("today.title")),
      this.trouble(),
      this.begin(),
      today && el("p", { class: "valid" }, say("today.valid_until", { when: moment(today.expires_at) })),
      today && this.mapNode,
      today && this.pack,
      today && this.list,
      button(say("today.new_place"), () => this.app.go("visit", {}), { class: "wide-button" }),
    );
    if (!today) return;
    this.drawList(null);
    await Promise.all([this.openMap(), this.drawPack()]);
    this.watch = navigator.geolocation?.watchPosition(({ coords }) => this.moved([coords.longitude, coords.latitude]), () => {}, { enableHighAccuracy: false, maximumAge: 30_000 });
  }

  /** The walk begins here, where the day does: one tap less than by its own screen, where it also ends. */
  begin() {
    const { walk, identity } = this.app;
    if (!identity || walk.running) return null;
    const begin = button(say("walk.start"), async () => { begin.disabled = true; await walk.start(); begin.remove(); }, { class: "main-button" });
    return begin;
  }

  trouble() {
    const { trouble } = this.app;
    if (!trouble) return null;
    const link = ["sign_in", "rests", "revoked"].includes(trouble) && el("a", { class: "wide-button", href: "/signin?next=/phone" }, say("sign_in.link"));
    const carry = ["disabled", "revoked"].includes(trouble) && this.app.queue && button(say("queue.export"), () => this.app.go("queue"), { class: "wide-button" });
    return el("div", { class: "warning", role: "status" }, el("p", {}, say(`today.${trouble}`)), link, carry);
  }

  drawList(at) {
    const stops = this.app.today.stops.map((stop) => ({ stop, metres: at ? distanceOf(at, [stop.lon, stop.lat]) : null }));
    if (at) stops.sort((a, b) => a.metres - b.metres);
    this.order = stops.map(({ stop }) => stop);
    const shown = this.all ? stops : stops.slice(0, FEW);
    const more = button(say("today.more", { count: number(stops.length - shown.length) }), () => { this.all = true; this.drawList(at); }, { class: "wide-button" });
    fill(this.list, shown.map(({ stop, metres }) => el("li", {}, this.card(stop, metres, at))), shown.length < stops.length && el("li", {}, more));
    if (!stops.length) fill(this.list, el("li", { class: "nothing" }, say("today.nothing")));
  }

  card(stop, metres, at) {
    const facts = [
      stop.class && say("today.class", { class: stop.class }),
      Number.isFinite(stop.area_m2) && `${number(stop.area_m2)} m²`,
      stop.state && sayCode("state", stop.state),
      stop.selection_mode && sayCode("selection_mode", stop.selection_mode),
    ];
    return el(
      "button", { type: "button", class: "stop", on: { click: () => this.app.go("visit", { stop }) } },
      el("span", { class: "code" }, stop.code),
      metres !== null && el("span", { class: "far" }, metres < HERE_M ? say("wind.here") : `${far(metres)} ${say(`wind.${windOf(at, stop)}`)}`),
      el("span", { class: "facts" }, facts.filter(Boolean).join(" · ")),
      stop.note && el("span", { class: "note" }, stop.note),
    );
  }

  async openMap() {
    try {
      const { FieldMap } = await import("./map.js");
      const map = new FieldMap(this.mapNode, (stop) => this.app.go("visit", { stop }));
      await map.open(this.app.today.stops, this.app.language());
      if (this.app.current !== this) map.close(); // left while it was being opened
      else this.map = map;
      if (this.map && this.at) this.look(this.at);
    } catch {
      fill(this.mapNode, el("p", { class: "nothing" }, say("map.none"))); // no WebGL: the list has to do
    }
  }

  async drawPack() {
    const { fetchPack, keptAbout, keptPack, NoMap } = await import("./map.js");
    const [kept, { remarks }] = await Promise.all([keptPack(), keptAbout(this.app.language())]);
    const get = button(say(kept ? "map.renew" : "map.fetch"), async () => {
      get.disabled = true;
      try {
        await fetchPack(this.app.language(), (how) => { said.textContent = howFar(how); });
        if (this.app.current === this) await this.app.again();
      } catch (error) {
        said.textContent = error instanceof NoMap ? error.message : say("map.failed");
        get.disabled = false;
      }
    }, { class: "quiet" });
    const said = el("span", { role: "status" }, kept ? say("map.kept", { size: megabytes(kept) }) : say("map.missing"));
    const known = remarks.length > 0 && el("details", { class: "lacks" }, el("summary", {}, say("map.remarks", { count: number(remarks.length) })), el("ul", {}, remarks.map((one) => el("li", {}, one))));
    fill(this.pack, said, this.app.online && get, known);
  }

  moved(at) {
    if (!this.app.today) return;
    this.map?.here(at);
    // A list that jumps under the thumb opens the wrong plot: it is put in order once.
    if (!this.at) {
      this.drawList(at);
      this.look(at);
    }
    this.at = at;
  }

  /** Show what is first on the list; 100 places at once show nothing. */
  look(at) {
    this.map?.showFirst(this.order, at);
    this.map?.here(at);
  }

  close() {
    if (this.watch !== undefined) navigator.geolocation.clearWatch(this.watch);
    this.map?.close();
    this.map = null;
  }
}

/** How far the map is: made in the office, or fetched. */
function howFar({ bytes, making }) {
  if (!making) return say("map.fetching", { size: megabytes(bytes) });
  return making.total ? say("map.making_part", { done: number(making.done), total: number(making.total) }) : say("map.making");
}

function windOf([lon, lat], stop) {
  const east = (stop.lon - lon) * Math.cos((lat * Math.PI) / 180);
  const turn = (Math.atan2(east, stop.lat - lat) * 180) / Math.PI;
  return WINDS[Math.round(((turn + 360) % 360) / 45) % 8];
}
