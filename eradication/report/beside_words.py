"""What stands beside the ledger in sentences: the same on the page and in the terminal."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from eradication.domain import Season
from eradication.domain.event import parse_iso
from eradication.errors import N_
from eradication.i18n import number
from eradication.report.reasons import in_words, sentence
from eradication.report.words import clean

type Translate = Callable[[str], str]
type Values = Mapping[str, Any]

OVERDUE: Mapping[str, str] = MappingProxyType(
    {
        "not_destroyed": N_("found and not wholly destroyed"),
        "tip_not_visited": N_("tips not visited"),
        "not_revisited": N_("destroyed and not checked again"),
    }
)
"""What is overdue → its words."""


def season_beside(ledger: Values) -> str:
    """Return the season that coverage, bounds, precision and re-checks of a period speak of; empty of anything else.

    A season's own ledger says it in its title.
    """
    if not ledger.get("period"):
        return ""
    if known := ledger.get("season_beside"):
        return str(known)
    # Figures that were closed before it was told are of the season in which their period ended.
    return Season.of(parse_iso(str(ledger["until"]))).label if ledger.get("until") else ""


def precision(told: Values | None, language: str, translate: Translate) -> tuple[str, str]:
    """Return the precision of the candidates, by visits drawn at random, and why it is not known."""
    if not told:
        return "", sentence("told_by_season", language, translate)
    if told.get("value") is None:
        return "", sentence(str(told.get("why") or "no_random_visits"), language, translate)
    ends = {name: number(100 * told[name], language, 1) for name in ("value", "low", "high")}
    said = translate(N_("{value} % ({low}–{high} %), visits: {n}")).format(n=number(told["n"], language), **ends)
    return said, ""


def all_rechecks(ledger: Values, language: str, translate: Translate) -> Iterator[str]:
    """Yield what a ledger says of re-checks, a paragraph for each season; of a period each names its season."""
    told = ledger.get("rechecks")
    if not told:
        return
    blocks = told.get("seasons") or [told]
    for block in blocks:
        season = block.get("season") if len(blocks) > 1 else season_beside(ledger)
        title = translate(N_("Re-checks of season {season}") if season else N_("Re-checks")).format(season=season)
        yield f"{title}: {' '.join(rechecks(block, language, translate))}"
    if len(blocks) == 1 or told["met"] is None:
        return
    if told["met"]:
        yield translate(N_("Re-checks of the period: the requirement is met in all seasons named here."))
        return
    said = N_("Re-checks of the period: the requirement is not met yet (seasons: {seasons}).")
    yield translate(said).format(seasons=", ".join(block["season"] for block in blocks if not block["met"]))


def rechecks(block: Values, language: str, translate: Translate) -> list[str]:
    """Return how far re-checks of one season have come and what those drawn at random say, line by line."""
    if not any(block.get(name) for name in ("large", "small", "drawn", "verified_undrawn")):
        return [translate(N_("No plot was destroyed, so there is nothing to re-check."))]
    large = N_("Classes A and B: {large_verified} of {large} destroyed plots verified; all must be.")
    small = N_(
        "Class C: {drawn} of {small} drawn at random, at least {needed} must be ({least} %); re-checked {checked}."
    )
    least = block.get("least_share")
    share = number(None if least is None else 100 * least, language)
    if block["met"] is None:  # of one unit
        small = N_(
            "Class C: {drawn} of {small} destroyed plots drawn at random, re-checked {checked}, live plants on {live}."
        )
    lines = [translate(large).format(**block), translate(small).format(least=share, **block)]
    if block.get("verified_undrawn"):
        said = N_(
            "Of class C only plots drawn at random count as re-checks; verified without a draw and not counted there:"
            " {verified_undrawn}."
        )
        lines.append(translate(said).format(**block))
    if block["live_share"] is not None:
        said = N_(
            "Live plants at the re-check: {live} of {checked}; of all destroyed plots of class C {low}–{high} % (95 %)."
        )
        ends = {name: number(100 * block[name], language, 1) for name in ("low", "high")}
        lines.append(translate(said).format(live=block["live"], checked=block["checked"], **ends))
    if block["waiting"]:
        waiting = N_("Destroyed plots of class C that wait for a draw: {waiting}.")
        lines.append(translate(waiting).format(**block))
    if block["met"] is None:
        return [*lines, translate(N_("What the draws say of all destroyed plots is told in the province's report."))]
    met = N_("The requirement is met.") if block["met"] else N_("The requirement is not met yet.")
    return [*lines, translate(met)]


def baseline(base: Values, language: str, translate: Translate) -> str:
    """Return the baseline with its source and the change against it, or why none can be stated; empty without one."""
    if base.get("m2") is None:
        return ""
    values = {"year": base["year"], "m2": number(base["m2"], language), "source": clean(str(base.get("source") or "–"))}
    change = base.get("change_pct")
    if change is None:
        said = N_("Baseline {year}: {m2} m² ({source}); no change can be stated: {why}.")
        why = sentence(str(base.get("why") or ""), language, translate)
        return translate(said).format(why=why or "–", **values)
    said = N_("Baseline {year}: {m2} m² ({source}); change of the detected area: {pct} %.")
    return translate(said).format(pct=number(change, language, 1), **values)


def timeliness(told: Values, language: str, translate: Translate) -> list[str]:
    """Return I4 and I5: how soon what was detected was destroyed, and checked again."""
    _ = translate
    lines = []
    if told.get("destroyed"):
        said = N_("From detection until wholly destroyed: half of the plots ({n}) within {days} days.")
        days = number(told.get("median_days_to_destruction"), language, 1)
        lines.append(_(said).format(n=number(told["destroyed"], language), days=days))
        if told.get("stage_known"):
            said = N_("Destroyed before the capsules were lanced: {pct} % of the plots whose stage is stated ({n}).")
            pct = number(told.get("before_lancing_pct"), language, 1)
            lines.append(_(said).format(pct=pct, n=number(told["stage_known"], language)))
        else:
            lines.append(_(N_("Whether it was before the capsules were lanced is not stated of any plot.")))
    else:
        lines.append(_(N_("No detected plot was wholly destroyed, so nothing can be said of how soon.")))
    if told.get("destroyed_in_part"):
        said = N_("Destroyed only in part, and not counted as destroyed: {n} plots.")
        lines.append(_(said).format(n=number(told["destroyed_in_part"], language)))
    if told.get("revisit_due"):
        said = N_("Checked again in time after every destruction: {pct} % of the plots that were due ({n}).")
        pct = number(told.get("revisited_in_time_pct"), language, 1)
        lines.append(_(said).format(pct=pct, n=number(told["revisit_due"], language)))
    else:
        lines.append(_(N_("No destroyed plot is due yet to be checked again.")))
    return lines


def limits(told: Values, language: str, translate: Translate) -> str:
    """Return the days after which something is overdue, empty if the answer does not tell them."""
    own = told.get("limits")
    if not isinstance(own, Mapping):
        return ""
    said = N_(
        "Overdue: not wholly destroyed {destroy_days} days after the detection or the regrowth, not visited {tip_days}"
        " days after a tip, of classes A and B not checked again {revisit_days} days after the last destruction."
    )
    names = ("destroy_days", "tip_days", "revisit_days")
    return translate(said).format(**{name: number(own[name], language) for name in names})


def finding(row: Values, language: str, translate: Translate) -> tuple[str, str]:
    """Return the place of a finding, by the plot's code, and what is to be said of it."""
    told = sentence(str(row.get("reason") or ""), language, translate)
    others = row.get("others")
    what = ", ".join(map(str, others)) if others else row_named(str(row.get("what") or ""), language)
    place = clean(str(row.get("code") or row.get("plot_id") or "")) or "–"
    return place, f"{told} ({clean(what)})" if what else told


def row_named(what: str, language: str) -> str:
    """Return ``unit/visit/outcome`` with the outcome in words; anything else as it is."""
    row, colon, rest = what.partition(": ")
    head, slash, outcome = row.rpartition("/")
    return f"{head}{slash}{in_words(outcome, language)}{colon}{rest}"
