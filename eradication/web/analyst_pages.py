"""What stands on the analyst's pages: runs over imagery, models and what was measured of them, draws."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from eradication.domain.model import LEARNERS_IN_SHORT
from eradication.errors import N_
from eradication.i18n import Translate, number, translator
from eradication.pipeline.words import figure_words
from eradication.web.answers import local
from eradication.web.officer_pages import FILE
from eradication.web.rights import May
from eradication.web.sheets import Cell, Field, Form, Link, Part, Sheet, Table, heads

type Values = Mapping[str, Any]


def runs(
    told: Sequence[Values], catalogs: Sequence[str], season: str, language: str, may: May, *, simulated: bool
) -> Sheet:
    """Return the page of runs, newest first, with what the person may ask for."""
    _ = translator(language)
    columns = heads(_, N_("Recorded"), N_("Season"), N_("Model"), N_("Candidates"), N_("Not seen"))
    mapped, on_map = may("GET", "/map"), _(N_("On the map"))
    rows: list[list[Cell]] = [
        [
            local(run["recorded_at"]),
            run["season"],
            run["model"],
            number(run["candidates"], language),
            f"{number(100 * run['unobserved_share'], language, 1)} %",
            *([Link(on_map, f"/map?season={run['season']}&layer=run-{run['run']}-flowering")] if mapped else []),
        ]
        for run in told
    ]
    parts: list[Part] = [
        _(N_("A run scores a season of imagery and proposes places to be checked; it finds nothing by itself.")),
        Table(
            "",
            [*columns, *([_(N_("Maps"))] if mapped else [])],
            rows,
            _(N_("No season of imagery has been scored yet.")),
            frozenset({3, 4}),
        ),
    ]
    if may("POST", "/runs"):
        parts += _offers(_, catalogs, season)
    return Sheet(_(N_("Runs over imagery")), parts, simulated)


def _offers(_: Translate, catalogs: Sequence[str], season: str) -> list[Part]:
    score: Part = _(N_("An administrator names the catalogs of imagery under [web] imagery in the settings."))
    if catalogs:
        score = _imagery_form(_, _(N_("Score a season")), "monitor", catalogs, season, model=True)
    prepare = Form(
        _(N_("Prepare pictures and reasons for reviewers")),
        "/runs",
        [Field("season", _(N_("Season")), value=season, required=True, most=9)],
        _(N_("Prepare")),
        {"kind": "evidence"},
        _(N_("Pictures before and after, the season's curve and what the score rests on, for each candidate.")),
    )
    return [score, prepare]


def _imagery_form(
    _: Translate,
    heading: str,
    kind: str,
    catalogs: Sequence[str],
    season: str,
    *,
    model: bool = False,
    name: str = "",
    note: str = "",
) -> Form:
    fields = [
        Field("season", _(N_("Season")), value=season, required=True, most=9),
        Field("imagery", _(N_("Imagery")), "select", options=[(one, one) for one in catalogs]),
    ]
    if model:
        fields.append(Field("model", _(N_("Model (empty = the promoted one)"))))
    return Form(heading, "/runs", fields, heading, {"kind": kind, **({"model": name} if name else {})}, note)


def models(answer: Values, language: str) -> Sheet:
    """Return the page of models."""
    _ = translator(language)
    columns = heads(_, N_("Model"), N_("Learner"), N_("Seasons learned from"), N_("Trained"), N_("State"))
    rows: list[list[Cell]] = [
        [
            Link(f"{one['name']}/{one['version']}", f"/models/{one['name']}?version={one['version']}"),
            _(LEARNERS_IN_SHORT.get(one["learner"], "–")),
            ", ".join(one["seasons"]) or "–",
            local(one["saved_at"]) if one["saved_at"] else "–",
            _state(_, one),
        ]
        for one in answer["models"]
    ]
    parts: list[Part] = [
        _(N_("Without a promoted model the rules score, and every page says so.")),
        Table("", columns, rows, _(N_("No model has been trained here yet."))),
    ]
    return Sheet(_(N_("Models")), parts, bool(answer["simulated"]))


def _state(_: Translate, one: Values) -> str:
    """Return how a model of the list stands; of one whose description cannot be read not even its time is known."""
    return _(N_("damaged")) if not one["saved_at"] else _(N_("in use")) if one["in_use"] else ""


def model(
    answer: Values, catalogs: Sequence[str], season: str, language: str, reports: Sequence[Values], may: May
) -> Sheet:
    """Return the page of one model: what it learned from, what was measured, and the contest on a ``season``."""
    _ = translator(language)
    label = f"{answer['name']}/{answer['version']}"
    opens = may("GET", FILE)
    pages: list[list[Cell]] = [
        [local(one["made_at"]), Link(name, f"/reports/{one['job_id']}/{name}") if opens else name]
        for one in reports
        for name in one["files"]
    ]
    parts: list[Part] = [
        _(N_("Its output is a priority, not a probability: it says where to look first and accuses nobody.")),
        Table(_(N_("What it is")), [_(N_("Property")), _(N_("Value"))], _facts(answer, language)),
        *_measured(answer, language),
        Table(_(N_("Evaluation pages")), [_(N_("Written")), _(N_("File"))], pages),
    ]
    asking = (N_("Measure on a season"), "examine"), (N_("Let it take over if it is not worse"), "promote")
    note = _(N_("The season must be one that neither this model nor the one in use has learned from."))
    for text, kind in asking if catalogs and may("POST", "/runs") else ():
        parts.append(_imagery_form(_, _(text), kind, catalogs, season, name=label, note=note))
    return Sheet(label, parts, bool(answer["simulated"]))


def _facts(answer: Values, language: str) -> list[list[Cell]]:
    _, counts = translator(language), answer["counts"]
    told = (
        (N_("State"), _(N_("in use")) if answer["in_use"] else _(N_("not in use"))),
        (N_("Learner"), _(LEARNERS_IN_SHORT.get(answer["learner"], answer["learner"]))),
        (N_("Seasons learned from"), ", ".join(map(str, answer["seasons"])) or "–"),
        (N_("Plots with poppy"), number(counts["positive_plots"], language)),
        (N_("Rejected places"), number(counts["rejected_plots"], language)),
        (N_("Trained"), local(answer["saved_at"])),
        (N_("Signed by"), str(answer["signed_by"])),
        (N_("Features"), number(len(answer["features"]), language)),
    )
    return [[_(name), value] for name, value in told]


def _measured(answer: Values, language: str) -> list[Part]:
    """Return every figure with its interval and its number: of what was held out, and of seasons it never learned."""
    _ = translator(language)
    nothing = _(N_("Nothing has been measured of it."))
    held_out = _figures(_(N_("What was measured")), answer["figures"].get("held_out") or (), language)
    parts: list[Part] = [replace(held_out, empty="" if answer["evaluations"] else nothing)]
    for examined in answer["evaluations"]:
        words = {
            "season": examined["season"],
            "visits": number(examined["visits"], language),
            "plots": number(examined["plots"], language),
            "km2": number(examined["km2"], language, 1),
            "prevalence": figure_words.one_in(examined["prevalence"], language),
        }
        said = N_("Season {season}: {plots} plots known in {km2} km² (poppy on {prevalence} of it); {visits} visits.")
        heading = _(N_("Measured on season {season}")).format(season=examined["season"])
        parts += [_figures(heading, examined["figures"], language), _(said).format(**words)]
        if examined["outside"]:
            said = N_("{count} visited places lie outside these images and are in no figure.")
            parts.append(_(said).format(count=number(examined["outside"], language)))
    if answer["evaluations"]:
        parts.append(_(N_("A candidate nobody visited counts as false, and plots nobody found are not sought.")))
    else:
        parts.append(_(N_("It has not been measured yet on a season that it did not learn from.")))
    return parts


def _figures(heading: str, rows: Sequence[Values], language: str) -> Table:
    _ = translator(language)
    columns = heads(_, N_("Figure"), N_("Value"), N_("95 % interval"), N_("n"), N_("Obtained from"))
    told: list[list[Cell]] = [
        [
            figure_words.name(row, _),
            figure_words.value(row, language, _),
            figure_words.interval(row, language),
            number(row["n"], language),
            figure_words.kind(row, _),
        ]
        for row in rows
    ]
    return Table(heading, columns, told, numeric=frozenset({1, 2, 3}))


def draws(told: Sequence[Values], language: str, *, simulated: bool) -> Sheet:
    """Return the page of all draws by chance."""
    _ = translator(language)
    columns = heads(_, N_("Recorded"), N_("What was drawn"), N_("Season"), N_("Drawn"), N_("Out of"), N_("Seed"))
    rows: list[list[Cell]] = [
        [
            local(one["recorded_at"]),
            _(one["what"]),
            one["season"],
            number(one["n"], language),
            number(one["of"], language),
            str(one["seed"]),
        ]
        for one in told
    ]
    parts: list[Part] = [
        _(N_("Only what was drawn by chance says how good a list is; each draw can be repeated from its seed.")),
        Table("", columns, rows, _(N_("Nothing has been drawn yet.")), frozenset({3, 4})),
    ]
    return Sheet(_(N_("Draws by chance")), parts, simulated)
