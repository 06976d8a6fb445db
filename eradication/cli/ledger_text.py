"""The ledger as text: five quantities by row, both percentages, and what was not seen beside them."""

import shutil
import sys
from typing import Any

from eradication.cli import draws_text
from eradication.cli.shell import Shell
from eradication.cli.text import SIMULATED, local, table
from eradication.errors import N_
from eradication.i18n import number
from eradication.pipeline.outputs import sentence, signs_in_words

TOTAL = N_("Total")
HINDSIGHT = N_("The imagery was scored once, for the whole season; the simulated visits lie within it.")
OPEN_STILL = N_("99.9 % stands where nothing remains but something is still open; 100 % only when nothing is open.")
KEYS = {"commune": N_("Commune"), "unit": N_("Unit"), "class": N_("Class")}
HEADINGS = (
    N_("Suspected (m²)"),
    N_("Detected (m²)"),
    N_("Claimed (m²)"),
    N_("Verified (m²)"),
    N_("Remaining (m²)"),
    N_("Plots"),
    N_("Plants"),
    N_("Claimed %"),
    N_("Verified %"),
)
OVERDUE = {
    "not_destroyed": N_("detected and not destroyed"),
    "tip_not_visited": N_("tips not visited"),
    "not_revisited": N_("destroyed and not checked again"),
}
QUANTITIES = {
    "detected_m2": HEADINGS[1],
    "claimed_m2": HEADINGS[2],
    "verified_m2": HEADINGS[3],
    "remaining_m2": HEADINGS[4],
    "plots": HEADINGS[5],
    "plants": HEADINGS[6],
}


def ledger(shell: Shell, answer: dict[str, Any]) -> None:
    """Write the table, then effort, unvisited candidates and the three lines on what is undetected."""
    if answer["simulated"]:
        shell.say(shell.translate(SIMULATED))
    scope = answer.get("season") or answer.get("year") or answer.get("period")
    shell.say(shell.translate(N_("Ledger {scope}, as of {as_of}")).format(scope=scope, as_of=local(answer["as_of"])))
    shown = [row for row in answer["rows"] if _speaks(row)]
    table(
        shell,
        (KEYS[answer["by"]], *HEADINGS),
        [_row(shell, row) for row in (*shown, answer["total"])],
        numeric=range(1, 10),
    )
    if any(_held_back(row) for row in (*shown, answer["total"])):
        shell.say(shell.translate(OPEN_STILL))
    _beside(shell, answer)
    if answer["approximate_boundaries"]:
        shell.say(shell.translate(N_("Commune outlines are approximate: import official boundaries.")))
    _findings(shell, answer["findings"])


MOST_FINDINGS = 20


def _findings(shell: Shell, findings: list[dict[str, Any]]) -> None:
    """List rows without effect and what waits for a person; a long list says how much of it is shown."""
    if not findings:
        return
    waiting = shell.translate(N_("Rows without effect or waiting for a person: {count}"))
    shell.say(waiting.format(count=len(findings)))
    for finding in findings[:MOST_FINDINGS]:
        why = sentence(finding["reason"], shell.language, shell.translate)
        shell.say(f"  - {finding['plot_id']} {finding['what']}: {why}")
    if len(findings) > MOST_FINDINGS:
        shell.say(shell.translate(N_("  … all of them with --json")))


def _held_back(row: dict[str, Any]) -> bool:
    """Tell whether a percentage is 99.9 only because something is still open."""
    whole = row["detected_m2"]
    return any(row[f"{kind}_pct"] == 99.9 and row[f"{kind}_m2"] == whole for kind in ("claimed", "verified"))


def _speaks(row: dict[str, Any]) -> bool:
    return any(row.get(name) for name in ("suspected_m2", "detected_m2", "plots", "carried_in_m2"))


def _row(shell: Shell, row: dict[str, Any]) -> tuple[str, ...]:
    areas = ("suspected_m2", "detected_m2", "claimed_m2", "verified_m2", "remaining_m2", "plots", "plants")
    name = shell.translate(row["name"] or (TOTAL if row["key"] == "total" else row["key"]))
    percentages = (number(row[p], shell.language, 1) for p in ("claimed_pct", "verified_pct"))
    return name, *(number(row[a], shell.language) for a in areas), *percentages


def _beside(shell: Shell, answer: dict[str, Any]) -> None:
    _ = shell.translate
    effort, unvisited = answer["effort"], answer["unvisited"]
    told = {name: number(effort[name], shell.language, 1) for name in ("km", "hours", "km2_visits")}
    shell.say(_(N_("Effort: {km} km, {hours} h, {km2_visits} km²·visits")).format(**told))
    shell.say(_(N_("Not visited: {open} open, {expired} expired, {dismissed_unvisited} dismissed")).format(**unvisited))
    if unvisited["harvested_undetected"]:
        said = N_("Harvested before anybody came: {count} candidates, {m2} m² as estimated; they keep 100 % away.")
        counts = (unvisited["harvested_undetected"], unvisited["harvested_m2"])
        shell.say(_(said).format(count=counts[0], m2=number(counts[1], shell.language)))
    _coverage(shell, answer["coverage"])
    for line in draws_text.undetected_lines(shell, answer["undetected"]):
        shell.say(line)
    _elsewhere(shell, answer)
    _precision(shell, answer.get("precision"))
    _late(shell, answer["timeliness"])
    marked = [sign for sign in signs_in_words(answer["signs"], shell.language, _) if sign.marked]
    if marked:
        shell.say(_(N_("Signs that ask for a second look; none accuses anybody:")))
    for sign in marked:
        shell.say(f"  ▲ {sign.title}: {sign.text}")


def _elsewhere(shell: Shell, answer: dict[str, Any]) -> None:
    """Say what is counted apart: abroad, on an unclear side, twice measured, under other communes, overruled."""
    _ = shell.translate
    for side, said in (
        ("outside", N_("Outside the province, in no total: {plots} plots, {m2} m² detected, {candidates} candidates")),
        (
            "unclear",
            N_("Side of the border unclear, in no total: {plots} plots, {m2} m², {candidates} candidates"),
        ),
    ):
        told = answer["abroad"][side]
        if told["plots"] or told["candidates"]:
            values = {name: number(told[name], shell.language) for name in ("plots", "candidates")}
            shell.say(_(said).format(**values, m2=number(told["detected_m2"], shell.language)))
    if answer["overlaps"]:
        m2 = number(answer["total"]["overlap_m2"], shell.language)
        pairs = ", ".join(" × ".join(row["codes"]) for row in answer["overlaps"])
        shell.say(_(N_("Measured by two teams, counted once: {m2} m² ({pairs})")).format(m2=m2, pairs=pairs))
    rebased = answer.get("rebased")
    if rebased and rebased["plots"]:
        said = N_("Communes as of {day}: {plots} plots were found under other boundaries, an estimated conversion.")
        shell.say(_(said).format(day=rebased["vintage"], plots=number(rebased["plots"], shell.language)))


def _precision(shell: Shell, told: dict[str, Any] | None) -> None:
    _ = shell.translate
    if told and told["value"] is not None:
        ends = {name: number(100 * told[name], shell.language, 1) for name in ("value", "low", "high")}
        said = N_("Candidates that were poppy, by {n} visits drawn at random: {value} % ({low}–{high} %)")
        shell.say(_(said).format(n=told["n"], **ends))


def _late(shell: Shell, told: dict[str, Any]) -> None:
    _ = shell.translate
    counts = {row["what"]: 0 for row in told["overdue"]}
    for row in told["overdue"]:
        counts[row["what"]] += 1
    if counts:
        listed = ", ".join(f"{_(OVERDUE[what])} {count}" for what, count in sorted(counts.items()))
        shell.say(_(N_("Overdue: {listed}")).format(listed=listed))
    for row in [row for row in told["overdue"] if row["tip"]]:
        said = N_("  - tip {tip}, commune {commune}: {days} days over the limit, no visit answers it")
        shell.say(_(said).format(tip=row["tip"], commune=row["commune"] or "–", days=row["days"]))


def _coverage(shell: Shell, coverage: dict[str, Any]) -> None:
    _ = shell.translate
    if coverage["none"] is not None:
        told = {part: number(coverage[part] * 100.0, shell.language, 2) for part in ("optical", "patrol", "none")}
        said = N_("Seen in the flowering window: by satellite {optical} %, by patrols {patrol} %, by neither {none} %")
        shell.say(_(said).format(**told))
    if coverage.get("why"):
        shell.say(_(coverage["why"]))


def demo(shell: Shell, answer: dict[str, Any]) -> None:
    """Write the ledger of the demonstration, what to open and what to type next."""
    ledger(shell, answer["ledger"])
    _ = shell.translate
    folder, season = answer["workspace"], answer["season"]
    shell.say("")
    shell.say(
        _(N_("Done in {seconds} s. Open in a browser:")).format(seconds=number(answer["seconds"], shell.language))
    )
    for path in answer["written"]:
        shell.say(f"  {path}")
    shell.say(_(HINDSIGHT))
    shell.say(_(N_("What to type next:")))
    # What stands on PATH is typed by its name; else as it was called.
    program = f"{'eradication' if shutil.which('eradication') else sys.argv[0]} --workspace {folder}"
    model = f"--imagery {answer['imagery']}"
    for command in (
        f"{program} plots list --season {season}",
        f"{program} train --name first --season {season} {model} --samples {answer['samples']}",
        f"{program} monitor --season {season} {model} --model first",
        f"{program} ledger --season {season} --by class",
    ):
        shell.say(f"  {command}")
    shell.say(_(N_("Begin your own workspace with: eradication init DIR")))
