// The drop zone: files dropped anywhere on the form are those of its field; how many is said aloud.

const form = document.getElementById("drop");
const field = document.getElementById("file");
const said = document.getElementById("chosen");

function tell() {
  const names = [...field.files].map((file) => file.name);
  said.textContent = names.length ? names.join(", ") : said.dataset.none;
}

for (const kind of ["dragenter", "dragover"]) {
  form.addEventListener(kind, (event) => { event.preventDefault(); form.classList.add("over"); });
}
form.addEventListener("dragleave", () => form.classList.remove("over"));
form.addEventListener("drop", (event) => {
  event.preventDefault();
  form.classList.remove("over");
  if (event.dataTransfer.files.length) field.files = event.dataTransfer.files;
  tell();
});
field.addEventListener("change", tell);
form.addEventListener("submit", () => { said.textContent = said.dataset.sending; });
