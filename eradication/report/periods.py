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
