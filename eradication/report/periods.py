"""What a report is of, and the days that it speaks of."""

from datetime import date

from eradication.errors import N_
from eradication.report import words
from eradication.report.view import ReportView


def heading(view: ReportView) -> str:
    """Return what the report is of: a season or a period, of the province or of one unit."""
    _ = view.translate
    scope = (
        f"{_('Period report')} {view.period['period']}" if view.period else f"{_('Season report')} {view.season.label}"
    )
    return f"{scope} · {words.clean(view.unit)}" if view.unit else scope


def cumulative_days(view: ReportView) -> dict[str, str]:
    """Return ``first`` and ``last`` day of what is added up: a season, or the reporting year up to the period's end."""
    return _ends(view, "year_began")


def own_days(view: ReportView) -> dict[str, str]:
    """Return ``first`` and ``last`` day of the report's own period; of a season its days."""
    return _ends(view, "first_day")


def _ends(view: ReportView, beginning: str) -> dict[str, str]:
    ends = view.season.first_day, view.season.last_day
    if view.period is not None:
        ends = date.fromisoformat(view.period[beginning]), date.fromisoformat(view.period["last_day"])
    return {name: words.date_of(day, view.language) for name, day in zip(("first", "last"), ends, strict=True)}


def days(view: ReportView) -> str:
    """Return the first and last day of what the report tells; of a period also since when it adds up."""
    if view.period is None:
        return _span(view, view.season.first_day, view.season.last_day)
    began, first, last = (date.fromisoformat(view.period[name]) for name in ("year_began", "first_day", "last_day"))
    told = _span(view, first, last)
    if began == first:
        return told
    return view.translate(N_("{days}, cumulative {since}")).format(days=told, since=_span(view, began, last))


def _span(view: ReportView, first: date, last: date) -> str:
    return " – ".join(words.date_of(day, view.language) for day in (first, last))
