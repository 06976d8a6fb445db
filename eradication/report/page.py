"""``report.html``: a season on paper. One file, no script, no outside reference, made for A4.

A percentage never stands alone here: effort, coverage, the places nobody visited and the three lines on what may be
undetected are printed in the same block.
"""

from functools import cache

import jinja2

from eradication.report import assets, charts, periods, tables, words
from eradication.report.periods import heading
from eradication.report.safe import policy
from eradication.report.view import ReportView

__all__ = ["environment", "heading", "render"]

BEFORE_CHARTS = ("three_figures", "in_period", "restated")
"""Groups that stand between the first page and the charts."""


def render(view: ReportView, *, with_charts: bool = True) -> str:
    """Return the report as one HTML page without any outside reference; drawing its charts takes most of the time."""
    style = assets.own("page.css") + assets.own("charts.css")
    target, signs, *others = tables.all_of(view)
    beside = [group for group in others if group.key in BEFORE_CHARTS]
    return (
        environment()
        .get_template("report.html")
        .render(
            _=view.translate,
            view=view,
            style=style,
            policy=policy(scripts=[], styles=[style]),
            heading=heading(view),
            province=words.clean(view.province),
            days=periods.days(view),
            generated=words.moment(view.as_of, view.language),
            target={table.key: table for table in target.tables},
            target_group=target,
            signs=signs,
            before=beside,
            after=[group for group in others if group not in beside],
            charts=[(chart, charts.svg(chart)) for chart in (charts.all_of(view) if with_charts else ())],
        )
    )


@cache
def environment() -> jinja2.Environment:
    """Return what fills the templates of printable pages; all that is filled in is shown as text."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("eradication.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
