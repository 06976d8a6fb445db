"""How much of the ground anybody saw: of all of it, and of how many communes how much."""

from collections.abc import Sequence
from functools import partial

from matplotlib.figure import Figure

from eradication.errors import N_
from eradication.i18n import number
from eradication.report.charts.parts import LETTERS, SMALL_IN, Bar, Chart, height_in, lying, sentence
from eradication.report.tables.parts import Writer, rows, values
from eradication.report.view import ReportView

CLASSES = (0.0, 0.25, 0.5, 0.75, 0.9)
"""Shares of a commune's ground at which classes begin; the last goes to the whole."""


def told(view: ReportView) -> Chart | None:
    """Return the chart, ``None`` where it is not told: of one unit, or where nothing is known."""
    whole, communes = seen(view), by_commune(view)
    if not whole:
        return None
    _ = view.translate
    said = sentence(whole)
    if communes:
        said += " " + _(N_("Communes by share seen: {counts}")).format(counts=sentence(communes))
    height = height_in(len(whole)) + (height_in(len(communes)) + 0.15 if communes else 0.0)
    return Chart(
        "coverage",
        Writer(view).of_season(_(N_("Ground that was seen"))),
        said,
        (SMALL_IN, height),
        partial(_draw, view, whole, communes),
    )


def seen(view: ReportView) -> list[Bar]:
    """Return the shares of the ground seen by satellites, by patrols and by neither; none where they are not known."""
    shares = values(view.ledger.get("coverage"))
    names = (
        ("optical", N_("seen by satellite"), "visited"),
        ("patrol", N_("seen by patrols"), "claimed"),
        ("none", N_("seen by neither"), "open"),
    )
    write = Writer(view)
    known = [(key, name, look, shares.get(key)) for key, name, look in names]
    return [
        Bar(view.translate(name), float(share), write.share(share), look)
        for _, name, look, share in known
        if isinstance(share, int | float)
    ]


def by_commune(view: ReportView) -> list[Bar]:
    """Return how many communes lie in each class of the share seen, and of how many it is not known."""
    shares = [row.get("seen_share") for row in rows(values(view.criterion).get("communes"))]
    if not shares:
        return []
    known = [float(share) for share in shares if isinstance(share, int | float)]
    bars = []
    for first, last in zip(CLASSES, (*CLASSES[1:], float("inf")), strict=True):
        count = sum(first <= share < last for share in known)
        label = f"{100 * first:.0f}–{100 * min(last, 1.0):.0f} %"
        bars.append(Bar(label, float(count), number(count, view.language), "visited"))
    unknown = len(shares) - len(known)
    more = [Bar(view.translate(N_("not known")), float(unknown), number(unknown, view.language), "open")]
    return bars + (more if unknown else [])


def _draw(view: ReportView, whole: Sequence[Bar], communes: Sequence[Bar], figure: Figure) -> None:
    if not communes:
        lying(figure.subplots(), whole)
        return
    upper, lower = figure.subplots(2, 1, height_ratios=(len(whole), len(communes)))
    lying(upper, whole)
    lying(lower, communes)
    lower.set_title(view.translate(N_("communes by share of their ground seen")), fontsize=LETTERS)
