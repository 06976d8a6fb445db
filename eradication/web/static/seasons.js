// A slider through the seasons: the map of the communes follows it, and letting go opens the ledger of that season.

const slider = document.getElementById("slider");
const picture = document.getElementById("communes");

if (slider && picture) {
  const seasons = slider.dataset.seasons.split(" ");
  const said = slider.parentElement.querySelector("output");
  slider.parentElement.hidden = false;
  slider.addEventListener("input", () => {
    said.textContent = seasons[slider.value];
    const address = new URL(picture.src);
    address.searchParams.set("season", seasons[slider.value]);
    picture.src = address;
  });
  slider.addEventListener("change", () => { location.search = `?season=${seasons[slider.value]}`; });
}
