"""What is said of models and of how they were judged."""

from eradication.cli.shell import Shell
from eradication.cli.text import NOT_A_FINDING, SIMULATED, Answer, table
from eradication.errors import N_
from eradication.i18n import number
from eradication.pipeline.outputs import FIGURES, KINDS, family_in_words, land_in_words


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
    for path in answer.get("written", ()):
        shell.say(shell.translate(N_("Written: {path}")).format(path=path))


def explanation(shell: Shell, answer: Answer) -> None:
    """A candidate's score, what raises it, and whose season its own resembles."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    words = {
        "place": answer["code"] or answer["candidate"],
        "season": answer["season"],
        "model": f"{answer['name']}/{answer['version']}".rstrip("/"),
        "score": number(answer["score"], shell.language, 3),
    }
    shell.say(_(N_("{place}, season {season}: score {score} by {model}")).format(**words))
    families = [
        (family_in_words(r["name"], _), number(r["score_without"], shell.language, 3)) for r in answer["families"]
    ]
    table(shell, (N_("Features"), N_("score without them")), families, numeric=(1,))
    if answer["inside"]:
        headings = (N_("Class of land"), N_("plots learned from"), N_("months inside its band"))
        rows = [
            (land_in_words(r["class"], shell.language, _), r["plots"], f"{r['inside']} / {r['known']}")
            for r in answer["inside"]
        ]
        table(shell, headings, rows, numeric=(1, 2))
    if answer["notes"]:
        shell.say(_(N_("The model learned from this very season, perhaps from this place.")))
    for path in answer.get("written", ()):
        shell.say(_(N_("Written: {path}")).format(path=path))
    shell.say(_(NOT_A_FINDING))


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
