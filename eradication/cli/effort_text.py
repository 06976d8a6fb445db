"""Effort and coverage as text. A place is "searched with p", never clean."""

from collections.abc import Mapping
from typing import Any

from eradication.cli.shell import Shell
from eradication.cli.text import SIMULATED, Answer, local, table
from eradication.errors import N_
from eradication.i18n import number

NOT_CLEAN = N_("Searched with p means: of plots lying there, patrols would have seen this share. No place is clean.")
BLIND = N_("A satellite cannot see plots below 350 m²: seen by satellite says nothing of them.")

NO_DECILES: Mapping[str, str] = {
    "no_surface": N_("Coverage by risk: no risk surface yet, see `eradication risk evaluate --season {season}`."),
    "surface_outdated": N_(
        "Coverage by risk: what the surface rests on has changed, see `eradication risk evaluate --season {season}`."
    ),
    "surface_known_later": N_("Coverage by risk: the surface rests on what was recorded after this day."),
}
"""Why there is no coverage by decile of risk → what to say."""


def effort(shell: Shell, answer: Answer) -> None:
    """Units, communes that were walked in, and the strip's width."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    headings = (N_("Unit"), N_("Patrols"), N_("Length (km)"), N_("Hours"), N_("Days"), N_("km²·visits"), N_("Last day"))
    rows = [_unit(shell, row) for row in answer["units"]]
    rows.append(_unit(shell, answer["total"] | {"unit": _(N_("total"))}))
    table(shell, headings, rows, numeric=(1, 2, 3, 4, 5))
    _planned(shell, answer["planned"])
    headings = (
        N_("Commune"),
        N_("Length (km)"),
        N_("Hours"),
        N_("250 m cells walked"),
        N_("Share"),
        N_("Searched with p"),
        N_("Days since"),
    )
    walked = [row for row in answer["communes"] if row["touched"]]
    table(shell, headings, [_commune(shell, row) for row in walked], numeric=(1, 2, 3, 4, 5, 6))
    left = len(answer["communes"]) - len(walked)
    shell.say(_(N_("Communes nobody walked in: {count}")).format(count=left))
    _strip(shell, answer["strip"])
    _by_risk(shell, answer)
    thinned(shell, answer)
    shell.say(_(NOT_CLEAN))
    for path in answer["written"]:
        shell.say(f"  {path}")


def _planned(shell: Shell, planned: Mapping[str, Any]) -> None:
    """What was planned, beside what was walked."""
    total = planned["total"]
    if not total["plans"]:
        return
    said = N_(
        "Planned: {plans} plans, {km} km and {search_km} km inside cells to search them, {hours} hours, {stops} stops "
        "({random} drawn at random)."
    )
    figures = {name: number(total[name], shell.language, 1) for name in ("km", "search_km", "hours")}
    shell.say(shell.translate(said).format(**total | figures))


def _unit(shell: Shell, row: Mapping[str, Any]) -> tuple[object, ...]:
    length, hours = (number(row[name], shell.language, 1) for name in ("km", "hours"))
    return row["unit"] or "–", row["patrols"], length, hours, row["days"], row["km2_visits"], row["last_day"] or "–"


def _commune(shell: Shell, row: Mapping[str, Any]) -> tuple[object, ...]:
    length, hours = (number(row[name], shell.language, 1) for name in ("km", "hours"))
    cells = f"{number(row['touched'], shell.language)}/{number(row['subcells'], shell.language)}"
    days = "–" if row["days_since"] is None else row["days_since"]
    p = "–" if row["searched_p"] is None else number(row["searched_p"], shell.language, 4)
    return row["name"], length, hours, cells, _share(shell, row["touched_share"]), p, days


def _by_risk(shell: Shell, answer: Answer) -> None:
    """Write how well each decile of risk was searched (I6), or why that is not known."""
    _, told = shell.translate, answer["risk_deciles"]
    if told is None:
        shell.say(_(NO_DECILES[answer["risk_deciles_why"]]).format(season=answer["season"]))
        return
    headings = (
        N_("Decile of cells by risk on the first day"),
        N_("250 m cells walked"),
        N_("Share"),
        N_("Searched with p"),
    )
    rows = [
        (
            row["decile"],
            f"{number(row['touched'], shell.language)}/{number(row['cells'], shell.language)}",
            _share(shell, row["touched_share"]),
            "–" if row["searched_p"] is None else number(row["searched_p"], shell.language, 5),
        )
        for row in told["deciles"]
    ]
    table(shell, headings, rows, numeric=(1, 2, 3))


def _strip(shell: Shell, strip: Mapping[str, Any]) -> None:
    _ = shell.translate
    widths = {name: number(strip[name], shell.language, 1) for name in ("open_m", "forest_m")}
    shell.say(_(N_("Strip to each side of the walk: {open_m} m in the open, {forest_m} m in forest.")).format(**widths))
    if not strip["forest_known"] and strip["from"] == "settings":
        shell.say(_(N_("Where forest is, nobody has said: all ground counts as forest.")))
    finds = strip["finds"]
    if strip["from"] == "finds":
        said = N_("The width comes from {finds} finds and how far from their way patrols made them.")
    else:
        said = N_("The width is a setting: {finds} finds with a known distance, {needed} are needed to measure it.")
    shell.say(_(said).format(**finds))


def coverage(shell: Shell, answer: Answer) -> None:
    """Communes by what nobody saw, the total, and what it does not say."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    begin, end = answer["window"]
    shell.say(_(N_("Flowering window: {begin} to {end}")).format(begin=begin, end=end))
    headings = (
        N_("Commune"),
        N_("Area (m²)"),
        N_("Seen by satellite"),
        N_("Seen by patrols"),
        N_("By both"),
        N_("Seen by neither"),
        N_("Neither (m²)"),
    )
    seen = [row for row in answer["rows"] if row["optical_m2"] or row["patrol_m2"]]
    rows = [_covered(shell, row, row["name"]) for row in seen]
    rows.append(_covered(shell, answer["total"], _(N_("total"))))
    table(shell, headings, rows, numeric=(1, 2, 3, 4, 5, 6))
    shell.say(_(N_("Communes seen by neither: {count}")).format(count=len(answer["rows"]) - len(seen)))
    said = N_("Candidates nobody visited: {unvisited}; patrols came within sight of {passed} of them all the same.")
    shell.say(_(said).format(**answer["candidates"]))
    if answer["why"]:
        shell.say(_(answer["why"]))
    thinned(shell, answer)
    shell.say(_(BLIND))


def thinned(shell: Shell, answer: Answer) -> None:
    """Say that figures rest on what was kept of tracks, and whether they are those of then."""
    kept = answer["thinned"]
    if kept is None:
        return
    shell.say(shell.translate(N_("Tracks thinned to effort on {day}.")).format(day=local(kept["on"])[:10]))
    if not kept["whole"]:
        shell.say(shell.translate(N_("Walks came in later or are not among those kept: told is what is sure.")))
    elif not kept["exact"]:
        shell.say(shell.translate(N_("Finds or settings have changed since: told is what was so then.")))


def _covered(shell: Shell, row: Mapping[str, Any], name: str) -> tuple[object, ...]:
    shares = (_share(shell, row[part]) for part in ("optical", "patrol", "both", "none"))
    return name, number(row["area_m2"], shell.language), *shares, number(row["none_m2"], shell.language)


def _share(shell: Shell, share: float | None) -> str:
    return "–" if share is None else f"{number(share * 100.0, shell.language, 2)} %"
