"""Figures of an evaluation in words: the same on the page and in the terminal."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from eradication.errors import N_
from eradication.i18n import number
from eradication.report.words import clean

type Translate = Callable[[str], str]
type Row = Mapping[str, Any]

FIGURES: Mapping[str, str] = MappingProxyType(
    {
        "recall_AB": N_("found, class A and B"),
        "recall_m2_AB": N_("found, class A and B, by area"),
        "recall_A": N_("found, class A"),
        "recall_B": N_("found, class B"),
        "recall_C": N_("found, class C"),
        "precision": N_("candidates to visit that are a plot"),
        "hectares_per_100_visits": N_("hectares found per 100 visits"),
        "false_per_1000_km2_at_0.5": N_("false candidates per 1,000 km² where half is found"),
        "false_per_1000_km2_at_0.7": N_("false candidates per 1,000 km² where 70 % is found"),
        "false_per_1000_km2_at_0.85": N_("false candidates per 1,000 km² where 85 % is found"),
        "precision_of_drawn_visits": N_("visits drawn at random that find a plot"),
        "found_at_score_0.6_0.75": N_("… of those with a score of 0.60 to 0.75"),
        "found_at_score_0.75_0.9": N_("… of those with a score of 0.75 to 0.90"),
        "found_at_score_0.9_1": N_("… of those with a score from 0.90"),
        "poppy_plots_that_pass": N_("held-out plots with poppy above all but 1 in 200 pixels that may be poppy"),
        "rejected_places_that_pass": N_("held-out look-alikes above them as well"),
    }
)
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "design_based": N_("drawn at random, weighted"),
        "season_out": N_("season not learned from"),
        "spatial": N_("communes not learned from"),
    }
)


def name(row: Row, translate: Translate) -> str:
    """Write what a figure is, with its note."""
    named = translate(FIGURES[row["name"]]) if row["name"] in FIGURES else clean(row["name"])
    return f"{named} · {clean(row['note'])}" if row["note"] else named


def kind(row: Row, translate: Translate) -> str:
    """Write how a figure was obtained."""
    return translate(KINDS[row["kind"]]) if row["kind"] in KINDS else clean(row["kind"])


def value(row: Row, language: str, translate: Translate) -> str:
    """Write a figure's value; a rate that no list is long enough for was not reached."""
    if row["value"] is None:
        return translate(N_("not reached")) if _is_rate(row) and row["n"] else "–"
    return _amount(row, row["value"], language, round)


def interval(row: Row, language: str) -> str:
    """Write a figure's interval, its ends rounded outwards; one season leaves a rate without any."""
    if row["n"] == 0 or (_is_rate(row) and row["n"] == 1):
        return "–"
    low = _amount(row, row["low"], language, math.floor)
    return f"{low} – {'∞' if row['high'] is None else _amount(row, row['high'], language, math.ceil)}"


def one_in(share: float, language: str) -> str:
    """Write a small share as one in so many."""
    return f"1/{number(1 / share, language)}" if share > 0 else "–"


def _amount(row: Row, value: float, language: str, rounded: Callable[[float], int]) -> str:
    if _is_rate(row):
        return number(_at(value, 0, rounded), language)
    if row["unit"]:
        return f"{number(_at(value, 2, rounded), language, 2)} {row['unit']}"
    return f"{number(_at(100 * value, 1, rounded), language, 1)} %"


def _at(value: float, decimals: int, rounded: Callable[[float], int]) -> float:
    """Round at a decimal; what floating point leaves of a whole number is not rounded up or down to the next."""
    scale = 10.0**decimals
    return rounded(round(value * scale, 6)) / scale


def _is_rate(row: Row) -> bool:
    return bool(row["unit"] == "1/1000 km2")
