// Writes down where a patrol walks. Every minute a piece is sealed and kept, so that a phone that dies, or a tab that is
// killed, loses no more than a minute; the rest is never on the phone in the clear. What is sealed cannot be read here
// again, so pieces are not joined later: ten hours are six hundred of them.

import { seal, sealRecord } from "./sealing.js";

const MOST_FIXES = 600; // of receivers that tell more than one position a second
const LONGEST_MS = 60_000;
const HEADER = "time,lon,lat,accuracy,altitude,speed";

/** One line of a piece; what the phone does not know stays empty. */
export function line(fix) {
  const known = (value, digits) => (Number.isFinite(value) ? value.toFixed(digits) : "");
  return [
    new Date(fix.time).toISOString(), known(fix.lon, 7), known(fix.lat, 7),
    known(fix.accuracy, 1), known(fix.altitude, 1), known(fix.speed, 2),
  ].join(",");
}

export function fixOf(position) {
  const { longitude, latitude, accuracy, altitude, speed } = position.coords;
  return { time: position.timestamp, lon: longitude, lat: latitude, accuracy, altitude, speed };
}

/** What record.json says of a track. */
export function trackRecord(record, identity, app, interrupted) {
  return {
    format: "eradication-record", version: 1, kind: "track", uuid: record.uuid,
    person: record.person, device: record.device, unit: record.unit, made_at: record.made_at, app,
    purpose: record.purpose, started_at: record.made_at, finished_at: new Date().toISOString(), interrupted,
    files: record.files.map(({ name, media, plain_sha256 }) => ({ name, sha256: plain_sha256, media })),
  };
}

export class Track {
  /**
   * @param {Queue} queue
   * @param {{person, device, unit, recipient}} identity
   * @param {{purpose: "walk"|"boundary", app: string, onFix?: (fix) => void, onTrouble?: (code) => void}} options
   */
  constructor(queue, identity, options) {
    this.queue = queue;
    this.identity = identity;
    this.options = options;
    this.uuid = crypto.randomUUID();
    this.pending = [];
    this.pieces = 0;
    this.count = 0;
    this.sealing = Promise.resolve();
    this.hidden = () => {
      if (document.visibilityState === "hidden") this.flush();
      else this.stayAwake();
    };
  }

  async start() {
    this.letGo = await held(this.uuid);
    await this.queue.add(
      {
        uuid: this.uuid, kind: "track", purpose: this.options.purpose, unit: this.identity.unit,
        made_at: new Date().toISOString(), state: "recording",
      },
      [],
    );
    this.watch = navigator.geolocation.watchPosition(
      (position) => this.take(fixOf(position)),
      (error) => this.options.onTrouble?.(error.code),
      { enableHighAccuracy: true, maximumAge: 0, timeout: 30_000 },
    );
    this.clock = setInterval(() => this.flush(), LONGEST_MS);
    document.addEventListener("visibilitychange", this.hidden);
    await this.stayAwake();
    return this;
  }

  /** Take one position. */
  take(fix) {
    if (!this.pending.length) this.since = Date.now();
    this.pending.push(line(fix));
    this.count += 1;
    this.options.onFix?.(fix);
    // Browsers hold timers back where they save power; positions still come.
    if (this.pending.length >= MOST_FIXES || Date.now() - this.since >= LONGEST_MS) this.flush();
  }

  /** Seal what is pending; pieces are kept one after the other. */
  flush() {
    if (this.pending.length) {
      const lines = this.pending;
      this.pending = [];
      this.pieces += 1;
      const name = `track-${String(this.pieces).padStart(4, "0")}.csv`;
      const bytes = new TextEncoder().encode(`${[HEADER, ...lines].join("\n")}\n`);
      this.sealing = this.sealing.then(async () => {
        await this.queue.append(this.uuid, await seal({ name, media: "text/csv", bytes }, this.identity.recipient));
      });
    }
    return this.sealing;
  }

  /** End the track and make it ready to be sent. */
  async stop() {
    navigator.geolocation.clearWatch(this.watch);
    clearInterval(this.clock);
    document.removeEventListener("visibilitychange", this.hidden);
    await this.wake?.release?.().catch(() => {});
    await this.flush();
    const record = await close(this.queue, this.uuid, this.identity, this.options.app, false);
    this.letGo();
    return record;
  }

  async stayAwake() {
    try {
      this.wake = await navigator.wakeLock?.request("screen");
    } catch {
      this.wake = null; // a low battery says no
    }
  }
}

async function close(queue, uuid, identity, app, interrupted) {
  const record = await queue.get(uuid);
  if (!record.files.length) {
    await queue.dropEmpty(uuid);
    return null;
  }
  return queue.finish(uuid, await sealRecord(trackRecord(record, identity, app, interrupted), identity.recipient));
}

/** Hold a track for this tab until it ends; the browser lets go of it when the tab dies. Returns what lets go. */
function held(uuid) {
  return new Promise((resolve) => {
    navigator.locks.request(nameOf(uuid), () => new Promise((letGo) => resolve(letGo)));
  });
}

function nameOf(uuid) {
  return `eradication-track-${uuid}`;
}

/** Finish tracks that a killed tab left behind, with the pieces they have; those of another living tab are let be. Returns keys
 * of what is to be said of each, boundaries first. */
export async function finishInterrupted(queue, identity, app) {
  const left = (await queue.list()).filter((one) => one.state === "recording");
  const cut = [];
  for (const record of left) {
    await navigator.locks.request(nameOf(record.uuid), { ifAvailable: true }, async (lock) => {
      if (!lock) return;
      const kept = await close(queue, record.uuid, identity, app, true);
      if (record.purpose === "boundary") cut.unshift(kept ? "boundary.recovered" : "boundary.lost");
      else cut.push(kept ? "walk.recovered" : "walk.lost");
    });
  }
  return cut;
}
