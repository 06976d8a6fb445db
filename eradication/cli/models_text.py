"""What is said of models and of how they were judged."""

from collections import Counter
from collections.abc import Mapping

from eradication.cli import text
from eradication.cli.shell import Shell
from eradication.cli.text import NOT_A_FINDING, SIMULATED, Answer, local, table
from eradication.domain.codes import Provenance
from eradication.errors import N_
from eradication.i18n import number
from eradication.pipeline.outputs import FIGURES, KINDS, family_in_words, land_in_words

LEARNERS: Mapping[str, str] = {
    "trees": N_("average of boosted trees and extremely randomised trees"),
    "logistic": N_("logistic regression on a few season features"),
    "rules": N_("the rule score; nothing was learned"),
}
WARNINGS: Mapping[str, str] = {
    "few_positive_plots": N_("Few plots with poppy: a simpler learner was used."),
    "no_rejected_plots": N_("No rejected visit: it has not met a look-alike that someone checked."),
    "features_unobserved": N_("Some months had too few clear looks; their features were left out."),
    "features_missing": N_("Some features could not be computed because bands are missing."),
}


OBJECTIONS: Mapping[str, str] = {
    "too_few_plots": N_("Not promoted: too few plots of class A or B are known there (contest_least_plots)."),
    "found_fewer": N_("Not promoted: the new model finds fewer."),
    "could_be_worse": N_("Not promoted: it is not shown that the new model is not worse."),
}
MOST_REFUSALS = 10


def samples(shell: Shell, answer: Answer) -> None:
    """What would be learned from, and what is strange among it."""
    if answer["simulated"]:
        shell.say(shell.translate(SIMULATED))
    for season in answer["labels"]:
        _labels(shell, season)
    _oddities(shell, answer["oddities"])
    for path in answer.get("written", ()):
        shell.say(shell.translate(N_("Written: {path}")).format(path=path))


def training(shell: Shell, answer: Answer) -> None:
    """What was learned from what, what looked odd, and how held-out plots fared."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    said = N_("Model {name}/{version}: {learner}")
    shell.say(_(said).format(name=answer["name"], version=answer["version"], learner=_(LEARNERS[answer["learner"]])))
    for season in answer["labels"]:
        _labels(shell, season)
    for code in answer["warnings"]:
        shell.say(f"  ! {_(WARNINGS.get(code, code))}")
    _oddities(shell, answer["oddities"])
    if answer["held_out"]:
        figures(shell, answer["held_out"])
    if answer["at_prevalence"]:
        said = N_(
            "If {prevalence} of all pixels are poppy, a score of {score} means about 1 in {odds}: no measured chance."
        )
        told = answer["at_prevalence"]
        odds = number(round(1 / max(told["probability"], 1e-9)), shell.language)
        score = number(told["score"], shell.language, 2)
        shell.say(_(said).format(prevalence=f"{told['prevalence']:.1e}", score=score, odds=odds))
    shell.say(_(N_("Model hash: {hash}")).format(hash=answer["model_hash"]))


def _labels(shell: Shell, season: Answer) -> None:
    _ = shell.translate
    kinds = ", ".join(f"{text.word(shell, Provenance, kind)} {n}" for kind, n in season["provenance"].items())
    said = N_("{season}: {poppy} places with poppy, {look_alike} look-alikes ({kinds})")
    shell.say(_(said).format(kinds=kinds, **{k: season[k] for k in ("season", "poppy", "look_alike")}))
    _refused(shell, season["refused"])
    if season["unseen"]:
        shell.say(_(N_("  not in the imagery, or never clear: {plots}")).format(plots=_some(season["unseen"])))


def _refused(shell: Shell, rows: list[Answer]) -> None:
    _ = shell.translate
    for row in rows[:MOST_REFUSALS]:
        line = _(N_("  - line {line} was not taken: {why}"))
        shell.say(line.format(line=row["line"], why=_(row["message"]).format(**row["values"])))
    if len(rows) > MOST_REFUSALS:
        shell.say(_(N_("  - and {count} lines more (all with --json)")).format(count=len(rows) - MOST_REFUSALS))


def _oddities(shell: Shell, found: Answer) -> None:
    _ = shell.translate
    pairs = {
        "contradicting": N_("Places that contradict one another: {plots}"),
        "duplicates": N_("One place under two names: {plots}"),
    }
    for name, said in pairs.items():
        if found[name]:
            shell.say(_(said).format(plots=_some([" ↔ ".join(pair) for pair in found[name]])))
    if found["odd"]:
        shell.say(_(N_("Unlike the others of their class, look at them: {plots}")).format(plots=_some(found["odd"])))
    said = N_("{pixels_on_the_edge} of {labelled_pixels} labelled pixels lie less than half inside their place.")
    shell.say(_(said).format(**found))


def _some(names: list[str], most: int = 8) -> str:
    return ", ".join(names[:most]) + (f" … ({len(names)})" if len(names) > most else "")


def models(shell: Shell, answer: Answer) -> None:
    """One row per model; the one in use is marked."""
    _ = shell.translate
    headings = (N_("Name"), N_("Version"), N_("Learner"), N_("Model hash"), N_("In use"))
    rows = [
        (m["name"], m["version"], m["learner"], m["model_hash"][:16], _(N_("yes")) if m["in_use"] else "")
        for m in answer["models"]
    ]
    table(shell, headings, rows)


def card(shell: Shell, answer: Answer) -> None:
    """What a reader must know before using a model."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    words = {
        "model": f"{answer['name']}/{answer['version']}",
        "learner": _(LEARNERS[answer["learner"]]),
        "origin": answer["signed_by"] or "–",
        "seasons": ", ".join(answer["seasons"]) or "–",
        "software": ", ".join(f"{name} {number}" for name, number in answer["libraries"].items()),
        "saved": local(answer["saved_at"]),
    }
    shell.say(_(N_("Model {model}: {learner}")).format(**words))
    shell.say(_(N_("Trained {saved}, signed by {origin}; seasons learned: {seasons}")).format(**words))
    counts = _(
        N_("Plots with poppy: {positive_plots}, rejected: {rejected_plots}; background pixels: {background_pixels}")
    )
    shell.say(counts.format(**answer["counts"]))
    for code in answer["warnings"]:
        shell.say(f"  - {_(WARNINGS.get(code, code))}")
    shell.say(_(N_("Features: {names}")).format(names=", ".join(answer["features"]) or "–"))
    _images(shell, answer["scenes"])
    shell.say(_(N_("Data hash: {data_hash}")).format(data_hash=answer["data_hash"]))
    shell.say(_(N_("Model hash: {model_hash}")).format(model_hash=answer["model_hash"]))
    shell.say(_(N_("Libraries: {software}")).format(**words))
    _measured(shell, answer)
    shell.say(_(N_("Its output is a priority, not a probability: it says where to look first and accuses nobody.")))


def _images(shell: Shell, scenes: Mapping[str, Mapping[str, str]]) -> None:
    _ = shell.translate
    for season, found in scenes.items():
        counted = Counter(baseline or _(N_("not stated")) for baseline in found.values())
        baselines = ", ".join(f"{baseline} ({count})" for baseline, count in sorted(counted.items()))
        said = _(N_("Images of season {season}: {count}; processing baselines: {baselines}"))
        shell.say(said.format(season=season, count=len(found), baselines=baselines))


def _measured(shell: Shell, answer: Answer) -> None:
    _ = shell.translate
    if answer["figures"].get("held_out"):
        figures(shell, answer["figures"]["held_out"])
    if not answer["evaluations"]:
        shell.say(_(N_("Not examined yet on a season it did not learn from: eradication evaluate")))
    for examined in answer["evaluations"]:
        _search(shell, examined)
        figures(shell, examined["figures"])
    if answer["evaluations"]:
        _cautions(shell)


def verdicts(shell: Shell, answer: Answer) -> None:
    """One row per model, then what is wrong and what to do."""
    _ = shell.translate
    headings = (N_("Name"), N_("Version"), N_("Whole"), N_("Signed by"), N_("In the chain"), N_("In use"))
    yes, no = _(N_("yes")), _(N_("NO"))
    rows = [
        (
            m["name"],
            m["version"],
            yes if m["ok"] else no,
            m["signed_by"],
            yes if m["recorded"] else no,
            yes if m["in_use"] else "",
        )
        for m in answer["models"]
    ]
    table(shell, headings, rows)
    for model in answer["models"]:
        if not model["ok"]:
            shell.say(f"{model['name']}/{model['version']}: {model['message']}")
            shell.say(f"    → {model['hint']}")


def evaluation(shell: Shell, answer: Answer) -> None:
    """Every figure with its interval, its number and how it was obtained."""
    _search(shell, answer)
    _refused(shell, answer["refused"])
    figures(shell, answer["figures"])
    if answer["drawn_undecided"]:
        said = N_("Of the places drawn at random, {count} are not decided yet: they are in no figure.")
        shell.say(shell.translate(said).format(count=answer["drawn_undecided"]))
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
    if "learned_from_this_season" in answer["notes"]:
        shell.say(_(N_("The model learned from this very season, perhaps from this place.")))
    if "outside" in answer["notes"]:
        shell.say(_(N_("The place is unlike what the model has learned: its score was lowered in the list.")))
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
        shell.say(_(OBJECTIONS[answer["reason"]]))
    _cautions(shell)


def figures(shell: Shell, rows: list[Answer]) -> None:
    """A table of figures."""
    _ = shell.translate
    headings = (N_("Figure"), N_("Value"), N_("95 % interval"), N_("n"), N_("Obtained from"))
    cells = []
    for row in rows:
        low, high = (number(row[end], shell.language, 2) for end in ("low", "high"))
        name = " · ".join(filter(None, (_(FIGURES.get(row["name"], row["name"])), row["note"])))
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
