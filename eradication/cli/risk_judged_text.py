"""What became of the risk surface, and of visits, as text."""

from collections.abc import Mapping, Sequence
from typing import Any

from eradication.cli.shell import Shell
from eradication.cli.text import SIMULATED, Answer, day, table, written
from eradication.domain.caution import NO_ACCUSATION, NO_PERSONS
from eradication.errors import N_
from eradication.i18n import floored, number

WHY: Mapping[str, str] = {
    "too_few_finds": N_("Too few finds for a share: {finds}, and {least} are needed."),
    "too_few_communes": N_("Finds in {communes} communes only: no interval can be told."),
}
EVIDENCE: Mapping[str, str] = {
    "score": N_("a clearly higher score on later images"),
    "tip": N_("a tip"),
    "reading": N_("a fine image that was read"),
    "find": N_("a find within 250 m"),
}


def evaluation(shell: Shell, answer: Answer) -> None:
    """What the riskiest deciles captured, decile by decile, and predicted finds beside those made."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    for part, title in (
        ("held_out_seasons", N_("Seasons told by those before them")),
        ("held_out_units", N_("Units told by what others found")),
    ):
        shell.say(_(title))
        _judged(shell, answer, answer[part])
    foretold = sum(row["finds_foretold"] for row in answer["seasons"])
    if foretold:
        said = N_("Finds that an image, a tip or a plan had led to, which enter nothing: {count}")
        shell.say(_(said).format(count=number(foretold, shell.language)))
    missing = sum(row["finds_without_track"] for row in answer["seasons"])
    if missing:
        said = N_("Finds without a track leading to them, which enter nothing: {count}")
        shell.say(_(said).format(count=number(missing, shell.language)))
    shell.say(_(N_("This tells of ground that patrols searched; what lies elsewhere it cannot tell.")))
    shell.say(f"{_(NO_PERSONS)} {_(NO_ACCUSATION)}")
    written(shell, answer)


def _judged(shell: Shell, answer: Answer, part: Mapping[str, Any]) -> None:
    _ = shell.translate
    rests_on = N_("Rests on {finds} finds in {communes} communes, and {cells} searched cells.")
    counted = {name: number(part[name], shell.language) for name in ("finds", "communes")}
    shell.say("  " + _(rests_on).format(**counted, cells=number(part["searched_cells"], shell.language)))
    if part["why"]:
        shell.say("  " + _(WHY[part["why"]]).format(**counted, least=answer["least_finds"]))
    headings = (
        N_("Decile of cells by risk"),
        N_("Search (Σp)"),
        N_("Finds"),
        N_("Finds per search"),
        N_("95 % interval"),
        N_("Captured until here"),
        N_("By distance alone"),
        N_("Useless order"),
    )
    table(shell, headings, [_decile(shell, row) for row in part["deciles"]], numeric=range(1, 8))
    idle = sum(row["finds_per_p"] is None for row in part["deciles"])
    if idle:
        said = N_("Deciles that nobody searched: {count}")
        shell.say("  " + _(said).format(count=idle))
    for row in part["top"] if part["why"] != "too_few_finds" else ():
        said = N_(
            "Riskiest {deciles} of 10 parts ({finds} finds, {cells} searched cells): {captured} captured; "
            "{over_distance} more than by the distance alone, {over_random} more than by a useless order."
        )
        names = ("captured", "over_distance", "over_random")
        shares = {name: _with_interval(shell, row[name], "" if name == "captured" else "+") for name in names}
        held = {name: number(row[name], shell.language, 1) for name in ("finds", "cells")}
        shell.say("  " + _(said).format(deciles=row["deciles"], **held, **shares))
    ratio = part["reliability"]["found_per_predicted"]
    if ratio["value"] is not None:
        values = {name: number(ratio[name], shell.language, 2) for name in ("value", "low", "high")}
        shell.say("  " + _(N_("Finds made per find predicted: {value} ({low} to {high})")).format(**values))


def _decile(shell: Shell, row: Mapping[str, Any]) -> tuple[object, ...]:
    language = shell.language
    rate = _plain(shell, row["finds_per_p"], 2)
    limits = (_plain(shell, row[f"finds_per_p_{end}"], 2) for end in ("low", "high"))
    interval = " – ".join(limits) if row["finds_per_p"] is not None else shell.translate(N_("nobody searched"))
    shares = (share(shell, row[name]) for name in ("captured", "by_distance", "random"))
    return (
        row["decile"],
        number(row["searched_p"], language, 1),
        number(row["finds"], language, 1),
        rate,
        interval,
        *shares,
    )


def _plain(shell: Shell, value: float | None, decimals: int) -> str:
    return "–" if value is None else number(value, shell.language, decimals)


def share(shell: Shell, value: float | None, sign: str = "") -> str:
    """Write a share in percent, floored to 0.1."""
    if value is None:
        return "–"
    return f"{sign if value >= 0 else ''}{floored(value, shell.language)} %"


def _with_interval(shell: Shell, figure: Mapping[str, float | None], sign: str) -> str:
    value = share(shell, figure["value"], sign)
    if figure["low"] is None:
        return value
    return f"{value} ({share(shell, figure['low'], sign)} … {share(shell, figure['high'], sign)})"


def visits(shell: Shell, answer: Answer) -> None:
    """Communes side by side, in the order of their codes, and the places that are left alone."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    headings = (
        N_("Commune"),
        N_("Hours searched"),
        N_("Visits"),
        N_("Rejected"),
        N_("With finds"),
        N_("Not reached"),
        N_("Follow-up"),
        N_("Rejected before"),
        N_("Finds per 100 visits"),
        N_("95 % interval"),
    )
    rows = [_commune(shell, row, row["commune"] or _(N_("outside the communes"))) for row in answer["communes"]]
    rows.append(_commune(shell, answer["total"], _(N_("total"))))
    table(shell, headings, rows, numeric=range(1, 10))
    _columns(shell, answer)
    marked = [row["commune"] for row in answer["communes"] if row["below_all"]]
    if marked:
        said = N_("Visited more than finds bear out (upper limit below that of all): {communes}")
        shell.say(_(said).format(communes=", ".join(marked)))
    _places(shell, answer)
    shell.say(f"{_(NO_PERSONS)} {_(NO_ACCUSATION)}")


_COUNTS = ("visits", "rejected", "found", "not_reached", "other", "again")


def _columns(shell: Shell, answer: Answer) -> None:
    """Say what two of the columns count, where it is not what one may take them for."""
    _ = shell.translate
    if answer["total"]["other"]:
        shell.say(_(N_("Follow-up: destructions, verifications and the like at places that were found before.")))
    if answer["capped"] or answer["with_new_evidence"]:
        said = N_(
            "“Rejected before” counts visits of this season to a plot that had been rejected itself. The places below "
            "are counted by days of all seasons: a plot with older rejections of other plots within {metres} m, a cell "
            "with those of every plot in it."
        )
        shell.say(_(said).format(metres=number(answer["same_m"], shell.language)))


def _commune(shell: Shell, row: Mapping[str, Any], name: str) -> tuple[object, ...]:
    counts = (number(row[key], shell.language) for key in _COUNTS)
    interval = "–"
    if row["per_100"] is not None:
        interval = " – ".join(number(row[f"per_100_{end}"], shell.language, 1) for end in ("low", "high"))
    return name, _plain(shell, row["hours"], 1), *counts, _plain(shell, row["per_100"], 1), interval


def _places(shell: Shell, answer: Answer) -> None:
    _ = shell.translate
    times = answer["most_rejected"]
    said = N_("Rejected {times} times or more without new evidence, so not planned again: {count}")
    shell.say(_(said).format(times=times, count=number(len(answer["capped"]), shell.language)))
    for row in answer["capped"]:
        shell.say(f"  {row['place']}: {', '.join(map(day, row['days']))} ({_units(row['units'])})")
    rise = answer["score_rise"]
    told = [f"{row['model']} {number(row['margin'], shell.language, 2)}" for row in rise["models"]]
    if answer["capped"] or answer["with_new_evidence"]:
        said = N_("A score is new evidence if, on later images, the same model's rises by {least} or more{models}")
        models = f" ({', '.join(told)})" if told else ""
        shell.say("  " + _(said).format(least=number(rise["assumed"], shell.language, 2), models=models))
    if answer["with_new_evidence"]:
        said = N_("Rejected as often, but with new evidence since: {count}")
        shell.say(_(said).format(count=number(len(answer["with_new_evidence"]), shell.language)))
    for row in answer["with_new_evidence"]:
        shell.say(f"  {row['place']}: {', '.join(_(EVIDENCE[kind]) for kind in row['evidence'])}")


def _units(units: Sequence[str]) -> str:
    return ", ".join(unit or "–" for unit in units)
