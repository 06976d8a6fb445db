// Writing down the walk of a patrol, and walking round a plot.

import { compare, distanceOf, error95, measure } from "./boundary.js";
import { button, el, fill, toast } from "./dom.js";
import { Track } from "./track.js";
import { clock, far, number, say } from "./words.js";

/** One walk at a time, whatever screen is shown. */
export class Walk {
  constructor(app) {
    this.app = app;
    this.track = null;
  }

  get running() {
    return this.track !== null;
  }

  async start() {
    const { queue, identity, version } = this.app;
    Object.assign(this, { began: Date.now(), metres: 0, last: null, accuracy: null, trouble: 0 });
    const told = { purpose: "walk", app: version, onFix: (fix) => this.take(fix), onTrouble: (code) => { this.trouble = code; this.app.ticked(); } };
    this.track = await new Track(queue, identity, told).start();
    this.app.ticked();
  }

  take(fix) {
    const at = [fix.lon, fix.lat];
    const step = this.last ? distanceOf(this.last, at) : 0;
    if (!this.last || step > Math.max(5, fix.accuracy || 0)) { // a receiver that stands still wanders
      this.metres += this.last ? step : 0;
      this.last = at;
    }
    Object.assign(this, { accuracy: fix.accuracy, trouble: 0 });
    this.app.ticked();
  }

  async stop() {
    const { track } = this;
    this.track = null;
    const record = await track.stop();
    toast(say(record ? "walk.kept" : "walk.empty"));
    this.app.drawHead();
    this.app.kept();
  }
}

export class TrackScreen {
  constructor(app) {
    this.app = app;
    this.node = el("section", { "aria-labelledby": "walk-title" });
  }

  async open() {
    const { walk, identity } = this.app;
    if (!identity) {
      fill(this.node, el("h1", { id: "walk-title" }, say("walk.title")), el("p", {}, say("sign_in.first")), el("a", { class: "wide-button", href: "/signin?next=/phone" }, say("sign_in.link")));
      return;
    }
    this.figures = el("dl", { class: "figures" });
    this.state = el("p", { class: "said", role: "status" });
    const act = walk.running
      ? button(say("walk.stop"), async () => { await walk.stop(); await this.open(); }, { class: "main-button stop-button" })
      : button(say("walk.start"), async () => { await walk.start(); await this.open(); }, { class: "main-button" });
    fill(
      this.node, el("h1", { id: "walk-title" }, say("walk.title")), this.state, this.figures, act,
      button(say("boundary.title"), () => this.app.go("boundary"), { class: "wide-button" }),
      el("p", { class: "hint" }, say("walk.hint")),
    );
    this.tick();
  }

  tick() {
    const { walk } = this.app;
    if (!this.figures) return;
    this.state.textContent = say(walk.running ? (walk.trouble ? "walk.no_position" : "walk.running") : "walk.idle");
    this.state.className = walk.running ? (walk.trouble ? "said bad" : "said recording") : "said";
    fill(this.figures, walk.running && [
      figure(say("walk.since"), clock(walk.began)), figure(say("walk.length"), far(walk.metres)),
      figure(say("walk.fixes"), number(walk.track.count)), figure(say("walk.accuracy"), walk.accuracy ? `±${number(walk.accuracy)} m` : "–"),
    ]);
  }

  close() {}
}

function figure(name, value) {
  return el("div", {}, el("dt", {}, name), el("dd", {}, value));
}

/** Walk round a plot once, better twice; gives the ring, its area and its error to the form that asked. */
export class BoundaryScreen {
  constructor(app) {
    this.app = app;
    this.node = el("section", { "aria-labelledby": "boundary-title" });
    this.laps = [];
  }

  async open({ done = null } = {}) {
    this.done = done;
    this.laps = [];
    this.canopy = false;
    await this.draw();
  }

  again() {
    return this.draw();
  }

  async draw() {
    const running = Boolean(this.track);
    this.figures = el("dl", { class: "figures big" });
    this.state = el("p", { class: "said", role: "status" });
    const trees = el("input", { type: "checkbox", checked: this.canopy, autocomplete: "off", on: { change: () => { this.canopy = trees.checked; this.tick(); } } });
    this.useful = button(say(this.done ? "boundary.use" : "boundary.close"), () => this.finish(), { class: running ? "wide-button" : "main-button" });
    fill(
      this.node, el("h1", { id: "boundary-title" }, say("boundary.title")), this.state, this.figures,
      el("label", { class: "choice check" }, trees, el("span", {}, say("boundary.canopy"))),
      running
        ? button(say("boundary.stop"), () => this.stopLap(), { class: "main-button stop-button" })
        : button(say(this.laps.length ? "boundary.again" : "boundary.start"), () => this.startLap(), { class: this.laps.length ? "wide-button" : "main-button" }),
      !running && this.laps.length > 0 && this.useful,
      button(say("boundary.leave"), () => this.leave(), { class: "quiet" }),
      el("p", { class: "hint" }, say("boundary.hint")),
      el("p", { class: "hint" }, say("boundary.kept_when")),
    );
    this.tick();
  }

  async startLap() {
    const { queue, identity, version } = this.app;
    this.fixes = [];
    const told = { purpose: "boundary", app: version, onFix: (fix) => { this.fixes.push(fix); this.tick(); } };
    this.track = await new Track(queue, identity, told).start();
    await this.draw();
  }

  async stopLap() {
    const measured = measure(this.fixes, this.canopy);
    await this.endTrack();
    if (measured.usable) this.laps.push({ ...measured, ring: this.fixes.map((fix) => [fix.lon, fix.lat]) });
    else this.unusable = measured;
    await this.draw();
  }

  async endTrack() {
    const { track } = this;
    this.track = null;
    await track.stop();
    this.app.kept();
  }

  tick() {
    const measured = this.track ? measure(this.fixes, this.canopy) : this.laps.at(-1) || this.unusable;
    if (!measured) {
      this.state.textContent = say("boundary.ready");
      return;
    }
    fill(
      this.figures,
      figure(say("boundary.area_name"), measured.closed ? say("boundary.area", { area: number(measured.area_m2), error: number(error95(measured)) }) : "–"),
      figure(say("boundary.perimeter"), `${number(measured.perimeter_m)} m`),
      figure(say("boundary.gap"), measured.gap_m === null ? "–" : `${number(measured.gap_m)} m`),
      figure(say("walk.fixes"), number(measured.count)),
    );
    const [kind, values] = this.verdict(measured);
    this.state.textContent = say(`boundary.${kind}`, values);
    this.state.className = `said ${{ closed: "good", agree: "good", crossed: "bad", differ: "bad", not_usable: "bad", once: "", open: "recording" }[kind]}`;
  }

  verdict(measured) {
    if (measured.crossings) return ["crossed", {}];
    if (this.track) return measured.usable ? ["closed", {}] : ["open", {}];
    if (!measured.usable) return ["not_usable", {}];
    if (this.laps.length < 2) return ["once", {}];
    const { differ_pct: differ, again } = compare(this.laps.at(-2), this.laps.at(-1));
    return [again ? "differ" : "agree", { percent: number(differ) }];
  }

  /** Two walks that agree count with their mean; else the last. */
  async finish() {
    const last = this.laps.at(-1);
    const pair = this.laps.length > 1 ? compare(this.laps.at(-2), last) : null;
    const chosen = pair && !pair.again ? { ...last, area_m2: pair.area_m2, area_se_m2: pair.area_se_m2 } : last;
    await this.leave(chosen);
  }

  async leave(chosen = null) {
    const { done } = this;
    this.done = null;
    const given = chosen?.ring ? chosen : null;
    if (this.track) await this.endTrack();
    this.laps = [];
    this.unusable = null;
    if (done) done(given);
    else await this.app.go("track");
  }

  /** What has to be asked before another screen is shown; empty if nothing would be lost. */
  leaving() {
    if (this.track) return "boundary.leave_running";
    return this.laps.length || this.done ? "form.leave" : "";
  }

  /** Left for another screen: what was walked is kept as a track, the figures go. */
  close() {
    Object.assign(this, { laps: [], unusable: null, done: null });
    return this.track && this.endTrack();
  }
}
