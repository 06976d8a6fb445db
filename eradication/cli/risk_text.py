"""The risk surface as text: communes, weights, and what they rest on."""

from collections.abc import Mapping
from typing import Any

from eradication.cli.shell import Shell
from eradication.cli.text import SIMULATED, Answer, table
from eradication.errors import N_
from eradication.i18n import floored, number
from eradication.pipeline.risk.coverage_words import (
    FOUND_OF_SEASON,
    LITTLE_KNOWN,
    UNKNOWN_COMMUNE,
    factor_words,
    partial_files,
    percent,
)
from eradication.pipeline.words import MISSING_WHY

SHOWN = 15


def risk_map(shell: Shell, answer: Answer) -> None:
    """Communes with most left, the weights, what is missing, the files."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    _asked(shell, answer)
    shell.say(_(answer["about"]))
    shell.say(_(answer["caution"]))
    if answer["known"]["is_little"]:
        share = floored(answer["known"]["median_weight"], shell.language)
        shell.say(_(LITTLE_KNOWN).format(share=share))
    if answer["files_partial"]:
        files = {(row["section"], row["setting"]): row["known_share"] for row in answer["files_partial"]}
        shell.say(partial_files(files, _, shell.language))
    _basis(shell, answer)
    headings = (
        N_("Commune"),
        N_("Expected before search"),
        N_("Found"),
        N_("Left (estimated)"),
        N_("95 % interval"),
        N_("Left, m²"),
        N_("Chance that nothing is left"),
        N_("Searched with p"),
        N_("Ground known (%)"),
    )
    most = sorted(answer["communes"], key=lambda row: (-row["left"], row["key"]))[:SHOWN]
    rows = [_row(shell, row["name"], row) for row in most]
    rows.append(_row(shell, _(N_("total")), answer["total"]))
    table(shell, headings, rows, numeric=range(1, 9))
    hidden = len(answer["communes"]) - len(most)
    if any(not row["known_share"] for row in answer["communes"]):
        shell.say(_(UNKNOWN_COMMUNE))
    if hidden:
        shell.say(_(N_("Communes with less left, not shown here: {count}")).format(count=hidden))
    half, cells = (number(answer[name], shell.language) for name in ("half_of_left_cells", "cells"))
    shell.say(_(N_("Half of what is left lies in {half} of {cells} cells of 250 m.")).format(half=half, cells=cells))
    _factors(shell, answer)
    for path in answer["written"]:
        shell.say(f"  {path}")


def _asked(shell: Shell, answer: Answer) -> None:
    """Say of which season, and of which month, everything that follows is."""
    _ = shell.translate
    if answer["month"] is None:
        shell.say(_(N_("Risk surface of season {season}")).format(season=answer["season"]))
        return
    year, _dash, month = answer["month"].partition("-")
    said = N_("Risk surface of month {month}, season {season}: only plots that stand in this month are counted.")
    shell.say(_(said).format(month=f"{month}/{year}", season=answer["season"]))
    shell.say(_(FOUND_OF_SEASON))


def _basis(shell: Shell, answer: Answer) -> None:
    _ = shell.translate
    if answer["basis"] == "fitted":
        said = N_("Weights rest on {finds} finds on searched ground of {seasons} seasons.")
    else:
        said = N_("Too few finds ({finds}): the weights are those of experts, only the level follows the finds.")
    shell.say(_(said).format(finds=answer["finds"], seasons=len(answer["seasons"])))
    said = N_("Counted are plots that no image and no tip foretells; finds that something had led to: {count}.")
    shell.say(_(said).format(count=number(answer["finds_foretold"], shell.language)))
    own = answer["this_season"]
    if own["finds_without_track"]:
        said = N_("Finds to which no track leads, from which nothing is learned: {count}")
        shell.say(_(said).format(count=own["finds_without_track"]))
    if own["finds_outside"]:
        said = N_("Finds outside every commune, left out: {count}")
        shell.say(_(said).format(count=own["finds_outside"]))


def _row(shell: Shell, name: str, row: Mapping[str, Any]) -> tuple[object, ...]:
    few, many = (number(row[end], shell.language) for end in ("left_low", "left_high"))
    return (
        name if row["known_share"] else f"{name} *",
        number(row["expected"], shell.language, 2),
        row["found"],
        number(row["left"], shell.language, 2),
        f"{few}–{many}",
        number(row["left_m2"], shell.language),
        number(row["nothing_left"], shell.language, 4),
        number(row["searched_p"], shell.language, 4),
        percent(row["known_share"], shell.language).removesuffix(" %"),
    )


def _factors(shell: Shell, answer: Answer) -> None:
    _ = shell.translate
    headings = (N_("Factor"), N_("+1 is"), N_("Weight"), N_("95 % interval"), N_("Experts"), N_("Known (%)"))
    rows = [
        (
            _(row["words"]),
            _(row["unit"]),
            number(row["weight"], shell.language, 2),
            f"{number(row['low'], shell.language, 2)} … {number(row['high'], shell.language, 2)}",
            number(row["expert"], shell.language, 2),
            percent(row["known_share"], shell.language).removesuffix(" %"),
        )
        for row in answer["factors"]
    ]
    table(shell, headings, rows, numeric=(2, 3, 4, 5))
    if answer["factors_missing"]:
        listed = ", ".join(_(factor_words(name)) for name in answer["factors_missing"])
        shell.say(_(N_("Not known here, and left out: {factors}.")).format(factors=listed))
    for why in answer["missing_why"].values():
        shell.say(_(MISSING_WHY[why]))
    reuse = answer["reuse"]
    if reuse["places"]:
        said = N_(
            "Places of earlier seasons: {places}; returns to them in later seasons: {returns} (a search with p counts "
            "as p of one), of which found poppy again: {again}."
        )
        counts = {name: number(reuse[name], shell.language) for name in ("places", "again")}
        shell.say(_(said).format(returns=number(reuse["returns"], shell.language, 1), **counts))
