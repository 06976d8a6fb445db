"""What is said of models and of how they were judged."""

from collections.abc import Mapping

from eradication.cli.shell import Shell
from eradication.cli.text import SIMULATED, Answer, table
from eradication.errors import N_
from eradication.i18n import number

FIGURES: Mapping[str, str] = {
    "recall_AB": N_("found, class A and B"),
    "recall_m2_AB": N_("found, class A and B, by area"),
    "recall_A": N_("found, class A"),
    "recall_B": N_("found, class B"),
    "recall_C": N_("found, class C"),
    "precision": N_("visits that find a plot"),
    "hectares_per_100_visits": N_("hectares found per 100 visits"),
    "false_per_1000_km2_at_0.5": N_("false candidates per 1,000 km² where half is found"),
    "false_per_1000_km2_at_0.7": N_("false candidates per 1,000 km² where 70 % is found"),
    "false_per_1000_km2_at_0.85": N_("false candidates per 1,000 km² where 85 % is found"),
    "precision_of_drawn_visits": N_("visits drawn at random that find a plot"),
}
KINDS: Mapping[str, str] = {
    "design_based": N_("drawn at random, weighted"),
    "season_out": N_("season not learned from"),
    "spatial": N_("communes not learned from"),
}


def models(shell: Shell, answer: Answer) -> None:
    """One row per model; the one in use is marked."""
    _ = shell.translate
    headings = (N_("Name"), N_("Version"), N_("Learner"), N_("Model hash"), N_("In use"))
    rows = [
        (m["name"], m["version"], m["learner"], m["model_hash"][:16], _(N_("yes")) if m["in_use"] else "")
        for m in answer["models"]
    ]
    table(shell, headings, rows)


def evaluation(shell: Shell, answer: Answer) -> None:
    """Every figure with its interval, its number and how it was obtained."""
    _search(shell, answer)
    figures(shell, answer["figures"])
    _cautions(shell)


def contest(shell: Shell, answer: Answer) -> None:
    """Both models side by side, and what came of it."""
    _ = shell.translate
    _search(shell, answer)
    told = answer["contest"]
    names = {"champion": answer["champion"], "challenger": f"{answer['name']}/{answer['version']}"}
    for side, name in names.items():
        role = _(N_("in use")) if side == "champion" else _(N_("new"))
        shell.say(f"{name} ({role})")
        figures(shell, told["figures"][side])
    words = {
        "plots": told["plots"],
        "old": told["found_by_champion"],
        "new": told["found_by_challenger"],
        "gain": number(told["gain"], shell.language, 3),
        "low": number(told["gain_low"], shell.language, 3),
    }
    said = N_("Of {plots} plots of class A or B: in use {old}, new {new}; difference {gain}, at least {low} (90 %).")
    shell.say(_(said).format(**words))
    if answer["promoted"]:
        shell.say(_(N_("The new model is in use from now on.")))
    else:
        shell.say(_(N_("Not promoted: it is not shown that the new model is not worse.")))
    _cautions(shell)


def figures(shell: Shell, rows: list[Answer]) -> None:
    """A table of figures."""
    _ = shell.translate
    headings = (N_("Figure"), N_("Value"), N_("95 % interval"), N_("n"), N_("Obtained from"))
    cells = []
    for row in rows:
        low, high = (number(row[end], shell.language, 2) for end in ("low", "high"))
        name = _(FIGURES.get(row["name"], row["name"]))
        value = number(row["value"], shell.language, 2)
        cells.append((name, value, f"{low} … {high}", row["n"], _(KINDS[row["kind"]])))
    table(shell, headings, cells, numeric=(1, 2, 3))


def _search(shell: Shell, answer: Answer) -> None:
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    words = {
        "season": answer["season"],
        "visits": answer["visits"],
        "plots": answer["plots"],
        "km2": number(answer["km2"], shell.language, 1),
        "prevalence": f"{answer['prevalence']:.1e}",
    }
    said = N_("Season {season}: {plots} plots known in {km2} km² ({prevalence} of the area); {visits} visits.")
    shell.say(_(said).format(**words))


def _cautions(shell: Shell) -> None:
    _ = shell.translate
    shell.say(_(N_("A candidate nobody visited counts as false, and plots nobody found are not sought.")))
