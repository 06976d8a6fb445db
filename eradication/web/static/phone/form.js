// Draws a form from what the server says of it, and judges answers by the same rules as ODK does: what is asked, what is
// needed, what an answer must hold, what is computed. Rules are data (report/form_rules.py); nothing is evaluated.

import { el, fill, icon } from "./dom.js";
import { fieldOf, isoLocal } from "./field.js";
import { say } from "./words.js";

const DRAWN = new Set(["text", "integer", "decimal", "dateTime", "select_one", "geopoint", "geoshape", "image", "note"]);
const ALWAYS_SHOWN = new Set(["image", "geoshape", "geopoint", "note"]);

/** Does a condition hold? Of a question that is not asked, the answer is empty. */
export function holds(terms, answerOf) {
  return terms.every(({ name, word, equal }) => (answerOf(name) === word) === equal);
}

/** Does an answer keep to its constraint? An empty one is not judged. */
export function keeps(constraint, answer, now = Date.now()) {
  if (answer === "") return true;
  const value = Number(answer);
  if ("least" in constraint && !(value >= constraint.least)) return false;
  if ("above" in constraint && !(value > constraint.above)) return false;
  if ("most" in constraint && !(value <= constraint.most)) return false;
  if ("pattern" in constraint && !new RegExp(constraint.pattern).test(answer)) return false;
  return !(constraint.past && !(Date.parse(answer) <= now));
}

/** Computed values and rules of one form over its raw answers; knows nothing of what is shown. */
export class Answers {
  constructor(form, prefilled = {}) {
    this.questions = new Map(form.questions.map((question) => [question.name, question]));
    this.raw = {};
    this.drawn = {};
    const now = isoLocal(new Date());
    for (const question of form.questions) {
      if (question.kind === "start") this.raw[question.name] = now;
      else if (prefilled[question.name]) this.raw[question.name] = String(prefilled[question.name]);
      else if (question.default === "now()") this.raw[question.name] = now;
    }
  }

  asked(name) {
    const question = this.questions.get(name);
    return Boolean(question) && holds(question.relevant, (other) => this.of(other));
  }

  /** The answer as text; empty for what is not asked. */
  of(name) {
    const question = this.questions.get(name);
    if (!question || !this.asked(name)) return "";
    return question.calculation ? this.made(question.calculation, name) : (this.raw[name] ?? "");
  }

  made(part, name) {
    if (part.text !== undefined) return part.text;
    if (part.value) return this.of(part.value);
    if (part.stamp) return this.of(part.stamp).slice(0, 19).replace(/[-:]/g, "").replace("T", "-");
    if (part.random) return (this.drawn[name] ??= digits(part.random));
    if (part.first) return part.first.map((other) => this.of(other)).find((answer) => answer) || "";
    return part.concat.map((one) => this.made(one, name)).join("");
  }

  needed(name) {
    const { required } = this.questions.get(name);
    return required !== null && this.asked(name) && holds(required, (other) => this.of(other));
  }

  /** What is wrong with an answer: "" | "needed" | "refused". */
  fault(name) {
    const question = this.questions.get(name);
    if (!this.asked(name) || question.kind === "note") return "";
    const answer = this.of(name);
    if (answer === "") return this.needed(name) ? "needed" : "";
    return keeps(question.constraint, answer) ? "" : "refused";
  }

  /** Every answer that is asked for and not empty. */
  all() {
    const names = [...this.questions.keys()];
    return Object.fromEntries(names.map((name) => [name, this.of(name)]).filter(([, answer]) => answer !== ""));
  }
}

function digits(length) {
  return crypto.randomUUID().replace(/-/g, "").slice(0, length);
}

export class FormView {
  /**
   * @param form as /phone/forms.json holds it.
   * @param {{prefilled: object, kept?: object, desk: object}} given `prefilled`: answers the phone knows already;
   *   `desk`: what fields need ({recipient, pickOnMap, walkBoundary}).
   */
  constructor(form, { prefilled = {}, desk }) {
    this.form = form;
    this.answers = new Answers(form, prefilled);
    this.sealed = new Map();
    this.fields = new Map();
    this.node = el("form", { autocomplete: "off", novalidate: true, class: "form" });
    this.node.addEventListener("submit", (event) => event.preventDefault());
    this.main = el("div", { class: "questions" });
    this.known = el("details", { class: "known" }, (this.knownTitle = el("summary", {})), (this.knownBody = el("div", { class: "questions" })));
    this.more = el("details", { class: "more" }, el("summary", {}, say("form.more")), (this.moreBody = el("div", { class: "questions" })));
    this.node.append(this.known, this.main, this.more);
    this.given = { ...this.answers.raw };
    for (const question of form.questions) this.draw(question, prefilled, desk);
    this.refresh();
  }

  draw(question, prefilled, desk) {
    if (!DRAWN.has(question.kind)) return;
    const field = fieldOf(question, {
      value: this.answers.raw[question.name] || "",
      desk,
      set: (answer) => this.set(question.name, answer),
      setOther: (name, answer) => this.put(name, answer),
      keepSealed: (file) => this.sealed.set(question.name, file),
    });
    this.fields.set(question.name, field);
    const filled = question.name in prefilled && prefilled[question.name] !== "" || question.default === "now()";
    if (filled && question.kind !== "geopoint" && !this.answers.fault(question.name)) this.knownBody.append(field.node);
    else if (question.required === null && !ALWAYS_SHOWN.has(question.kind)) this.moreBody.append(field.node);
    else this.main.append(field.node);
    // Who walks round a plot need not type its area: the walk comes first.
    if (question.kind === "geoshape") this.fields.get("area_m2")?.node.before(field.node);
  }

  set(name, answer) {
    this.answers.raw[name] = answer;
    this.fields.get(name)?.complain("");
    this.refresh();
  }

  /** Set an answer from outside and show it. */
  put(name, answer) {
    this.fields.get(name)?.show(answer);
    this.set(name, answer);
  }

  refresh() {
    for (const [name, field] of this.fields) field.node.hidden = !this.answers.asked(name);
    const shown = (body) => [...body.children].some((node) => !node.hidden);
    this.known.hidden = !shown(this.knownBody);
    this.more.hidden = !shown(this.moreBody);
    const known = [...this.knownBody.children].filter((node) => !node.hidden).map((node) => this.fields.get(node.dataset.name).brief());
    fill(this.knownTitle, icon("M5 13l4 4L19 7"), el("span", {}, `${say("form.known")}: ${known.filter(Boolean).join(" · ")}`));
  }

  /** Show what is wrong and go to the first of it; returns whether all is well. */
  check() {
    let first = null;
    for (const [name, field] of this.fields) {
      const fault = this.answers.fault(name);
      field.complain(fault && (fault === "needed" ? say("form.needed") : this.answers.questions.get(name).refusal || say("form.refused")));
      if (fault) first ||= field;
    }
    if (!first) return true;
    first.node.closest("details")?.setAttribute("open", "");
    first.focus();
    return false;
  }

  /** Was anything answered by hand? A position that the receiver told by itself was not. */
  written() {
    const { raw, questions } = this.answers;
    const byHand = (name) => questions.get(name).kind !== "geopoint" || questions.get(name).appearance === "placement-map";
    return Object.keys(raw).some((name) => byHand(name) && (raw[name] || "") !== (this.given[name] || ""));
  }

  /** Sealed photos of questions that are asked. */
  files() {
    return [...this.sealed].filter(([name]) => this.answers.of(name)).map(([, file]) => file);
  }

  /** Let go of receivers and whatever else runs. */
  close() {
    for (const field of this.fields.values()) field.close?.();
  }
}
