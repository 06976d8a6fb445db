"""The ledger as text: five quantities by row, both percentages, and what was not seen beside them."""

import shutil
import sys
from typing import Any

from eradication.cli.shell import Shell
from eradication.cli.text import SIMULATED, local, table
from eradication.errors import N_
from eradication.i18n import number
from eradication.pipeline.outputs import sentence

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
    undetected = answer["undetected"]
    for line, title in (("upper", N_("upper bound")), ("expected", N_("expected")), ("lower", N_("lower bound"))):
        value = undetected[line]
        why = sentence(undetected["why"].get(line, ""), shell.language, _)
        known = value is not None
        shown = number(value, shell.language, 1) if known else _(N_("not enough data ({why})")).format(why=why)
        shell.say(_(N_("Undetected, {line}: {shown}")).format(line=_(title), shown=shown))


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
