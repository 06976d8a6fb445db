"""Charts of a report, drawn once for the page (SVG) and once for a document (PNG): the same values give the same bytes.

An area never stands without the effort that found it. Colours are told apart by people with any colour sight; on a
black-and-white print patterns and labels tell them apart. Each chart has a description with all its values.
"""

from eradication.report import drawing
from eradication.report.charts import coverage, days, seasons, steps
from eradication.report.charts.parts import Chart
from eradication.report.view import ReportView

__all__ = ["Chart", "all_of", "png", "svg"]

DOTS_PER_INCH = 200


def all_of(view: ReportView) -> list[Chart]:
    """Return the charts of a report in their order; one of which nothing is known is left out."""
    told = (seasons.told(view), steps.funnel(view), steps.by_class(view), days.told(view), coverage.told(view))
    return [chart for chart in told if chart is not None]


def svg(chart: Chart) -> str:
    """Return a chart as an element of an HTML page, its description in it for those who cannot see it."""
    return drawing.svg(chart.draw, chart.size_in, chart.key, f"{chart.title}. {chart.description}")


def png(chart: Chart, dots_per_inch: int = DOTS_PER_INCH) -> bytes:
    """Return a chart as a PNG on white; it is ``chart.size_in`` inches large."""
    return drawing.png(chart.draw, chart.size_in, dots_per_inch)
