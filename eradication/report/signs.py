"""The twelve signs in words: for a reader who has one page."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from eradication.errors import N_
from eradication.i18n import number
from eradication.report.words import clean

type Translate = Callable[[str], str]

MOST_NAMES = 4

SENTENCES: Mapping[str, tuple[str, str]] = {
    "repeat_trail": (N_("Old trails"), N_("{pct} % of {of} cell-days were in square kilometres already walked")),
    "follows_list": (N_("Finds on the list"), N_("{value} of {of} finds were candidates before ({pct} %)")),
    "same_day_pair": (
        N_("Found and destroyed in one visit"),
        N_("{value} of {of} plots, {m2} m² ({pct} % of what was detected): 100 % by construction"),
    ),
    "mass_dismissal": (N_("Dismissed without a visit"), N_("{value} of {of} candidates, about {m2} m² ({pct} %)")),
    "expired": (N_("Expired without a visit"), N_("{value} of {of} candidates, about {m2} m² ({pct} %)")),
    "over_the_cut": (
        N_("Dates across a period's end"),
        N_("plots moved by a correction or their photos, or entered late ({of}): {value}; {m2} m²"),
    ),
    "reused_photo": (N_("Photos used twice"), N_("destructions with a photo of another place or time: {value}")),
    "always_whole": (N_("Always wholly destroyed"), N_("{value} of {of} destructions were said to be whole ({pct} %)")),
    "inflated_area": (
        N_("Larger than walked"),
        N_("{value} of {of} walked plots state more than their outline holds, by {m2} m²; {pct} % of m² only guessed"),
    ),
    "forced_verification": (
        N_("Verified without shown independence"),
        N_("plots verified by force or by a unit in no table: {value}, {m2} m² ({pct} % of what was verified)"),
    ),
    "abroad": (
        N_("Abroad or unclear"),
        N_("detected plots: {value}, {m2} m², of them {of} on an unclear side: in no total"),
    ),
    "low_coverage": (N_("Not seen by anybody"), N_("{pct} % of the ground in the flowering window")),
}


_OF_SEASON = N_("{pct} % of the ground in the flowering window of season {season}")
"""What the sign of little coverage says in a report that is not of a season."""

NOTHING: Mapping[str, tuple[str, str]] = {
    "repeat_trail": ("of", N_("no patrol is recorded")),
    "follows_list": ("of", N_("nothing was detected")),
    "same_day_pair": ("of", N_("nothing was detected")),
    "mass_dismissal": ("of", N_("there was no candidate")),
    "expired": ("of", N_("there was no candidate")),
    "over_the_cut": ("value", N_("none")),
    "reused_photo": ("value", N_("none known")),
    "always_whole": ("of", N_("no destruction to count")),
    "inflated_area": ("of", N_("no outline of a detected plot is on record; {pct} % of m² only guessed")),
    "forced_verification": ("value", N_("none")),
    "abroad": ("value", N_("none")),
    "low_coverage": ("pct", N_("how much of the ground was seen is not known, or not told here")),
}
"""Sign → which of its figures says that there is nothing to count (0 or not known), and its words then."""
UNKNOWN_GUESSES = N_("nothing was detected")


@dataclass(frozen=True, slots=True)
class SignLine:
    """One sign as it is printed."""

    code: str
    title: str
    text: str
    marked: bool


def lines(
    signs: Iterable[Mapping[str, Any]], language: str, translate: Translate, *, letters: int = 1000, season: str = ""
) -> list[SignLine]:
    """Return the signs in words, in their order; the names of each take at most so many letters, but for the first.

    ``season`` is what coverage is of, where the report's title does not say so.
    """
    return [_line(sign, language, translate, letters, season) for sign in signs]


def _line(sign: Mapping[str, Any], language: str, translate: Translate, letters: int, season: str) -> SignLine:
    title, sentence = SENTENCES[sign["code"]]
    if season and sign["code"] == "low_coverage":
        sentence = _OF_SEASON
    figure, nothing = NOTHING[sign["code"]]
    if sign[figure] is None or (sign[figure] == 0 and figure != "pct"):
        guessed = "{pct}" not in nothing or sign["pct"] is not None
        sentence = nothing if guessed else UNKNOWN_GUESSES
    shown = {name: number(sign[name], language, 1 if name == "pct" else 0) for name in ("value", "of", "m2", "pct")}
    text = translate(sentence).format(season=season, **shown)
    return SignLine(sign["code"], translate(title), text + _named(sign["who"], letters), bool(sign["marked"]))


def _named(who: Iterable[str], letters: int) -> str:
    names = [clean(name) for name in who]
    shown = names[:MOST_NAMES]
    while len(shown) > 1 and len(", ".join(shown)) > letters:
        shown.pop()
    more = f" … +{len(names) - len(shown)}" if len(names) > len(shown) else ""
    return f" [{', '.join(shown)}{more}]" if names else ""
