"""Draws as text: cells to walk, plots to re-check; and the three lines of what nobody has found."""

from collections.abc import Mapping
from typing import Any

from eradication.cli.shell import Shell
from eradication.cli.text import SIMULATED, Answer, local, table
from eradication.errors import N_
from eradication.i18n import brief, number
from eradication.pipeline.outputs import beside_words, sentence

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


def undetected_lines(shell: Shell, told: Mapping[str, Any]) -> list[str]:
    """Return the three lines of what nobody has found, each always there: its number, or why there is none."""
    return [_upper(shell, told), _expected(shell, told), _lower(shell, told)]


def _why(shell: Shell, told: Mapping[str, Any], line: str) -> str:
    code = told["why"].get(line, "")
    said = sentence(code, shell.language, shell.translate)
    return f"{said} (m = {told['recaptures']})" if code == "too_few_recaptures" else said


def _upper(shell: Shell, told: Mapping[str, Any]) -> str:
    _, upper = shell.translate, told["upper"]
    if upper is None:
        return _(N_("Undetected, at most: unknown, {why}.")).format(why=_why(shell, told, "upper"))
    said = N_(
        "Undetected, at most: {cells} of {of} unflagged cells (95 %), searched {searched} of {drawn}, finds {finds}."
    )
    counts = {name: number(upper[name], shell.language) for name in ("cells", "of", "drawn", "searched", "finds")}
    return _(said).format(**counts)


def _expected(shell: Shell, told: Mapping[str, Any]) -> str:
    _, likely = shell.translate, told["expected"]
    if likely is None:
        return _(N_("Undetected, expected: unknown, {why}.")).format(why=_why(shell, told, "expected"))
    ends = {name: number(likely[name], shell.language) for name in ("cells", "low", "high")}
    line = _(N_("Undetected, expected: {cells} unflagged cells ({low} to {high}).")).format(**ends)
    return line if not told["why"]["expected"] else f"{line} ({_why(shell, told, 'expected')})"


def _lower(shell: Shell, told: Mapping[str, Any]) -> str:
    _, lower = shell.translate, told["lower"]
    if lower is None:
        return _(N_("Undetected, at least: unknown, {why}.")).format(why=_why(shell, told, "lower"))
    said = N_("Undetected, at least: {plots} plots of classes A and B (± {se}); on both lists {both}.")
    counts = {name: number(lower[name], shell.language, 1) for name in ("plots", "se")}
    return _(said).format(both=lower["both"], **counts)
