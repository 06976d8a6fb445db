// Builds what is shown from plain data: text is always text, never markup.

/**
 * @param {string} tag
 * @param {object} facts `class`, `on` ({event: handler}), `data`; everything else is an attribute (false/null: none).
 * @param {...(Node|string|null|false)} children
 */
export function el(tag, facts = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(facts)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
    else if (name === "data") Object.assign(node.dataset, value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Put these children, and nothing else, into a node. */
export function fill(node, ...children) {
  node.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function button(text, act, facts = {}) {
  return el("button", { type: "button", ...facts, on: { click: act } }, text);
}

/** A drawing of a few strokes; shapes are numbers of this file and of callers, never of a server. */
export function icon(...paths) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [name, value] of [["viewBox", "0 0 24 24"], ["aria-hidden", "true"], ["class", "icon"]]) svg.setAttribute(name, value);
  for (const d of paths) {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

let toastClock = 0;

/** Say something for a few seconds, also to a screen reader. */
export function toast(text) {
  const place = document.getElementById("toast");
  place.textContent = text;
  place.hidden = false;
  clearTimeout(toastClock);
  toastClock = setTimeout(() => { place.hidden = true; }, 5000);
}
