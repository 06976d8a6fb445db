"""What is said of models, and of what they learn from."""

from collections import Counter
from collections.abc import Mapping

from eradication.cli import examined_text, text
from eradication.cli.shell import Shell
from eradication.cli.text import SIMULATED, Answer, local, table
from eradication.domain.codes import Provenance
from eradication.domain.model import LEARNERS_IN_SHORT, LOGISTIC_FROM, TREES_FROM
from eradication.errors import N_
from eradication.i18n import number

LEARNERS: Mapping[str, str] = {
    "trees": N_("boosted trees, extremely randomised trees and small neural networks together"),
    "logistic": N_("logistic regression on a few season features"),
    "rules": N_("the rule score; nothing was learned"),
}
WARNINGS: Mapping[str, str] = {
    "few_positive_plots": N_(
        "Plots with poppy: {plots}. Trees are trained from {trees_from}, a logistic regression from {logistic_from};"
        " below that the rule score is used."
    ),
    "no_rejected_plots": N_("No rejected visit: it has not met a look-alike that someone checked."),
    "features_unobserved": N_("Some months had too few clear looks; their features were left out."),
    "features_missing": N_("Some features could not be computed because bands are missing."),
}


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
    _warnings(shell, answer["warnings"], answer["samples"])
    _oddities(shell, answer["oddities"])
    if answer["held_out"]:
        examined_text.figures(shell, answer["held_out"])
    if answer["at_prevalence"]:
        said = N_(
            "If one pixel in {pixels} is poppy, a score of {score} means about 1 in {odds}: computed, not measured."
        )
        told = answer["at_prevalence"]
        odds = number(round(1 / max(told["probability"], 1e-9)), shell.language)
        score = number(told["score"], shell.language, 2)
        pixels = number(1 / told["prevalence"], shell.language)
        shell.say(_(said).format(pixels=pixels, score=score, odds=odds))
    shell.say(_(N_("Model hash: {hash}")).format(hash=answer["model_hash"]))


def _warnings(shell: Shell, codes: list[str], counts: Answer) -> None:
    words = {"plots": counts["positive_plots"], "trees_from": TREES_FROM, "logistic_from": LOGISTIC_FROM}
    for code in codes:
        shell.say(f"  ! {shell.translate(WARNINGS.get(code, code)).format(**words)}")


def _labels(shell: Shell, season: Answer) -> None:
    _ = shell.translate
    kinds = ", ".join(f"{text.word(shell, Provenance, kind)} {n}" for kind, n in season["provenance"].items())
    said = N_("{season}: places with poppy {poppy}, look-alikes {look_alike} ({kinds})")
    shell.say(_(said).format(kinds=kinds, **{k: season[k] for k in ("season", "poppy", "look_alike")}))
    examined_text.refused(shell, season["refused"])
    if season["unseen"]:
        shell.say(_(N_("  not in the imagery, or never clear: {plots}")).format(plots=_some(season["unseen"])))


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
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    headings = (N_("Name"), N_("Version"), N_("Learner"), N_("Seasons learned from"), N_("Trained"), N_("In use"))
    rows = [
        (
            m["name"],
            m["version"],
            _(LEARNERS_IN_SHORT.get(m["learner"], m["learner"])),
            ", ".join(m["seasons"]) or "–",
            local(m["saved_at"]),
            _(N_("yes")) if m["in_use"] else "",
        )
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
    _warnings(shell, answer["warnings"], answer["counts"])
    shell.say(_(N_("Features: {count}; card.md and --json name them")).format(count=len(answer["features"])))
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
        examined_text.figures(shell, answer["figures"]["held_out"])
    if not answer["evaluations"]:
        shell.say(_(N_("Not examined yet on a season it did not learn from: eradication evaluate")))
    for examined in answer["evaluations"]:
        examined_text.search(shell, examined)
        examined_text.figures(shell, examined["figures"])
    if answer["evaluations"]:
        examined_text.cautions(shell)


def verdicts(shell: Shell, answer: Answer) -> None:
    """One row per model, then what is wrong and what to do."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
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
            shell.say(f"{model['name']}/{model['version']}: {model['message']} [{model['where']}]")
            shell.say(f"    → {model['hint']}")
