"""``report.html``: a season on paper. One file, no script, no outside reference, made for A4.

A percentage never stands alone here: effort, coverage, the places nobody visited and the three lines on what may be
undetected are printed in the same block.
"""

from functools import cache

import jinja2

from eradication.report import assets, charts, periods, tables, words
from eradication.report.safe import policy
from eradication.report.view import ReportView

BEFORE_CHARTS = ("three_figures", "in_period", "restated")
"""Groups that stand between the first page and the charts."""


def render(view: ReportView) -> str:
    """Return the report as one HTML page without any outside reference."""
    style = assets.own("page.css")
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
            funnel=charts.funnel(view),
            areas=charts.areas_by_class(view),
        )
    )


def heading(view: ReportView) -> str:
    """Return what the report is of: a season or a period, of the province or of one unit."""
    _ = view.translate
    scope = (
        f"{_('Period report')} {view.period['period']}" if view.period else f"{_('Season report')} {view.season.label}"
    )
    return f"{scope} · {words.clean(view.unit)}" if view.unit else scope


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
