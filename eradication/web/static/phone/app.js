// The phone's page: who is signed in, which screen is shown, and sending whenever there is a network.

import { button, el, fill, icon, toast } from "./dom.js";
import { keepForGood, openDatabase, Queue } from "./queue.js";
import { QueueScreen } from "./queue_screen.js";
import { expired, dropPlaces, loadToday, signOut, stillLeaving } from "./today.js";
import { TodayScreen } from "./today_screen.js";
import { finishInterrupted } from "./track.js";
import { BoundaryScreen, TrackScreen, Walk } from "./track_screen.js";
import { Sender } from "./upload.js";
import { VisitScreen } from "./visit_screen.js";
import { language, loadWords, say, speak } from "./words.js";

const NAV = [
  ["today", ["M9 20l-6-3V4l6 3 6-3 6 3v13l-6-3z", "M9 7v13", "M15 4v13"]],
  ["track", ["M12 5a2 2 0 1 0 0-4 2 2 0 0 0 0 4z", "M9 22l2-7-3-3 1-5h4l3 4 3 1", "M11 15l4 2 1 5"]],
  ["visit", ["M6 3h12v18H6z", "M9 8h6", "M9 12h6", "M9 16h3"]],
  ["tip", ["M4 5h16v11H9l-5 4z", "M8 9h8", "M8 12h5"]],
  ["queue", ["M12 16V4", "M7 9l5-5 5 5", "M4 16v4h16v-4"]],
];
const LEAST_PAUSE = 5_000;

export class App {
  constructor() {
    this.main = document.getElementById("main");
    this.version = document.documentElement.dataset.version || "dev";
    this.walk = new Walk(this);
    this.officers = "";
    this.online = navigator.onLine;
    this.screens = {
      today: new TodayScreen(this), track: new TrackScreen(this), visit: new VisitScreen(this), tip: new VisitScreen(this, true),
      queue: new QueueScreen(this), boundary: new BoundaryScreen(this),
    };
  }

  language() {
    return language();
  }

  forms() {
    return this.allForms[language()] || this.allForms.vi;
  }

  async start() {
    await loadWords();
    this.allForms = await (await fetch("/phone/forms.json", { credentials: "same-origin" })).json();
    if (await stillLeaving()) return this.showLeaving();
    this.database = await openDatabase();
    await this.renew();
    await this.go("today");
    await keepForGood();
    addEventListener("online", () => this.renew().then(() => this.sendNow(true)));
    addEventListener("offline", () => this.heard(false));
    addEventListener("beforeunload", (event) => { if (this.walk.running || this.screens.boundary.track || this.screens.visit.unsaved() || this.screens.tip.unsaved()) event.preventDefault(); });
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") this.wake(); });
    setInterval(() => this.dropExpired(), 60_000);
    // Whoever has just signed in again need not wait for the next try of what was tried in vain without a session.
    return this.sendNow(this.online && ["", "rests"].includes(this.trouble));
  }

  /** Ask who is signed in and what there is to do today. */
  async renew() {
    const { today, identity, online, trouble } = await loadToday(this.database);
    const other = this.identity && identity?.person !== this.identity.person;
    Object.assign(this, { today, identity, online, trouble });
    if (!identity) return this.drawHead();
    if (other || !this.queue) {
      this.officers = identity.officers || "";
      this.queue = new Queue(this.database, { person: identity.person, device: identity.device });
      this.sender = new Sender(this.queue, { changed: () => this.changed(), heard: (online) => this.heard(online) });
      const [cut] = await finishInterrupted(this.queue, identity, this.version);
      if (cut) toast(say(cut));
    }
    return this.drawHead();
  }

  /** What the last request told of the network; the browser's own word is often wrong in the mountains. */
  heard(online) {
    if (this.online === online) return;
    this.online = online;
    this.drawHead();
  }

  async wake() {
    await this.dropExpired();
    await this.sendNow();
  }

  async dropExpired() {
    if (!this.today || !expired(this.today)) return;
    await dropPlaces();
    Object.assign(this, { today: null, trouble: "expired" });
    if (this.name === "today") await this.go("today");
  }

  /** Show a screen; the one before lets go of what it holds. */
  async go(name, given = {}) {
    if (this.current && name !== "boundary" && !(await this.mayLeave(name))) return;
    if (this.current && !(this.name === "visit" && name === "boundary") && !(this.name === "tip" && name === "boundary")) this.current.close();
    this.name = name;
    this.current = this.screens[name];
    fill(this.main, this.current.node);
    this.drawNav();
    scrollTo(0, 0);
    await this.current.open(given);
    this.current.node.querySelector("h1")?.setAttribute("tabindex", "-1");
    this.current.node.querySelector("h1")?.focus({ preventScroll: true });
  }

  /** Leaving a form that was begun loses it: the thumb may have slipped. */
  async mayLeave(name) {
    const question = this.current.leaving ? this.current.leaving() : this.current.unsaved?.() && "form.leave";
    if (this.name === name && name !== "visit" || !question) return true;
    const [stay, leave] = question === "form.leave" ? ["form.stay", "form.discard"] : ["boundary.stay", "boundary.end"];
    const box = el("dialog", { class: "ask", "aria-labelledby": "ask-title" });
    const answer = new Promise((resolve) => {
      const choose = (may) => () => { box.close(); box.remove(); resolve(may); };
      box.addEventListener("cancel", choose(false));
      box.append(el("h2", { id: "ask-title" }, say(question)), button(say(stay), choose(false), { class: "main-button" }), button(say(leave), choose(true), { class: "wide-button" }));
    });
    document.body.append(box);
    box.showModal();
    return answer;
  }

  /** Show the same again, in another language say; what the screen was opened with stays. */
  again() {
    return this.current.again ? this.current.again() : this.go(this.name);
  }

  /** Show the form again after a screen that answered it. */
  back(name, screen) {
    this.name = name;
    this.current = screen;
    fill(this.main, screen.node);
    this.drawNav();
  }

  walkBoundary() {
    const { name, current } = this;
    return new Promise((resolve) => {
      this.go("boundary", { done: (walked) => { this.back(name, current); resolve(walked); } });
    });
  }

  /** Let a point be chosen: the map moves under a cross in its middle. */
  async pickOnMap() {
    const box = el("dialog", { class: "pick", "aria-label": say("map.pick") });
    const node = el("div", { class: "map" }, el("div", { class: "cross", "aria-hidden": "true" }));
    document.body.append(box);
    const chosen = new Promise((resolve) => {
      const choose = (point) => { box.close(); resolve(point()); };
      box.addEventListener("cancel", (event) => { event.preventDefault(); choose(() => null); });
      box.append(
        el("p", {}, say("map.pick_hint")), node,
        button(say("map.take"), () => choose(() => map?.middle() || null), { class: "main-button" }), button(say("map.cancel"), () => choose(() => null), { class: "wide-button" }),
      );
    });
    box.showModal();
    let map = null;
    try {
      const { FieldMap } = await import("./map.js");
      map = await new FieldMap(node).open(this.today?.stops || [], language(), this.walk.last);
    } catch {
      fill(node, el("p", { class: "nothing" }, say("map.none")));
    }
    const point = await chosen;
    map?.close();
    box.remove();
    return point;
  }

  /** Something was kept: show it and try to send it. */
  kept() {
    this.changed();
    this.sendNow();
  }

  changed() {
    this.drawNav();
    if (this.name === "queue") this.current.tick();
  }

  ticked() {
    this.drawHead();
    if (this.name === "track") this.current.tick();
  }

  /** Send what waits; the sender makes sure that the session is still that of the person who is shown. */
  async sendNow(all = false) {
    if (!this.sender) return;
    clearTimeout(this.clock);
    if (all && this.trouble) await this.renew();
    const next = await this.sender.round({ all });
    if (["other_person", "disabled"].includes(this.sender.halted)) {
      await this.renew();
      if (this.name === "today") await this.go("today");
    }
    this.changed();
    if (next) this.clock = setTimeout(() => this.sendNow(), Math.max(LEAST_PAUSE, next - Date.now()));
    // Whoever looks at the list sees by itself what became of it.
    else if (this.name === "queue" && (await this.sender.unanswered()).length) this.clock = setTimeout(() => this.sendNow(), LEAST_PAUSE);
  }

  /** Leave the phone to somebody else: where plots are goes, what waits stays until its person is back. */
  async signOut() {
    if (await signOut(this.database, this.identity?.person || "")) location.assign("/signin?next=/phone");
    else location.reload(); // and there it is told that nobody is signed in on this phone
  }

  /** Without a network the server cannot be told; until then nobody's list, forms or records are shown here. */
  showLeaving() {
    this.drawHead();
    fill(
      this.main, el("h1", {}, say("sign_out.waiting_title")), el("p", {}, say("sign_out.waiting")),
      button(say("sign_in.link"), () => location.reload(), { class: "main-button" }),
    );
    addEventListener("online", () => location.reload());
  }

  drawHead() {
    const who = this.identity ? `${this.identity.unit} · ${this.identity.login || this.identity.person}` : say("sign_in.nobody");
    const other = language() === "vi" ? "en" : "vi";
    const change = button(other === "vi" ? "VI" : "EN", async () => {
      speak(other);
      this.drawHead();
      if (!this.current.unsaved?.()) await this.again();
      this.drawNav();
    }, { class: "language", lang: other, "aria-label": other === "vi" ? "VI – Tiếng Việt" : "EN – English" });
    fill(
      document.getElementById("head"),
      el("p", { class: "who" }, el("span", { class: "person" }, who), el("span", { class: this.online ? "net on" : "net off" }, say(this.online ? "net.on" : "net.off"))),
      this.walk.running && button(say("walk.running_short"), () => this.go("track"), { class: "recording-now" }),
      change,
    );
    const banner = document.getElementById("simulated");
    banner.hidden = !this.identity?.simulated;
    banner.textContent = say("simulated");
  }

  async drawNav() {
    const open = this.queue ? (await this.queue.list()).filter((one) => one.state !== "received").length : 0;
    fill(document.getElementById("nav"), NAV.map(([name, drawing]) => {
      const count = name === "queue" && open ? el("span", { class: "count" }, String(open)) : null;
      return el("button", { type: "button", "aria-current": this.name === name ? "page" : null, on: { click: () => this.go(name) } }, icon(...drawing), el("span", {}, say(`nav.${name}`)), count);
    }));
  }
}

/** A new version waits until it is asked for: nobody loses a form to it. */
function offerUpdate(registration) {
  const offer = (worker) => {
    if (!worker || !navigator.serviceWorker.controller) return;
    const bar = document.getElementById("update");
    fill(bar, say("update.there"), button(say("update.take"), () => worker.postMessage("take over")));
    bar.hidden = false;
  };
  offer(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const worker = registration.installing;
    worker.addEventListener("statechange", () => { if (worker.state === "installed") offer(worker); });
  });
  let had = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener("controllerchange", () => { if (had) location.reload(); had = true; });
}

const app = new App();
globalThis.phone = app;
app.start();
if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register("/phone/sw.js", { scope: "/phone" }).then(offerUpdate, () => {});
}
