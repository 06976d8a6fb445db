"""Draws as text: cells to walk, plots to re-check."""

from eradication.cli.shell import Shell
from eradication.cli.text import SIMULATED, Answer, local, table
from eradication.errors import N_
from eradication.i18n import brief
from eradication.pipeline.words import beside_words

STRATA = {"near_past_plots": N_("near earlier plots"), "rest": N_("elsewhere")}


def plan(shell: Shell, answer: Answer) -> None:
    """The cells to walk, and what counts as having searched one."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    frame = answer["frame"]
    said = N_("Draw {draw}: {n} of {N} cells of season {season} that no candidate and no plot touches.")
    shell.say(_(said).format(draw=answer["draw"], **frame))
    headings = (N_("Cell"), N_("Longitude"), N_("Latitude"), N_("Commune"), N_("Stratum"), N_("Probability"))
    for route in answer["routes"]:
        rows = [
            (
                s["cell"],
                s["lon"],
                s["lat"],
                s["commune"],
                _stratum(shell, s["stratum"]),
                brief(s["inclusion_prob"], shell.language),
            )
            for s in route["stops"]
        ]
        table(shell, headings, rows, numeric=(1, 2, 5))
    shell.say(
        _(N_("A cell counts as searched where a track of the unit walks it from now on; say what was found by visits."))
    )
    shell.say(_(N_("Leave out what is unsafe, and nothing else: cells are not to be exchanged for easier ones.")))
    for path in answer["written"]:
        shell.say(f"  {path}")


def _stratum(shell: Shell, name: str) -> str:
    first, _, band = name.partition("/")
    return ", ".join(part for part in (shell.translate(STRATA.get(first, first)), band.replace("_", " ")) if part)


def rechecks_drawn(shell: Shell, answer: Answer) -> None:
    """Which plots were drawn, and who must not be sent."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    shell.say(_(N_("Draw {draw}: {n} of {N} destroyed plots of class C.")).format(**answer))
    headings = (N_("Plot"), N_("Destroyed"), N_("Longitude"), N_("Latitude"), N_("Not by"))
    rows = [(s["code"], local(s["eradicated_at"]), s["lon"], s["lat"], ", ".join(s["not_by"])) for s in answer["stops"]]
    table(shell, headings, rows, numeric=(2, 3))
    shell.say(
        _(N_("Send another unit, 14 to 28 days after the destruction. Plots destroyed later need a further draw."))
    )


def rechecks(shell: Shell, answer: Answer) -> None:
    """How far re-checks have come."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    for line in beside_words.rechecks(answer, shell.language, shell.translate):
        shell.say(line)
    headings = (N_("Plot"), N_("Destroyed"), N_("Not by"), N_("Re-check"))
    words = {None: N_("not yet"), True: N_("live plants"), False: N_("no live plant")}
    rows = [
        (s["code"], local(s["eradicated_at"]), ", ".join(s["not_by"]), _(words[s["live"]])) for s in answer["stops"]
    ]
    if rows:
        table(shell, headings, rows)
