// While a hand-in is being entered, ask now and then, and show the page anew as soon as something became of it.

const state = document.getElementById("state");
const PAUSE = 1500;

async function look() {
  try {
    const answer = await fetch(`/api/hand-ins/${encodeURIComponent(state.dataset.uuid)}`, { credentials: "same-origin" });
    if (answer.ok && (await answer.json()).state !== state.dataset.state) return location.reload();
  } catch {
    // No network for a moment: asked again.
  }
  return setTimeout(look, PAUSE);
}

if (state.dataset.state === "received") setTimeout(look, PAUSE);
