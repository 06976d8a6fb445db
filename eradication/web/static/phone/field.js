// One question on the screen. A field has `node`, `show(answer)`, `complain(text)`, `focus()`, `brief()` and maybe `close()`.

import { el, icon } from "./dom.js";
import { geopoint, geoshape } from "./place_field.js";
import { seal } from "./sealing.js";
import { megabytes, moment, say } from "./words.js";

let serial = 0;

export function fieldOf(question, given) {
  const draw = { select_one: choice, image: photo, geopoint, geoshape, note: remark, dateTime: time }[question.kind] || typed;
  return draw(question, given);
}

/** What every field has around its control: label, hint, and a place for what is wrong. */
export function frame(question, control, { group = false } = {}) {
  serial += 1;
  const id = `q${serial}`;
  const wrong = el("p", { class: "wrong", id: `${id}-wrong`, hidden: true });
  const hint = question.hint && el("p", { class: "hint", id: `${id}-hint` }, question.hint);
  const optional = question.required === null ? el("span", { class: "optional" }, ` ${say("form.optional")}`) : null;
  const described = [hint && `${id}-hint`, `${id}-wrong`].filter(Boolean).join(" ");
  const facts = { class: "question", data: { name: question.name } };
  let node;
  if (group) {
    node = el("fieldset", { ...facts, "aria-describedby": described }, el("legend", {}, question.label, optional), hint, control, wrong);
  } else {
    control.id = id;
    control.setAttribute("aria-describedby", described);
    node = el("div", facts, el("label", { for: id }, question.label, optional), hint, control, wrong);
  }
  const complain = (text) => {
    wrong.textContent = text;
    wrong.hidden = !text;
    if (!group) control.setAttribute("aria-invalid", text ? "true" : "false");
  };
  return { node, complain };
}

function typed(question, { value, set }) {
  const numeric = { integer: "numeric", decimal: "decimal" }[question.kind];
  const long = question.name === "note" || question.name === "source";
  const control = el(long ? "textarea" : "input", {
    ...(long ? { rows: 3 } : { type: "text", inputmode: numeric || "text", enterkeyhint: "done" }),
    autocomplete: "off", autocapitalize: "off", autocorrect: "off", spellcheck: "false",
    on: { input: () => set(read()) },
  });
  const read = () => {
    const text = control.value.normalize("NFC").trim();
    return numeric ? text.replace(/\s/g, "").replace(",", ".") : text;
  };
  control.value = value;
  return {
    ...frame(question, control),
    show: (answer) => { control.value = answer; },
    focus: () => control.focus(),
    brief: () => control.value,
  };
}

function time(question, { value, set }) {
  const control = el("input", { type: "datetime-local", autocomplete: "off", on: { change: () => set(control.value ? isoLocal(new Date(control.value)) : "") } });
  const show = (answer) => { control.value = answer.slice(0, 16); };
  show(value);
  return { ...frame(question, control), show, focus: () => control.focus(), brief: () => (control.value ? moment(control.value) : "") };
}

function choice(question, { value, set }) {
  serial += 1;
  const group = `choice${serial}`;
  const inputs = question.choices.map(({ code }) =>
    el("input", { type: "radio", name: group, value: code, checked: code === value, autocomplete: "off", on: { change: () => set(code) } }));
  const labels = question.choices.map(({ label }, at) => el("label", { class: "choice" }, inputs[at], el("span", {}, label)));
  const wide = question.choices.some(({ label }) => label.length > 18);
  return {
    ...frame(question, el("div", { class: wide ? "choices wide" : "choices" }, labels), { group: true }),
    show: (answer) => inputs.forEach((one) => { one.checked = one.value === answer; }),
    focus: () => inputs[0].focus(),
    brief: () => question.choices.find(({ code }) => inputs.some((one) => one.checked && one.value === code))?.label || "",
  };
}

function remark(question) {
  return { node: el("p", { class: "remark", data: { name: question.name } }, question.label), complain: () => {}, show: () => {}, focus: () => {}, brief: () => "" };
}

/** A photo is sealed as soon as it is taken; the page keeps no picture. */
function photo(question, { desk, set, keepSealed }) {
  const state = el("p", { class: "said", "aria-live": "polite" });
  const input = el("input", { type: "file", accept: "image/*", capture: "environment", class: "unseen", autocomplete: "off" });
  const label = el("span", {}, say("form.take_photo"));
  const control = el("div", { class: "photo" }, el("label", { class: "wide-button" }, icon("M4 8h3l2-3h6l2 3h3v11H4z", "M12 17a4 4 0 1 0 0-8 4 4 0 0 0 0 8z"), label, input), state);
  input.setAttribute("aria-label", `${question.label}: ${say("form.take_photo")}`);
  input.addEventListener("change", async () => {
    const [file] = input.files;
    if (!file) return;
    state.textContent = say("form.sealing");
    const bytes = new Uint8Array(await file.arrayBuffer());
    const media = file.type || "image/jpeg";
    const name = `${question.name}.${{ "image/png": "png", "image/webp": "webp", "image/heic": "heic", "image/heif": "heif" }[media] || "jpg"}`;
    keepSealed(await seal({ name, media, bytes }, desk.recipient));
    input.value = ""; // the browser must not remember which picture it was
    state.textContent = say("form.photo_sealed", { size: megabytes(bytes.length) });
    label.textContent = say("form.photo_again");
    set(name);
  });
  return { ...frame(question, control, { group: true }), show: () => {}, focus: () => input.focus(), brief: () => "" };
}

/** A moment as ODK writes it: on the phone's clock, with its offset. */
export function isoLocal(when) {
  const two = (value) => String(Math.abs(value)).padStart(2, "0");
  const offset = -when.getTimezoneOffset();
  const local = new Date(when.getTime() + offset * 60_000).toISOString().slice(0, 23);
  return `${local}${offset < 0 ? "-" : "+"}${two(Math.trunc(offset / 60))}:${two(offset % 60)}`;
}

