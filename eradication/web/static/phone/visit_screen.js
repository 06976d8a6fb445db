// A visit, an eradication, a verification or a tip: one form, filled in as far as the phone knows, sealed when saved.

import { button, el, fill, toast } from "./dom.js";
import { FormView } from "./form.js";
import { sealRecord } from "./sealing.js";
import { say } from "./words.js";

const FORM_OF_STATE = {
  detected: "eradication_eradication", regrown: "eradication_eradication", eradicated: "eradication_verification",
};
const VISITS = ["eradication_visit", "eradication_eradication", "eradication_verification"];
const TIP = "eradication_tip";

export class VisitScreen {
  /** @param {boolean} tip the form of a tip, and no other. */
  constructor(app, tip = false) {
    this.app = app;
    this.tip = tip;
    this.node = el("section", { "aria-labelledby": "form-title" });
  }

  async open({ stop = null, form = null } = {}) {
    this.stop = stop;
    const id = this.tip ? TIP : form || FORM_OF_STATE[stop?.state] || VISITS[0];
    if (!this.app.identity) {
      fill(this.node, el("h1", {}, say("sign_in.title")), el("p", {}, say("sign_in.first")), el("a", { class: "wide-button", href: "/signin?next=/phone" }, say("sign_in.link")));
      return;
    }
    this.form = this.app.forms().find((one) => one.id === id);
    this.view?.close();
    this.view = new FormView(this.form, { prefilled: this.prefilled(), desk: this.desk() });
    this.save = button(say("form.save"), () => this.keep(), { class: "main-button" });
    fill(
      this.node,
      el("h1", { id: "form-title" }, stop ? stop.code : this.form.title, stop && el("small", {}, this.form.title)),
      !this.tip && this.kinds(id),
      stop?.note && el("p", { class: "remark" }, stop.note),
      this.view.node,
      this.save,
    );
  }

  again() {
    return this.open({ stop: this.stop, form: this.form?.id });
  }

  kinds(id) {
    const choose = (other) => button(say(`kind.${other}`), async () => { if (await this.app.mayLeave("visit")) await this.open({ stop: this.stop, form: other }); }, { class: "tab", "aria-pressed": String(other === id) });
    return el("div", { class: "tabs", role: "group", "aria-label": say("form.kinds") }, VISITS.map(choose));
  }

  prefilled() {
    const { unit } = this.app.identity;
    const { stop } = this;
    return {
      unit, officers: this.app.officers, plot_text: stop?.plot_id ? stop.code || stop.plot_id : "", selection_mode: stop?.selection_mode || "",
    };
  }

  desk() {
    return {
      recipient: this.app.identity.recipient,
      pickOnMap: () => this.app.pickOnMap(),
      walkBoundary: () => this.app.walkBoundary(),
    };
  }

  async keep() {
    if (!this.view.check()) return;
    this.save.disabled = true;
    const { identity, queue, version } = this.app;
    const files = this.view.files();
    const answers = this.view.answers.all();
    const facts = { uuid: crypto.randomUUID(), kind: this.tip ? "tip" : "visit", made_at: new Date().toISOString() };
    const content = {
      format: "eradication-record", version: 1, ...facts, person: identity.person, device: identity.device, unit: identity.unit,
      app: version, form: this.form.id, answers,
      files: files.map(({ name, media, plain_sha256 }) => ({ name, sha256: plain_sha256, media })),
    };
    try {
      await queue.add({ ...facts, form: this.form.id }, [await sealRecord(content, identity.recipient), ...files]);
    } catch (error) {
      this.save.disabled = false;
      toast(say(error.name === "QuotaExceededError" ? "form.no_space" : "form.not_kept"));
      return;
    }
    this.app.officers = answers.officers || this.app.officers;
    this.view.close();
    this.view = null;
    toast(say("form.kept"));
    this.app.kept();
    await this.app.go("today");
  }

  /** Is there something that would be lost? */
  unsaved() {
    return Boolean(this.view?.written());
  }

  close() {
    this.view?.close();
    this.view = null;
  }
}
