// What waits, what arrived and with which receipt, how full the phone is, and the way out without a network.

import { bundle } from "./bundle.js";
import { button, el, fill, icon, toast } from "./dom.js";
import { space } from "./queue.js";
import { namesOf } from "./today.js";
import { megabytes, moment, number, say } from "./words.js";

// Red until the server's receipt is here; what needs somebody to act is red all over. Each has a shape of its own too.
const LOOKS = { received: "green", refused: "red stopped", conflict: "red stopped" };
const SHAPES = {
  green: ["M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20z", "M7 12.5l3.5 3.5 6.5-7.5"],
  red: ["M3 3h18v18H3z", "M12 17V7", "M8 11l4-4 4 4"],
  "red stopped": ["M12 3l10 18H2z", "M12 9v6", "M12 18v.5"],
};
const FULL = 0.8;

export class QueueScreen {
  constructor(app) {
    this.app = app;
    this.node = el("section", { "aria-labelledby": "queue-title" });
  }

  async open() {
    this.list = el("ul", { class: "records" });
    this.meter = el("div", { class: "meter" });
    this.missing = el("p", { class: "open-count" });
    this.others = el("ul", { class: "others" });
    this.halted = el("div", { role: "status" });
    fill(
      this.node, el("h1", { id: "queue-title" }, say("queue.title")), this.missing, this.halted,
      button(say("queue.send"), () => this.app.sendNow(true), { class: "main-button" }),
      this.list, this.others,
      button(say("queue.export"), () => this.export(), { class: "wide-button" }), el("p", { class: "hint" }, say("queue.export_hint")),
      this.meter,
      button(say("sign_out.act"), () => this.app.signOut(), { class: "wide-button" }), el("p", { class: "hint" }, say("sign_out.hint")),
    );
    await this.tick();
    this.app.sendNow(); // also hears what became of records that arrived
  }

  notice() {
    // Between two tries the sender has nothing to say; that nobody lets the phone in stays true.
    const halted = this.app.sender.halted || (this.app.trouble === "disabled" ? "disabled" : "");
    const link = halted !== "disabled" && el("a", { class: "wide-button", href: "/signin?next=/phone" }, say("sign_in.link"));
    const why = say(`halted.${halted}`, { person: this.app.identity?.login || this.app.queue.owner.person });
    fill(this.halted, halted && el("div", { class: "warning" }, el("p", {}, why), link));
  }

  async tick() {
    if (!this.app.queue || !this.list) return;
    this.notice();
    const records = await this.app.queue.list();
    fill(this.list, records.length ? records.map((record) => this.row(record)) : el("li", { class: "nothing" }, say("queue.nothing")));
    const open = records.filter((one) => one.state !== "received").length;
    this.missing.textContent = open ? say("queue.open", { count: number(open) }) : "";
    const others = await this.app.queue.othersWaiting();
    const names = await namesOf(this.app.database);
    fill(this.others, others.map(([person, count]) => el("li", {}, say("queue.others", { count: number(count), person: names[person] || person }))));
    await this.drawMeter();
  }

  row(record) {
    const total = record.files.reduce((sum, file) => sum + file.bytes, 0);
    const sent = record.files.reduce((sum, file) => sum + file.sent, 0);
    const look = LOOKS[record.state] || "red";
    const kind = record.kind === "track" ? `track.${record.purpose}` : record.form ? `kind.${record.form}` : `kind.${record.kind}`;
    return el(
      "li", { class: `record ${look}`, data: { uuid: record.uuid, state: record.state } },
      el("p", { class: "what" }, el("strong", {}, say(kind)), ` ${moment(record.made_at)}`),
      el("p", { class: "state" }, icon(...SHAPES[look]), say(`queue.${record.state}`)),
      record.state !== "received" && el("p", { class: "size" }, say("queue.sent", { sent: megabytes(sent), total: megabytes(total) })),
      record.state === "sending" && el("progress", { max: total || 1, value: sent, "aria-label": say("queue.sending") }),
      record.reason && el("p", { class: "reason" }, this.reason(record)),
      record.receipt && el("p", { class: "receipt" }, `${say("queue.receipt")} `, el("code", {}, record.receipt.number)),
      record.kept_receipt && el("p", { class: "receipt" }, `${say("queue.receipt")} `, el("code", {}, record.kept_receipt.number)),
      record.answer && el("p", { class: "reason" }, say(`answer.${record.answer.state}`)),
      (this.app.sender.said.get(record.uuid) || []).map((one) => el("p", { class: "reason" }, [one.where, one.message].filter(Boolean).join(": "))),
      ["refused", "conflict"].includes(record.state) && button(say("queue.try_again"), () => this.tryAgain(record), { class: "quiet" }),
      record.state === "received" && button(say("queue.remove"), () => this.remove(record), { class: "quiet" }),
    );
  }

  reason(record) {
    const key = `reason.${record.reason}`;
    const words = say(key, { person: record.person });
    const said = words === key ? say("reason.other", { reason: record.said || record.reason }) : words;
    const later = record.state === "waiting" && record.next_try > Date.now() ? ` ${say("queue.next_try", { when: moment(record.next_try) })}` : "";
    return said + later;
  }

  async tryAgain(record) {
    await this.app.queue.change(record.uuid, (one) => Object.assign(one, { state: "waiting", next_try: 0, reason: "" }));
    await this.app.sendNow(true);
  }

  async remove(record) {
    await this.app.queue.remove(record.uuid);
    this.app.changed();
  }

  async export() {
    const zip = await bundle(this.app.queue);
    if (!zip) return toast(say("queue.nothing_to_export"));
    const url = URL.createObjectURL(zip);
    const day = new Date().toISOString().slice(0, 16).replace(/[:T-]/g, "");
    el("a", { href: url, download: `eradication-${this.app.identity.person}-${day}.zip` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    return toast(say("queue.exported", { size: megabytes(zip.size) }));
  }

  async drawMeter() {
    const { usage, quota, share, kept } = await space();
    const full = share >= FULL;
    fill(
      this.meter,
      el("label", { for: "quota" }, say("queue.space", { used: megabytes(usage), all: megabytes(quota) })),
      el("meter", { id: "quota", min: 0, max: 1, high: FULL, optimum: 0, value: share.toFixed(3) }),
      full && el("p", { class: "warning" }, say("queue.nearly_full")),
      el("p", { class: "hint" }, say(kept ? "queue.kept_for_good" : "queue.may_be_evicted")),
    );
  }

  close() {}
}
