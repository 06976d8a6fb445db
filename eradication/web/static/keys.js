// Keys for whoever reviews: a letter does what the control marked with it does, a digit chooses in the open group.

const WRITES = "input:not([type=range]):not([type=checkbox]), select, textarea";

function press(node) {
  if (node.matches("details")) {
    node.open = true;
    node.querySelector("button")?.focus();
  } else if (node.matches("input")) {
    node.focus();
  } else {
    node.click();
  }
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat) return;
  if (event.target.closest(WRITES)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const key = event.key.toLowerCase();
  if (key === "escape") {
    for (const group of document.querySelectorAll("details[open][data-key]")) group.open = false;
    return;
  }
  const wanted = /^[0-9]$/.test(key) ? document.querySelector(`details[open] [data-digit="${key}"]`)
    : [...document.querySelectorAll("[data-key]")].find((node) => node.dataset.key === key);
  if (!wanted) return;
  event.preventDefault();
  press(wanted);
});
