// Two pictures of one place, one over the other: the slider says how much of the later one is seen. A drawing that is
// not there is replaced by a sentence.

const over = document.querySelector(".swipe .over");
const slide = document.querySelector(".slide input");

function show() {
  over.style.clipPath = `inset(0 0 0 ${slide.value}%)`;
}

if (over && slide) {
  slide.addEventListener("input", show);
  show();
}

for (const figure of document.querySelectorAll("figure[data-missing]")) {
  const image = figure.querySelector("img");
  const missing = () => figure.replaceChildren(Object.assign(document.createElement("p"), { textContent: figure.dataset.missing }));
  if (image.complete && !image.naturalWidth) missing();
  else image.addEventListener("error", missing);
}
