"""What is said of how a model was judged, and of why it proposed a place."""

from collections.abc import Mapping

from eradication.cli.shell import Shell
from eradication.cli.text import NOT_A_FINDING, SIMULATED, Answer, table
from eradication.domain.model import RULES
from eradication.errors import N_
from eradication.i18n import number
from eradication.pipeline.words import family_in_words, figure_words, land_in_words

OBJECTIONS: Mapping[str, str] = {
    "too_few_plots": N_("Not promoted: too few plots of class A or B are known there (contest_least_plots)."),
    "found_fewer": N_("Not promoted: the new model finds fewer."),
    "too_few_found": N_("Not promoted: so few visits find too few plots to tell the two apart."),
    "could_be_worse": N_("Not promoted: it is not shown that the new model is not worse."),
}
MOST_REFUSALS = 10


def evaluation(shell: Shell, answer: Answer) -> None:
    """Every figure with its interval, its number and how it was obtained."""
    search(shell, answer)
    refused(shell, answer["refused"])
    figures(shell, answer["figures"])
    if answer["drawn_undecided"]:
        said = N_("Of the places drawn at random, {count} are not decided yet: they are in no figure.")
        shell.say(shell.translate(said).format(count=answer["drawn_undecided"]))
    cautions(shell)
    for path in answer.get("written", ()):
        shell.say(shell.translate(N_("Written: {path}")).format(path=path))


def contest(shell: Shell, answer: Answer) -> None:
    """Both models side by side, and what came of it."""
    _ = shell.translate
    search(shell, answer)
    refused(shell, answer["refused"])
    told = answer["contest"]
    in_use = _(N_("the rule score")) if answer["champion"] == RULES else answer["champion"]
    names = {"champion": in_use, "challenger": f"{answer['name']}/{answer['version']}"}
    for side, name in names.items():
        role = _(N_("in use")) if side == "champion" else _(N_("new"))
        shell.say(f"{name} ({role})")
        figures(shell, told["figures"][side])
    found = N_("Of {plots} plots of class A or B, the model in use finds {old} and the new one {new}.")
    counts = {"plots": told["plots"], "old": told["found_by_champion"], "new": told["found_by_challenger"]}
    shell.say(_(found).format(**counts))
    if told["gain"] is not None:
        said = N_("Gain: {gain} percentage points; above {low} with 90 % confidence (needed: {needed}).")
        parts = {"gain": told["gain"], "low": told["gain_low"], "needed": told["gain_needed"]}
        shell.say(_(said).format(**{name: _points(share, shell.language) for name, share in parts.items()}))
    if answer["promoted"]:
        shell.say(_(N_("The new model is in use from now on.")))
    else:
        shell.say(_(OBJECTIONS[answer["reason"]]))
    if answer["lost_before"]:
        said = N_("Contests that the new model lost on this season before: {count}; they stand in the chain of events.")
        shell.say(_(said).format(count=answer["lost_before"]))
    cautions(shell)


def _points(share: float, language: str) -> str:
    """Write a difference of shares in percentage points, with its sign."""
    sign = "−" if share < 0 else "+"
    return f"{sign}{number(abs(100 * share), language, 1)}"


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
        headings = (N_("Class of land"), N_("places learned from"), N_("monthly values inside its band"))
        rows = [
            (land_in_words(r["class"], shell.language, _), r["plots"], f"{r['inside']} / {r['known']}")
            for r in answer["inside"]
        ]
        table(shell, headings, rows, numeric=(1, 2))
        shell.say(_(N_("Bands of classes overlap: a season inside one proves nothing.")))
    if "learned_from_this_season" in answer["notes"]:
        shell.say(_(N_("The model learned from this very season, perhaps from this place.")))
    if "outside" in answer["notes"]:
        shell.say(_(N_("The place is unlike what the model has learned: its score was lowered in the list.")))
    for path in answer.get("written", ()):
        shell.say(_(N_("Written: {path}")).format(path=path))
    shell.say(_(NOT_A_FINDING))


def figures(shell: Shell, rows: list[Answer]) -> None:
    """A table of figures."""
    _, language = shell.translate, shell.language
    headings = (N_("Figure"), N_("Value"), N_("95 % interval"), N_("n"), N_("Obtained from"))
    cells = [
        (
            figure_words.name(row, _),
            figure_words.value(row, language, _),
            figure_words.interval(row, language),
            row["n"],
            figure_words.kind(row, _),
        )
        for row in rows
    ]
    table(shell, headings, cells, numeric=(1, 2, 3))


def refused(shell: Shell, rows: list[Answer]) -> None:
    """Rows of a table that were not taken, the first of them."""
    _ = shell.translate
    for row in rows[:MOST_REFUSALS]:
        line = _(N_("  - line {line} was not taken: {why}"))
        shell.say(line.format(line=row["line"], why=f"{row['message']} {row['hint']}".rstrip()))
    if len(rows) > MOST_REFUSALS:
        shell.say(_(N_("  - and {count} lines more (all with --json)")).format(count=len(rows) - MOST_REFUSALS))


def search(shell: Shell, answer: Answer) -> None:
    """What was searched, with what is known of it."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    words = {
        "season": answer["season"],
        "visits": answer["visits"],
        "plots": answer["plots"],
        "km2": number(answer["km2"], shell.language, 1),
        "prevalence": figure_words.one_in(answer["prevalence"], shell.language),
    }
    said = N_("Season {season}: {plots} plots known in {km2} km² (poppy on {prevalence} of it); {visits} visits.")
    shell.say(_(said).format(**words))
    if answer.get("outside"):
        said = N_("{count} visited places lie outside these images and are in no figure.")
        shell.say(_(said).format(count=answer["outside"]))


def cautions(shell: Shell) -> None:
    """What every reader of figures must know."""
    _ = shell.translate
    shell.say(_(N_("A candidate nobody visited counts as false, and plots nobody found are not sought.")))
