"""What was not seen, line by line, as it stands beside every total: the same in the terminal and on pages."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from eradication.errors import N_
from eradication.i18n import number
from eradication.report import beside_words
from eradication.report.reasons import sentence

type Translate = Callable[[str], str]
type Values = Mapping[str, Any]


def effort(told: Values, language: str, translate: Translate) -> str:
    """Return what was walked."""
    values = {name: number(told[name], language, 1) for name in ("km", "hours", "km2_visits")}
    return translate(N_("Effort: {km} km, {hours} h, {km2_visits} km²·visits")).format(**values)


def unvisited(told: Values, language: str, translate: Translate) -> Iterator[str]:
    """Yield which candidates nobody went to."""
    yield translate(N_("Not visited: {open} open, {expired} expired, {dismissed_unvisited} dismissed")).format(**told)
    if told["harvested_undetected"]:
        said = N_("Candidates harvested before anybody came: {count}, {m2} m² as estimated; they keep 100 % away.")
        m2 = number(told["harvested_m2"], language)
        yield translate(said).format(count=told["harvested_undetected"], m2=m2)


def coverage(told: Values, language: str, translate: Translate) -> Iterator[str]:
    """Yield how much of the ground was seen, and why that is not known."""
    if told["none"] is not None:
        places = 0 if told.get("coarse") else 2
        values = {part: number(told[part] * 100.0, language, places) for part in ("optical", "patrol", "none")}
        said = N_("Seen in the flowering window: by satellite {optical} %, by patrols {patrol} %, by neither {none} %")
        yield translate(said).format(**values)
    if told.get("why"):
        yield translate(told["why"])


def precision(told: Values | None, language: str, translate: Translate) -> str:
    """Return the precision of the candidates, or why it is not known; it is never left out."""
    value, why = beside_words.precision(told, language, translate)
    said = N_("Candidates that were poppy, by visits drawn at random: {value}")
    unknown = N_("Candidates that were poppy, by visits drawn at random: unknown, {why}.")
    return translate(said if value else unknown).format(value=value, why=why)


def undetected(told: Values, language: str, translate: Translate) -> list[str]:
    """Return the three lines of what nobody has found, each always there: its number, or why there is none."""
    return [line(told, language, translate) for line in (_upper, _expected, _lower)]


def _why(told: Values, line: str, language: str, translate: Translate) -> str:
    code = told["why"].get(line, "")
    said = sentence(code, language, translate)
    return f"{said} (m = {told['recaptures']})" if code == "too_few_recaptures" else said


def _upper(told: Values, language: str, translate: Translate) -> str:
    upper = told["upper"]
    if upper is None:
        why = _why(told, "upper", language, translate)
        return translate(N_("Undetected, at most: unknown, {why}.")).format(why=why)
    said = N_(
        "Undetected, at most: {cells} of {of} unflagged cells (95 %), searched {searched} of {drawn}, finds {finds}."
    )
    counts = {name: number(upper[name], language) for name in ("cells", "of", "drawn", "searched", "finds")}
    return translate(said).format(**counts)


def _expected(told: Values, language: str, translate: Translate) -> str:
    likely = told["expected"]
    if likely is None:
        why = _why(told, "expected", language, translate)
        return translate(N_("Undetected, expected: unknown, {why}.")).format(why=why)
    ends = {name: number(likely[name], language) for name in ("cells", "low", "high")}
    line = translate(N_("Undetected, expected: {cells} unflagged cells ({low} to {high}).")).format(**ends)
    return line if not told["why"]["expected"] else f"{line} ({_why(told, 'expected', language, translate)})"


def _lower(told: Values, language: str, translate: Translate) -> str:
    lower = told["lower"]
    if lower is None:
        why = _why(told, "lower", language, translate)
        return translate(N_("Undetected, at least: unknown, {why}.")).format(why=why)
    said = N_("Undetected, at least: {plots} plots of classes A and B (± {se}); on both lists {both}.")
    counts = {name: number(lower[name], language, 1) for name in ("plots", "se")}
    return translate(said).format(both=lower["both"], **counts)
