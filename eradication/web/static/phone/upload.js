// Sends what waits: file by file, each from where the server says it stands, then asks for the receipt.
//
//   waiting → sending → received (receipt)
//                     → waiting, tried again later (no network, server busy or full, not signed in)
//                     → conflict (the same number was handed in with other content) | refused
//
// Whatever happens, the sealed bytes stay until a receipt is kept.

import { sha256 } from "./sealing.js";
import { language } from "./words.js";

const SMALLEST = 32 * 1024;
const LARGEST = 1024 * 1024;
const FIRST_WAIT = 5_000;
const LONGEST_WAIT = 15 * 60_000;
const PATIENCE = 60_000;
const ROUNDS = 4;
const COMPLETE = Infinity;
const OVER = ["person_disabled", "device_revoked"];

/** The server or the network did not take it; `kind` says what follows. */
class Stop extends Error {
  constructor(kind, reason, after = 0) {
    super(reason);
    this.kind = kind; // later | sign_in | disabled | other_person | forbidden | refused | conflict | begin_anew
    this.reason = reason;
    this.after = after;
  }
}

export class Sender {
  /**
   * @param {Queue} queue opened for the person who is signed in.
   * @param {{changed?: () => void, heard?: (online: boolean) => void, fetch?: typeof fetch, now?: () => number}} rim what it tells and asks.
   */
  constructor(queue, rim = {}) {
    this.queue = queue;
    this.changed = rim.changed || (() => {});
    this.heard = rim.heard || (() => {});
    this.fetch = rim.fetch || ((...args) => fetch(...args));
    this.now = rim.now || (() => Date.now());
    this.piece = 4 * SMALLEST;
    this.halted = "";
    this.said = new Map();
    this.doubted = new Set();
  }

  /** Try every record whose time has come; tabs take turns. Returns the time of the next try, 0 if nothing waits. */
  async round({ all = false } = {}) {
    this.halted = "";
    const turn = () => this.sendAll(all);
    if (navigator.locks) await navigator.locks.request("eradication-upload", { ifAvailable: true }, (lock) => lock && turn());
    else await turn();
    const waiting = (await this.queue.list()).filter((one) => one.state === "waiting");
    return waiting.length ? Math.max(this.now() + 1000, Math.min(...waiting.map((one) => one.next_try))) : 0;
  }

  async sendAll(all) {
    const records = (await this.queue.list()).reverse();
    // What is "sending" here was left so by a tab that was killed.
    const due = records.filter(({ state, next_try: next }) => state === "sending" || (state === "waiting" && (all || next <= this.now())));
    if (due.length && !(await this.isOwners(due))) return;
    for (const record of due) {
      if (this.halted) break;
      await this.send(record);
    }
    if (!this.halted) await this.hearAnswers();
  }

  /** Is the session that of the person whose records these are? Another tab may have signed in somebody else. */
  async isOwners(due) {
    try {
      const signedIn = await this.whoIsSignedIn();
      if (signedIn && signedIn !== this.queue.owner.person) throw new Stop("other_person", "other_person");
      return true;
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
      for (const record of due) await this.stopped(record, error);
      return false;
    }
  }

  /** Send one record and keep what comes of it. */
  async send(record) {
    await this.note(record, { state: "sending", reason: "" });
    try {
      await this.queue.received(record.uuid, await this.delivered(record));
      this.changed();
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
      await this.stopped(record, error);
    }
  }

  async stopped(record, stop) {
    if (stop.kind === "conflict" || stop.kind === "refused") {
      await this.note(record, { state: stop.kind, reason: stop.reason, said: stop.said || "", kept_receipt: stop.receipt || null });
      return;
    }
    if (stop.kind !== "later") this.halted = stop.kind;
    const tries = record.tries + 1;
    const wait = Math.max(stop.after, Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(tries - 1, 12)));
    const next = this.now() + wait * (0.75 + Math.random() / 2);
    await this.note(record, { state: "waiting", reason: stop.reason, tries, next_try: next });
  }

  async note(record, facts) {
    await this.queue.change(record.uuid, (one) => Object.assign(one, facts));
    this.changed();
  }

  /** Bring all files over and return the receipt. */
  async delivered(record) {
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const file of record.files) await this.sendFile(record, file);
      const receipt = await this.askReceipt(record);
      if (receipt) return receipt;
    }
    throw new Stop("later", "files_missing");
  }

  async askReceipt(record) {
    const files = record.files.map(({ sha256: hash, bytes }) => ({ sha256: hash, bytes }));
    const answer = await this.ask(`/api/hand-ins/${record.uuid}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Person": record.person },
      body: JSON.stringify({ files }),
    });
    if (answer.status === 200 || answer.status === 201) {
      const body = await answer.json();
      const receipt = body.receipt || body;
      if (receipt.uuid !== record.uuid) throw new Stop("later", "odd_answer");
      return receipt;
    }
    if (answer.status === 424) return null;
    if (answer.status === 409) {
      const body = await contentOf(answer);
      throw Object.assign(new Stop("conflict", body.error?.kind || "other_content"), { receipt: body.receipt || null });
    }
    throw await this.refused(record, answer);
  }

  async sendFile(record, file) {
    for (let round = 0; round < ROUNDS; round += 1) {
      try {
        await this.sendRest(record, file);
        return;
      } catch (error) {
        if (!(error instanceof Stop) || error.kind !== "begin_anew") throw error;
      }
    }
    throw new Stop("later", "hash_differs");
  }

  /** Send a file from where the server stands. */
  async sendRest(record, file) {
    const path = `/api/hand-ins/${record.uuid}/files/${file.sha256}`;
    // Of what was never tried the server has nothing: a day's walk is some six hundred files, each asked for in vain.
    let offset = file.sent || record.tries || this.doubted.has(file.sha256) ? await this.stands(record, path) : 0;
    this.doubted.add(file.sha256);
    if (offset === COMPLETE) return this.progress(record, file, file.bytes);
    const blob = await this.queue.bytes(record.uuid, file.sha256);
    if (!blob || blob.size !== file.bytes || (offset === 0 && (await sha256(blob)) !== file.sha256)) {
      throw new Stop("refused", "damaged_on_phone");
    }
    let moved = 0;
    while (offset < file.bytes) {
      const next = await this.sendPiece(record, path, blob, offset);
      moved = next > offset ? 0 : moved + 1;
      if (moved > ROUNDS) throw new Stop("later", "wrong_offset");
      offset = next;
      await this.progress(record, file, offset);
    }
  }

  /** How far the server has a file: bytes, or COMPLETE. */
  async stands(record, path) {
    const head = await this.ask(path, { method: "HEAD", headers: { "X-Person": record.person } });
    if (head.status === 404) return 0;
    if (!head.ok) throw await this.refused(record, head);
    return head.headers.get("Upload-Complete") === "?1" ? COMPLETE : Number(head.headers.get("Upload-Offset") || 0);
  }

  /** Send the next bytes and return where the server then stands. */
  async sendPiece(record, path, blob, offset) {
    const began = this.now();
    let answer;
    try {
      answer = await this.ask(path, {
        method: "PATCH",
        headers: {
          "Content-Type": "application/partial-upload",
          "Upload-Offset": String(offset),
          "Upload-Length": String(blob.size),
          "X-Person": record.person,
        },
        body: blob.slice(offset, offset + this.piece),
      });
    } catch (error) {
      this.piece = Math.max(SMALLEST, this.piece / 2);
      throw error;
    }
    if (answer.status === 409 || answer.ok) {
      if (answer.ok && this.now() - began < 2000) this.piece = Math.min(LARGEST, this.piece * 2);
      const at = answer.headers.get("Upload-Offset");
      return at === null ? Math.min(blob.size, offset + this.piece) : Number(at);
    }
    throw await this.refused(record, answer);
  }

  /** What an answer that is none of the protocol's own means for a record. */
  async refused(record, answer) {
    const body = await contentOf(answer);
    const kind = body.error?.kind || `http_${answer.status}`;
    const after = 1000 * Number(answer.headers.get("Retry-After") || 0) || 0;
    if (kind === "hash_differs") return new Stop("begin_anew", kind);
    if (kind === "other_person") return new Stop(kind, kind);
    if (answer.status === 403) {
      const signedIn = await this.whoIsSignedIn();
      return signedIn && signedIn !== record.person ? new Stop("other_person", "other_person") : new Stop("forbidden", "forbidden");
    }
    if (answer.status === 507) return new Stop("later", "server_full", Math.max(after, 60_000));
    if (answer.status === 408 || answer.status === 429 || answer.status >= 500) return new Stop("later", kind, after);
    return Object.assign(new Stop("refused", kind), { said: body.error?.message || "" });
  }

  async whoIsSignedIn() {
    const answer = await this.ask("/api/me", { headers: { Accept: "application/json" } });
    return answer.ok ? (await contentOf(answer)).person_id : "";
  }

  async progress(record, file, sent) {
    await this.queue.change(record.uuid, (one) => {
      for (const kept of one.files) if (kept.sha256 === file.sha256) kept.sent = sent;
    });
    this.changed();
  }

  /** Records that have their receipt, and of which nobody knows yet what became of them. */
  async unanswered() {
    return (await this.queue.list()).filter((one) => one.state === "received" && !settled(one.answer));
  }

  /** What became of records that have their receipt: recorded in the ledger, or refused with reasons. */
  async hearAnswers() {
    const open = await this.unanswered();
    if (!open.length) return;
    try {
      const answer = await this.ask(`/api/hand-ins?lang=${language()}`, {});
      if (!answer.ok) return;
      const body = await answer.json();
      const told = new Map((body.hand_ins || body).map((one) => [one.uuid, one]));
      for (const record of open.filter((one) => told.has(one.uuid))) {
        const { state, answer: said } = told.get(record.uuid);
        this.said.set(record.uuid, said?.reasons || []); // may name places: shown, not kept
        await this.note(record, { answer: { state } });
      }
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
    }
  }

  async ask(path, options) {
    let answer;
    try {
      const signal = AbortSignal.timeout(PATIENCE);
      answer = await this.fetch(path, { ...options, credentials: "same-origin", redirect: "manual", signal });
    } catch {
      this.heard(false);
      throw new Stop("later", "no_network");
    }
    this.heard(true);
    if (answer.type === "opaqueredirect") throw new Stop("sign_in", "sign_in");
    if (answer.status === 401) {
      const stop = OVER.includes((await contentOf(answer)).error?.kind) ? "disabled" : "sign_in";
      throw new Stop(stop, stop);
    }
    return answer;
  }
}

function settled(answer) {
  return answer?.state === "recorded" || answer?.state === "refused";
}

async function contentOf(answer) {
  try {
    return await answer.json();
  } catch {
    return {};
  }
}
