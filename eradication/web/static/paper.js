// Questions that do not apply are put away, and those that apply always and must be answered are asked for.
// What must be answered only under a condition bears its star only while that holds.

const form = document.getElementById("sheet");
const fields = [...form.querySelectorAll(".field")].map((node) => ({ node, terms: JSON.parse(node.dataset.relevant), star: node.querySelector(".star") }));

function holds(term) {
  const value = form.elements[term.name]?.value ?? "";
  return term.equal ? value === term.word : value !== term.word;
}

function show() {
  for (const { node, terms, star } of fields) {
    const applies = terms.every(holds);
    node.hidden = !applies;
    if (star) star.hidden = !JSON.parse(star.dataset.terms).every(holds);
    for (const control of node.querySelectorAll("input, select")) {
      control.disabled = !applies;
      control.required = applies && "required" in control.dataset;
    }
  }
}

form.addEventListener("change", show);
show();
