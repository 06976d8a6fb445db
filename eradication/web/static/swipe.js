// Two pictures of one place, one over the other: the slider says how much of the later one is seen. What stands below
// the earlier one is never covered; what stands below the later one follows. A drawing that is
// not there is replaced by a sentence.

const over = document.querySelector(".swipe .over");
const slide = document.querySelector(".slide input");

function show() {
  over.style.clipPath = `inset(0 0 var(--foot) ${slide.value}%)`;
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
