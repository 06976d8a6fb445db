"""What stands on the analyst's pages: runs over imagery, models and what was measured of them, draws."""

from collections.abc import Mapping, Sequence
from typing import Any

from eradication.errors import N_
from eradication.i18n import Translate, number, translator
from eradication.web.answers import local
from eradication.web.sheets import Cell, Field, Form, Link, Part, Sheet, Table, heads

type Values = Mapping[str, Any]


def runs(told: Sequence[Values], catalogs: Sequence[str], season: str, language: str, *, simulated: bool) -> Sheet:
    """Return the page of runs, newest first, with what may be asked for."""
    _ = translator(language)
    columns = heads(_, N_("Recorded"), N_("Season"), N_("Model"), N_("Candidates"), N_("Not seen"), N_("Maps"))
    rows: list[list[Cell]] = [
        [
            local(run["recorded_at"]),
            run["season"],
            run["model"],
            number(run["candidates"], language),
            f"{number(100 * run['unobserved_share'], language, 1)} %",
            Link(_(N_("On the map")), f"/map?season={run['season']}&layer=run-{run['run']}-flowering"),
        ]
        for run in told
    ]
    parts: list[Part] = [
        _(N_("A run scores a season of imagery and proposes places to be checked; it finds nothing by itself.")),
        Table("", columns, rows, _(N_("No season of imagery has been scored yet.")), frozenset({3, 4})),
    ]
    if catalogs:
        parts.append(_imagery_form(_, _(N_("Score a season")), "monitor", catalogs, season, model=True))
    else:
        parts.append(_(N_("An administrator names the catalogs of imagery under [web] imagery in the settings.")))
    parts.append(
        Form(
            _(N_("Prepare pictures and reasons for reviewers")),
            "/runs",
            [Field("season", _(N_("Season")), value=season, required=True, most=9)],
            _(N_("Prepare")),
            {"kind": "evidence"},
            _(N_("Pictures before and after, the season's curve and what the score rests on, for each candidate.")),
        )
    )
    return Sheet(_(N_("Runs over imagery")), parts, simulated)


def _imagery_form(
    _: Translate, heading: str, kind: str, catalogs: Sequence[str], season: str, *, model: bool, name: str = ""
) -> Form:
    fields = [
        Field("season", _(N_("Season")), value=season, required=True, most=9),
        Field("imagery", _(N_("Imagery")), "select", options=[(one, one) for one in catalogs]),
    ]
    if model:
        fields.append(Field("model", _(N_("Model (empty = the promoted one)"))))
    return Form(heading, "/runs", fields, heading, {"kind": kind, **({"model": name} if name else {})})


def models(answer: Values, language: str) -> Sheet:
    """Return the page of models."""
    _ = translator(language)
    columns = heads(_, N_("Model"), N_("Learner"), N_("Samples"), N_("State"))
    rows: list[list[Cell]] = [
        [
            Link(f"{one['name']}/{one['version']}", f"/models/{one['name']}"),
            str(one.get("learner", "")),
            number(one.get("samples"), language),
            _(N_("in use")) if one.get("promoted") else "",
        ]
        for one in answer["models"]
    ]
    parts: list[Part] = [
        _(N_("Without a promoted model the rules score, and every page says so.")),
        Table("", columns, rows, _(N_("No model has been trained here yet.")), frozenset({2})),
    ]
    return Sheet(_(N_("Models")), parts, bool(answer["simulated"]))


def model(answer: Values, catalogs: Sequence[str], season: str, language: str, reports: Sequence[Values]) -> Sheet:
    """Return the page of one model: what it learned from, what was measured, and the contest."""
    _ = translator(language)
    facts = [
        [_(N_("Learner")), str(answer["learner"])],
        [_(N_("Seasons learned from")), ", ".join(map(str, answer["seasons"])) or "–"],
        [_(N_("Signed by")), str(answer["signed_by"])],
        [_(N_("Features")), number(len(answer["features"]), language)],
    ]
    figures: list[list[Cell]] = [
        [str(row.get("name", "")).replace("_", " "), str(row.get("kind", "")).replace("_", " "), _figure(row, language)]
        for row in answer["figures"]
    ]
    pages: list[list[Cell]] = [
        [local(one["made_at"]), Link(name, f"/reports/{one['job_id']}/{name}")]
        for one in reports
        for name in one["files"]
    ]
    parts: list[Part] = [
        Table(_(N_("What it is")), [_(N_("Property")), _(N_("Value"))], facts),
        Table(_(N_("What was measured")), [_(N_("Figure")), _(N_("How")), _(N_("Value"))], figures,
              _(N_("Nothing has been measured of it."))),
        Table(_(N_("Evaluation pages")), [_(N_("Written")), _(N_("File"))], pages),
    ]  # fmt: skip
    asking = (N_("Measure on a season"), "examine"), (N_("Let it take over if it is not worse"), "promote")
    for text, kind in asking if catalogs else ():
        name = str(answer["name"])
        parts.append(_imagery_form(_, _(text), kind, catalogs, season, model=False, name=name))
    return Sheet(f"{answer['name']}/{answer['version']}", parts, bool(answer["simulated"]))


def _figure(row: Values, language: str) -> str:
    value, low, high = row.get("value"), row.get("low"), row.get("high")
    told = number(value, language, 3)
    return told if low is None or high is None else f"{told} ({number(low, language, 3)} – {number(high, language, 3)})"


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
